/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a cluster needs for one tlsrouted: what `kubectl kustomize` makes of
 * packaging/kustomize, made here. Pure. */
#ifndef TLSROUTED_CTL_SETUP_COMPOSE_H
#define TLSROUTED_CTL_SETUP_COMPOSE_H

#include "common/base/text_list.h"

#include <json-c/json.h>
#include <stdbool.h>

#define COMPOSE_MINTER "tlsrouted-minter"
#define COMPOSE_SECRET "tlsrouted-tokens" /* that tokens are bound to */

struct compose_choice {
    struct text_list namespaces; /* that it may serve; empty: all */
    bool may_reissue;            /* with the right that certificates.reissue: pending needs */
};

/* The objects, an array, in the order in which they can be created. For all namespaces: those of
 * `cluster`. For one: those of `namespaced` and `namespaced-policies`. For several: the accounts
 * are in the first, and have the same rights in the others. A new reference. */
struct json_object *compose_objects(const struct compose_choice *choice);

/* The namespace of the accounts; borrowed from CHOICE, or a constant. */
const char *compose_home(const struct compose_choice *choice);

/* Whether OBJECT, one of these, is an admission policy or its binding. */
bool compose_is_policy(struct json_object *object);

#endif
