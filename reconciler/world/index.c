/* SPDX-License-Identifier: Apache-2.0 */
/* The store has objects by their own key only; this finds them by what they say. */
#include "reconciler/world/index.h"

#include "common/base/memory.h"

#include <stdlib.h>

static struct index_entry *find(const struct index *, const char *key);
static void drop(struct index *, struct index_entry *);

void index_add(struct index *index, const char *key, struct object *member)
{
    struct index_entry *entry = find(index, key);

    if (entry == NULL) {
        entry = memory_new(1, sizeof(*entry));
        entry->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, index->entries, entry->key, strlen(entry->key), entry);
    }
    if (entry->count > 0 && entry->members[entry->count - 1] == member)
        return; /* an object may say the same twice */
    entry->members = memory_resize(entry->members, entry->count + 1, sizeof(*entry->members));
    entry->members[entry->count++] = member;
}

void index_remove(struct index *index, const char *key, struct object *member)
{
    struct index_entry *entry = find(index, key);

    for (size_t i = 0; entry != NULL && i < entry->count; i++) {
        if (entry->members[i] != member)
            continue;
        entry->members[i] = entry->members[--entry->count];
        if (entry->count == 0)
            drop(index, entry);
        return;
    }
}

struct object *const *index_find(const struct index *index, const char *key, size_t *count)
{
    const struct index_entry *entry = find(index, key);

    *count = entry != NULL ? entry->count : 0;
    return entry != NULL ? entry->members : NULL;
}

static struct index_entry *find(const struct index *index, const char *key)
{
    struct index_entry *entry;

    HASH_FIND_STR(index->entries, key, entry);
    return entry;
}

static void drop(struct index *index, struct index_entry *entry)
{
    HASH_DEL(index->entries, entry);
    free(entry->members);
    free(entry->key);
    free(entry);
}
