/* SPDX-License-Identifier: Apache-2.0 */
/* All patches are sent alike: under the field manager by which everybody knows who wrote, and as
 * dry runs where nothing may be stored. */
#include "certpatcher/patch_send.h"

#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/json_patch.h"

#include <stdlib.h>

struct api_call *patch_send(struct api *api, const char *path, struct json_object *patch,
                            bool dry_run, api_done *done, void *context)
{
    char *managed =
        memory_format("%s?fieldManager=" FIELD_MANAGER "%s", path, dry_run ? "&dryRun=All" : "");
    const struct api_request request = {.method = "PATCH",
                                        .path = managed,
                                        .content_type = JSON_PATCH_TYPE,
                                        .body = patch,
                                        .wants_text = true,
                                        .on_done = done,
                                        .context = context};
    struct api_call *call = api_send(api, &request);

    json_object_put(patch);
    free(managed);
    return call;
}
