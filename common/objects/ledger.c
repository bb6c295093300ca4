/* SPDX-License-Identifier: Apache-2.0 */
#include "common/objects/ledger.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool read_entry(struct ledger *, const char *name, struct json_object *pools);
static struct ledger_entry *entry_of(struct ledger *, const char *name);
static size_t place_of(const struct ledger *, const char *name);
static void add_sorted(struct text_list *, const char *text);
static bool is_plain(struct json_object *text);

bool ledger_read(const char *text, struct ledger *ledger)
{
    struct json_object *object;
    const char *problem;
    bool good = true;

    *ledger = (struct ledger){0};
    if (text[0] == '\0')
        return true;
    object = json_decode(text, strlen(text), &problem);
    good = json_object_is_type(object, json_type_object);
    if (good) {
        json_object_object_foreach(object, name, pools)
        {
            good = good && read_entry(ledger, name, pools);
        }
    }
    json_object_put(object);
    if (!good)
        ledger_clear(ledger);
    return good;
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
    size_t place = place_of(ledger, name);

    if (place == ledger->count || strcmp(ledger->entries[place].name, name) != 0)
        return NULL;
    return &ledger->entries[place];
}

void ledger_add(struct ledger *ledger, const char *name, const char *pool)
{
    add_sorted(&entry_of(ledger, name)->pools, pool);
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

        if (!is_plain(pool))
            return false;
        ledger_add(ledger, name, json_object_get_string(pool));
    }
    return true;
}

/* The entry of NAME, made where there is none. */
static struct ledger_entry *entry_of(struct ledger *ledger, const char *name)
{
    size_t place = place_of(ledger, name);

    if (place < ledger->count && strcmp(ledger->entries[place].name, name) == 0)
        return &ledger->entries[place];
    ledger->entries = memory_resize(ledger->entries, ledger->count + 1, sizeof(*ledger->entries));
    memmove(ledger->entries + place + 1, ledger->entries + place,
            (ledger->count - place) * sizeof(*ledger->entries));
    ledger->entries[place] = (struct ledger_entry){.name = memory_text(name)};
    ledger->count++;
    return &ledger->entries[place];
}

/* Of NAME, or where it would be. */
static size_t place_of(const struct ledger *ledger, const char *name)
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

/* A text that is not empty and has no NUL inside. */
static bool is_plain(struct json_object *text)
{
    return json_object_is_type(text, json_type_string) && json_object_get_string_len(text) > 0 &&
           strlen(json_object_get_string(text)) == (size_t)json_object_get_string_len(text);
}
