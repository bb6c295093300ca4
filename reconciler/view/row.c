/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of different views look alike: the same members first, lists in a stable order and of
 * bounded length. */
#include "reconciler/view/row.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b);

struct json_object *row_of(const struct object *object)
{
    char *namespace = key_namespace(object->key);
    struct json_object *row = json_object_new_object();

    row_text(row, "namespace", namespace);
    row_text(row, "name", key_name(object->key));
    free(namespace);
    return row;
}

void row_text(struct json_object *row, const char *member, const char *text)
{
    json_object_object_add(row, member, text != NULL ? json_object_new_string(text) : NULL);
}

void row_flag(struct json_object *row, const char *member, bool flag)
{
    json_object_object_add(row, member, json_object_new_boolean(flag));
}

void row_number(struct json_object *row, const char *member, uint64_t number)
{
    json_object_object_add(row, member, json_object_new_uint64(number));
}

void row_texts(struct json_object *row, const char *member, const struct text_list *list,
               size_t texts_max)
{
    struct json_object *array = json_object_new_array();

    TEXT_LIST_FOREACH (text, list) {
        if (json_count(array) < texts_max)
            json_object_array_add(array, json_object_new_string(text));
    }
    json_object_object_add(row, member, array);
}

const struct object **row_sorted(struct object *const *objects, size_t count)
{
    const struct object **sorted = memory_new(count + 1, sizeof(*sorted));

    for (size_t i = 0; i < count; i++)
        sorted[i] = objects[i];
    qsort(sorted, count, sizeof(*sorted), by_key);
    return sorted;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct object *const *)a)->key, (*(const struct object *const *)b)->key);
}
