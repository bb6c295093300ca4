/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: what a controller reports of an object of the Gateway API in its status, reduced to
 * what is wrong and what it has yet to say. Pure. (meta/v1, Condition) */
#ifndef TLSROUTED_COMMON_OBJECTS_CONDITIONS_H
#define TLSROUTED_COMMON_OBJECTS_CONDITIONS_H

#include <json-c/json.h>
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
 *     "time"      the lastTransitionTime of the newest condition that counts
 *
 * of which those are left out that have nothing to say. Each reason and message is cut to BYTES. A
 * condition without observedGeneration counts. A new reference. */
struct json_object *conditions_read(struct json_object *list, enum condition_owner owner,
                                    int64_t generation, size_t bytes);

/* Writes a JSON value in which no reason or message has more than BYTES; a new reference. */
typedef struct json_object *conditions_writer(struct json_object *object, size_t bytes);

/* The text of what WRITE makes of OBJECT, with reasons and messages cut as far as it takes to fit
 * into MAX bytes; "" if that is not enough, or if there is nothing to say (NULL). The caller frees
 * it. */
char *conditions_text(struct json_object *object, conditions_writer *write, size_t max);

#endif
