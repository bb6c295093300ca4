/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: what a controller reports of an object of the Gateway API in its status, reduced to
 * what is wrong and what it has yet to say. Pure. (meta/v1, Condition) */
#ifndef TLSROUTED_COMMON_OBJECTS_CONDITIONS_H
#define TLSROUTED_COMMON_OBJECTS_CONDITIONS_H

#include "common/base/value.h"

#include <stddef.h>
#include <stdint.h>

/* Whose conditions they are: it decides which types count, and which status of them is bad. */
enum condition_owner {
    CONDITIONS_GATEWAY_CLASS,
    CONDITIONS_GATEWAY,
    CONDITIONS_LISTENER,
    CONDITIONS_ROUTE, /* of one parent of a route */
};

/* The members of what conditions_read() returns. */
#define CONDITIONS_PROBLEMS "problems"
#define CONDITIONS_WAITING  "waiting"
#define CONDITIONS_TIME     "time"

/* What LIST, the conditions of OWNER, says of its spec as of GENERATION: an object with
 *
 *     "problems"  an array of those that are bad, each as "TYPE REASON: MESSAGE"
 *     "waiting"   what has yet to be said: a condition that is Unknown, in the same form, or that
 *                 Accepted is missing or about another generation
 *     "time"      of a route: the lastTransitionTime of the newest condition that counts
 *
 * of which those are left out that have nothing to say. Each reason and message is cut to BYTES. A
 * condition without observedGeneration counts. It lies in ARENA. */
struct value *conditions_read(struct arena *arena, const struct value *list,
                              enum condition_owner owner, int64_t generation, size_t bytes);

/* Makes a value in ARENA, of OBJECT, in which no reason or message has more than BYTES; or NULL. */
typedef struct value *conditions_writer(struct arena *arena, const struct value *object,
                                        size_t bytes);

/* The text of what WRITE makes of OBJECT, with reasons and messages cut as far as it takes to fit
 * into MAX bytes; "" if that is not enough, or if there is nothing to say (NULL). The caller frees
 * it. */
char *conditions_text(const struct value *object, conditions_writer *write, size_t max);

#endif
