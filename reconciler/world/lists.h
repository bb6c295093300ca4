/* SPDX-License-Identifier: Apache-2.0 */
/* Which lists of the API server have been read completely. There is one list for each kind and
 * namespace, or one for each kind. */
#ifndef TLSROUTED_RECONCILER_WORLD_LISTS_H
#define TLSROUTED_RECONCILER_WORLD_LISTS_H

#include "common/message/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The list of KIND in NAMESPACE ("": all). */
struct list {
    enum kind kind;
    char *namespace;
    uint32_t began;    /* the generation that its newest reading began */
    bool complete;     /* that reading has ended */
    bool was_complete; /* an earlier one has */
};

/* Zero-initialised: nothing has been read. */
struct lists {
    struct list *all;
    size_t count;
    uint32_t generation; /* counts the readings that have begun: no process makes 2^32 of them */
};

/* A list is read from its beginning. That of all namespaces takes the place of those of single
 * ones, and the other way round: how a kind is read has changed then. */
void lists_begin(struct lists *lists, enum kind kind, const char *namespace);

/* The generation that its newest reading began; 0: none has, or its reader has been lost since. */
uint32_t lists_began(const struct lists *lists, enum kind kind, const char *namespace);

/* The generation that the reading under way of objects of KIND in NAMESPACE (not "") began, be it
 * of that namespace or of all; 0 if none is. */
uint32_t lists_reading(const struct lists *lists, enum kind kind, const char *namespace);

/* The reading that began as the generation BEGAN has come to its end. Returns false if it is not
 * the newest one any more. */
bool lists_end(struct lists *lists, enum kind kind, const char *namespace, uint32_t began);

/* The reader of KIND starts anew: its lists are no longer complete. */
void lists_reader_lost(struct lists *lists, enum kind kind);

/* Forgets the lists of KIND, which is no longer served. */
void lists_forget(struct lists *lists, enum kind kind);

/* Whether COUNT lists of KIND (1 or more) are complete, or the one of all namespaces is. */
bool lists_complete(const struct lists *lists, enum kind kind, size_t count);

/* Whether a list of KIND that was complete is being read again: until its end nothing can be said
 * of objects that are absent. */
bool lists_are_relisting(const struct lists *lists, enum kind kind);

/* Whether a list is being read that has never been complete. */
bool lists_are_first(const struct lists *lists);

#endif
