/* SPDX-License-Identifier: Apache-2.0 */
/* What a person wants to know of a thousand rows is which of them differ. */
#include "ctl/output/alike.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Rows that are alike. */
struct group {
    char *key;
    struct json_object *rows; /* an array */
    UT_hash_handle hh;        /* in the order of the first ones */
};

static struct group *group_rows(struct json_object *rows, const struct alike *);
static char *key_of_row(struct json_object *row, const struct alike *);
static struct json_object *sum(const struct group *, const struct alike *);
static struct json_object *total(const struct group *, const char *field);
static struct json_object *largest(const struct group *, const char *field);
static struct json_object *counted(const struct group *, const char *field, const char *unit);

struct json_object *alike_sum(struct json_object *rows, const struct alike *alike)
{
    struct group *groups, *group, *next;
    struct json_object *summed;

    if (rows == NULL)
        return NULL;
    groups = group_rows(rows, alike);
    summed = json_object_new_array();
    HASH_ITER (hh, groups, group, next) {
        size_t count = json_count(group->rows);

        if (count > alike->few)
            json_object_array_add(summed, sum(group, alike));
        for (size_t i = 0; count <= alike->few && i < count; i++)
            json_object_array_add(summed, json_object_get(json_item(group->rows, i)));
        HASH_DEL(groups, group);
        json_object_put(group->rows);
        free(group->key);
        free(group);
    }
    return summed;
}

static struct group *group_rows(struct json_object *rows, const struct alike *alike)
{
    struct group *groups = NULL, *group;

    for (size_t i = 0; i < json_count(rows); i++) {
        char *key = key_of_row(json_item(rows, i), alike);

        HASH_FIND_STR(groups, key, group);
        if (group == NULL) {
            group = memory_new(1, sizeof(*group));
            group->key = memory_text(key);
            group->rows = json_object_new_array();
            HASH_ADD_KEYPTR(hh, groups, group->key, strlen(group->key), group);
        }
        json_object_array_add(group->rows, json_object_get(json_item(rows, i)));
        free(key);
    }
    return groups;
}

static char *key_of_row(struct json_object *row, const struct alike *alike)
{
    char *key = memory_text("");

    for (size_t i = 0; alike->keys[i] != NULL; i++) {
        char *longer = memory_format("%s%s\n", key, json_encode(json_at(row, alike->keys[i])));

        free(key);
        key = longer;
    }
    return key;
}

static struct json_object *sum(const struct group *group, const struct alike *alike)
{
    struct json_object *row = json_object_new_object();

    for (size_t i = 0; alike->keys[i] != NULL; i++)
        json_object_object_add(row, alike->keys[i],
                               json_object_get(json_at(json_item(group->rows, 0), alike->keys[i])));
    for (size_t i = 0; alike->sums[i] != NULL; i++)
        json_object_object_add(row, alike->sums[i], total(group, alike->sums[i]));
    for (size_t i = 0; alike->maxima[i] != NULL; i++)
        json_object_object_add(row, alike->maxima[i], largest(group, alike->maxima[i]));
    for (size_t i = 0; alike->counted[i].field != NULL; i++)
        json_object_object_add(row, alike->counted[i].field,
                               counted(group, alike->counted[i].field, alike->counted[i].unit));
    return row;
}

static struct json_object *total(const struct group *group, const char *field)
{
    int64_t number = 0;

    for (size_t i = 0; i < json_count(group->rows); i++)
        number += json_object_get_int64(json_at(json_item(group->rows, i), field));
    return json_object_new_int64(number);
}

/* NULL if none has a number. */
static struct json_object *largest(const struct group *group, const char *field)
{
    struct json_object *found = NULL;

    for (size_t i = 0; i < json_count(group->rows); i++) {
        struct json_object *number = json_at(json_item(group->rows, i), field);

        if (number != NULL &&
            (found == NULL || json_object_get_int64(number) > json_object_get_int64(found)))
            found = number;
    }
    return json_object_get(found);
}

static struct json_object *counted(const struct group *group, const char *field, const char *unit)
{
    struct json_object *set = json_object_new_object(), *shown;
    size_t count;
    char *text;

    for (size_t i = 0; i < json_count(group->rows); i++)
        json_object_object_add(set, json_text_at(json_item(group->rows, i), field), NULL);
    count = (size_t)json_object_object_length(set);
    text = memory_format("%zu %s", count, unit);
    shown = count == 1 ? json_object_get(json_at(json_item(group->rows, 0), field))
                       : json_object_new_string(text);
    free(text);
    json_object_put(set);
    return shown;
}
