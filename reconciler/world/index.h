/* SPDX-License-Identifier: Apache-2.0 */
/* An index: from a text to the objects that are filed under it. */
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

/* Zero-initialised: empty. It holds no memory while it is empty. */
struct index {
    struct index_entry *entries;
};

/* Files MEMBER under KEY, or removes it from there. One that is not there is no error, nor is one
 * that is, if no other has been filed there since: thousands may have one key. */
typedef void index_change(struct index *index, const char *key, struct object *member);
index_change index_add, index_remove;

/* The members under KEY; *COUNT of them, NULL if none. Valid until the index changes. */
struct object *const *index_find(const struct index *index, const char *key, size_t *count);

#endif
