/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects are on a page of an answer. Pure. */
#ifndef TLSROUTED_RECONCILER_VIEW_PAGE_H
#define TLSROUTED_RECONCILER_VIEW_PAGE_H

#include "reconciler/world/store.h"

enum {
    PAGE_OBJECTS = 64
};

struct page {
    struct object *objects[PAGE_OBJECTS]; /* in the order of their keys */
    size_t count;
    bool more; /* there are others behind them */
};

/* The first of OBJECTS (a table of the store) in NAMESPACE ("": in all) whose keys come after AFTER
 * ("": from the start). No position in the store is remembered between two pages: whatever is added
 * or removed in the meantime, an object that stays is on exactly one page. */
struct page page_select(struct object *objects, const char *namespace, const char *after);

#endif
