/* SPDX-License-Identifier: Apache-2.0 */
/* What all rows about objects are made with. */
#ifndef TLSROUTED_RECONCILER_VIEW_ROW_H
#define TLSROUTED_RECONCILER_VIEW_ROW_H

#include "common/worker/answer.h"
#include "reconciler/work/injections.h"
#include "reconciler/work/pools.h"
#include "reconciler/world/world.h"

#include <json-c/json.h>

enum {
    ROW_SERVERS_MAX = 100, /* that a row names */
};

/* All that can be shown; borrowed and never changed. */
struct view_sources {
    const struct world *world;
    const struct pools *pools;
    const struct injections *injections;
};

/* Writes the rows about OBJECT to ANSWER. */
typedef void view_rows(struct answer *answer, const struct view_sources *sources,
                       const struct object *object);

/* A row with the namespace and the name of OBJECT. A new reference. */
struct json_object *row_of(const struct object *object);

/* Add members. TEXT may be NULL, then it is null; of LIST at most TEXTS_MAX are in the row. */
void row_text(struct json_object *row, const char *member, const char *text);
void row_flag(struct json_object *row, const char *member, bool flag);
void row_number(struct json_object *row, const char *member, uint64_t number);
void row_texts(struct json_object *row, const char *member, const struct text_list *list,
               size_t texts_max);

/* The COUNT objects at OBJECTS in the order of their keys; the caller frees the list. */
const struct object **row_sorted(struct object *const *objects, size_t count);

#endif
