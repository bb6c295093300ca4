/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger is text that anybody may have edited, so it is read strictly: all of it, or nothing.
 * It is written sorted, so that equal ledgers are equal texts. */
#include "common/objects/ledger.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool read_entry(struct ledger *, const char *name, struct json_object *pools);
static struct ledger_entry *find_or_add(struct ledger *, const char *name);
static size_t position_of(const struct ledger *, const char *name);
static void add_sorted(struct text_list *, const char *text);
static bool is_usable_text(struct json_object *text);

bool ledger_read(const char *text, struct ledger *ledger)
{
    struct json_object *object;
    const char *problem;
    bool valid;

    *ledger = (struct ledger){0};
    if (text[0] == '\0')
        return true;
    object = json_decode(text, strlen(text), &problem);
    valid = json_object_is_type(object, json_type_object);
    if (valid) {
        json_object_object_foreach(object, name, pools)
        {
            valid = valid && read_entry(ledger, name, pools);
        }
    }
    json_object_put(object);
    if (!valid)
        ledger_clear(ledger);
    return valid;
}

char *ledger_text(const struct ledger *ledger)
{
    struct json_object *object = json_object_new_object();
    char *text;

    for (size_t i = 0; i < ledger->count; i++) {
        struct json_object *pools = json_object_new_array();

        TEXT_LIST_FOREACH (pool, &ledger->entries[i].pools)
            json_object_array_add(pools, json_object_new_string(pool));
        json_object_object_add(object, ledger->entries[i].name, pools);
    }
    text = memory_text(ledger->count > 0 ? json_encode(object) : "");
    json_object_put(object);
    return text;
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *name)
{
    size_t position = position_of(ledger, name);

    if (position == ledger->count || strcmp(ledger->entries[position].name, name) != 0)
        return NULL;
    return &ledger->entries[position];
}

void ledger_add(struct ledger *ledger, const char *name, const char *pool)
{
    add_sorted(&find_or_add(ledger, name)->pools, pool);
}

void ledger_clear(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        free(ledger->entries[i].name);
        text_list_clear(&ledger->entries[i].pools);
    }
    free(ledger->entries);
    *ledger = (struct ledger){0};
}

static bool read_entry(struct ledger *ledger, const char *name, struct json_object *pools)
{
    if (name[0] == '\0' || json_count(pools) == 0)
        return false;
    for (size_t i = 0; i < json_count(pools); i++) {
        struct json_object *pool = json_item(pools, i);

        if (!is_usable_text(pool))
            return false;
        ledger_add(ledger, name, json_object_get_string(pool));
    }
    return true;
}

/* The entry of NAME, which is added where there is none. */
static struct ledger_entry *find_or_add(struct ledger *ledger, const char *name)
{
    size_t position = position_of(ledger, name);

    if (position < ledger->count && strcmp(ledger->entries[position].name, name) == 0)
        return &ledger->entries[position];
    ledger->entries = memory_resize(ledger->entries, ledger->count + 1, sizeof(*ledger->entries));
    memmove(ledger->entries + position + 1, ledger->entries + position,
            (ledger->count - position) * sizeof(*ledger->entries));
    ledger->entries[position] = (struct ledger_entry){.name = memory_text(name)};
    ledger->count++;
    return &ledger->entries[position];
}

/* The position of NAME, or the one to insert it at. */
static size_t position_of(const struct ledger *ledger, const char *name)
{
    size_t low = 0, high = ledger->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(ledger->entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_sorted(struct text_list *list, const char *text)
{
    struct text_list sorted = {0};
    bool added = false;

    TEXT_LIST_FOREACH (item, list) {
        int order = strcmp(text, item);

        if (order <= 0 && !added)
            text_list_add(&sorted, text);
        added = added || order <= 0;
        if (order != 0)
            text_list_add(&sorted, item);
    }
    if (!added)
        text_list_add(&sorted, text);
    text_list_clear(list);
    *list = sorted;
}

/* A text that is not empty and does not contain NUL. */
static bool is_usable_text(struct json_object *text)
{
    return json_object_is_type(text, json_type_string) && json_object_get_string_len(text) > 0 &&
           strlen(json_object_get_string(text)) == (size_t)json_object_get_string_len(text);
}
