/* SPDX-License-Identifier: Apache-2.0 */
/* Every change of an existing object is sent as a JSON Patch, because a patch can test what it is
 * about to change. Both writers build theirs from these operations. */
#include "common/objects/json_patch.h"

void json_patch_add(struct json_object *patch, const char *operation, const char *path,
                    struct json_object *value)
{
    struct json_object *row = json_object_new_object();

    json_object_object_add(row, "op", json_object_new_string(operation));
    json_object_object_add(row, "path", json_object_new_string(path));
    json_object_object_add(row, "value", value);
    json_object_array_add(patch, row);
}

void json_patch_remove(struct json_object *patch, const char *path)
{
    struct json_object *row = json_object_new_object();

    json_object_object_add(row, "op", json_object_new_string("remove"));
    json_object_object_add(row, "path", json_object_new_string(path));
    json_object_array_add(patch, row);
}
