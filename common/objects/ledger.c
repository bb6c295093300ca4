/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger is text that anybody may have edited, so it is read strictly: all of it, or nothing,
 * and no more than tlsrouted itself would write. It is written sorted, so that equal ledgers are
 * equal texts. */
#include "common/objects/ledger.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *read_pairs(struct json_object *object, struct ledger_pair *pairs, size_t *count);
static bool read_entry(const char *name, struct json_object *pools, struct ledger_pair *pairs,
                       size_t *count);
static int by_name_and_pool(const void *a, const void *b);
static int by_name(const void *a, const void *b);
static bool is_usable_text(struct json_object *text);

const char *ledger_read(const char *text, struct ledger *ledger)
{
    struct ledger_pair pairs[LEDGER_POOLS_MAX];
    struct json_object *object;
    const char *problem;
    size_t count = 0;

    *ledger = (struct ledger){0};
    if (text[0] == '\0')
        return NULL;
    object = json_decode(text, strlen(text), &problem);
    problem = read_pairs(object, pairs, &count);
    if (problem == NULL)
        *ledger = ledger_of(pairs, count);
    json_object_put(object);
    return problem;
}

struct ledger ledger_of(struct ledger_pair *pairs, size_t count)
{
    struct ledger ledger = {.entries = memory_new(count, sizeof(*ledger.entries))};

    if (count > 1)
        qsort(pairs, count, sizeof(*pairs), by_name_and_pool);
    for (size_t i = 0; i < count; i++) {
        bool same_name = i > 0 && strcmp(pairs[i].name, pairs[i - 1].name) == 0;

        if (same_name && strcmp(pairs[i].pool, pairs[i - 1].pool) == 0)
            continue;
        if (!same_name)
            ledger.entries[ledger.count++].name = memory_text(pairs[i].name);
        text_list_add(&ledger.entries[ledger.count - 1].pools, pairs[i].pool);
        ledger.pools++;
    }
    return ledger;
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
    if (ledger->count == 0)
        return NULL;
    return bsearch(name, ledger->entries, ledger->count, sizeof(*ledger->entries), by_name);
}

struct text_set ledger_pools(const struct ledger *ledger)
{
    struct text_set pools = {0};

    for (size_t i = 0; i < ledger->count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger->entries[i].pools)
            text_set_add(&pools, pool);
    }
    text_set_sort(&pools);
    return pools;
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

/* Into PAIRS, which have room for LEDGER_POOLS_MAX. */
static const char *read_pairs(struct json_object *object, struct ledger_pair *pairs, size_t *count)
{
    if (!json_object_is_type(object, json_type_object))
        return "is not what tlsrouted writes";
    if (json_object_object_length(object) > LEDGER_NAMES_MAX)
        return "has more names than tlsrouted writes";
    json_object_object_foreach(object, name, pools)
    {
        if (*count + json_count(pools) > LEDGER_POOLS_MAX)
            return "has more Pools than tlsrouted writes";
        if (!read_entry(name, pools, pairs, count))
            return "is not what tlsrouted writes";
    }
    return NULL;
}

static bool read_entry(const char *name, struct json_object *pools, struct ledger_pair *pairs,
                       size_t *count)
{
    if (name[0] == '\0' || json_count(pools) == 0)
        return false;
    for (size_t i = 0; i < json_count(pools); i++) {
        struct json_object *pool = json_item(pools, i);

        if (!is_usable_text(pool))
            return false;
        pairs[(*count)++] = (struct ledger_pair){name, json_object_get_string(pool)};
    }
    return true;
}

static int by_name_and_pool(const void *a, const void *b)
{
    const struct ledger_pair *one = a, *other = b;
    int order = strcmp(one->name, other->name);

    return order != 0 ? order : strcmp(one->pool, other->pool);
}

/* A name and an entry. */
static int by_name(const void *a, const void *b)
{
    return strcmp(a, ((const struct ledger_entry *)b)->name);
}

/* A text that is not empty and does not contain NUL. */
static bool is_usable_text(struct json_object *text)
{
    return json_object_is_type(text, json_type_string) && json_object_get_string_len(text) > 0 &&
           strlen(json_object_get_string(text)) == (size_t)json_object_get_string_len(text);
}
