/* SPDX-License-Identifier: Apache-2.0 */
/* An index of the store: from a text to the objects that it stands for. */
#ifndef TLSROUTED_RECONCILER_WORLD_INDEX_H
#define TLSROUTED_RECONCILER_WORLD_INDEX_H

#include <stddef.h>
#include <uthash.h>

struct object;

struct index_entry {
    char *key;
    struct object **members; /* borrowed, in no order */
    size_t count;
    UT_hash_handle hh;
};

struct index {
    struct index_entry *entries;
};

/* Adds MEMBER under KEY, or takes it out; a member that is not there is no error. */
void index_add(struct index *index, const char *key, struct object *member);
void index_remove(struct index *index, const char *key, struct object *member);

/* The members under KEY; *COUNT of them, NULL if none. Valid until the index changes. */
struct object *const *index_find(const struct index *index, const char *key, size_t *count);

void index_clear(struct index *index);

#endif
