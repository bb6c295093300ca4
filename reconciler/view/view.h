/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the answers about objects. Each is made by the same pure functions as the work. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_H

#include "common/worker/answer.h"
#include "reconciler/plan/decision.h"

#include <json-c/json.h>

/* Writes the rows about OBJECT: one, or of view_diff up to two. */
typedef void view_rows(struct answer *answer, const struct reconciler *reconciler,
                       const struct object *object);

enum {
    VIEW_SERVERS_MAX = 100, /* that a row names */
};

view_rows view_pool, view_explain, view_graph;     /* of a Pool */
view_rows view_diff;                               /* of a Pool */
view_rows view_route;                              /* of a TLSRoute */
view_rows view_certificate, view_certificate_diff; /* of a Certificate */

/* A row about OBJECT that has its namespace and name. A new reference. */
struct json_object *view_row(const struct object *object);

/* Adds members. TEXT may be NULL, then it is null; LIST has at most MOST texts in the row. */
void view_text(struct json_object *row, const char *member, const char *text);
void view_flag(struct json_object *row, const char *member, bool flag);
void view_number(struct json_object *row, const char *member, uint64_t number);
void view_texts(struct json_object *row, const char *member, const struct text_list *list,
                size_t most);

/* The COUNT objects at OBJECTS in the order of their keys; the caller frees the list. */
const struct object **view_sorted(struct object *const *objects, size_t count);

/* How POOL is, in one word: "unreadable", "deleting", "paused", "wrong" (there is a warning, or the
 * last write failed), "pending" (something is to be written, or waited for), "off" (it asks for no
 * route) or "ok". */
const char *view_pool_state(const struct reconciler *reconciler, const struct object *pool,
                            const struct decision *decision);

/* The Servers of POOL whose Certificate should have its hostname, those where it has, and those
 * where it has not although it is there. */
struct view_names {
    size_t wanted, present, missing;
};
struct view_names view_names(const struct reconciler *reconciler, const struct object *pool);

/* The Certificate that SERVER uses, or NULL if it is not known. */
const struct object *view_certificate_of(const struct reconciler *reconciler,
                                         const struct object *server);

/* Whether CERTIFICATE (or NULL) has the hostname of POOL. */
bool view_has_name(const struct object *certificate, const struct object *pool);

#endif
