/* SPDX-License-Identifier: Apache-2.0 */
/* Who has written what of an object, by its metadata.managedFields: the API server keeps an entry
 * for each field manager, with the fields that it owns, and when that last changed. A field that is
 * removed leaves no trace. (Kubernetes, "Server-Side Apply", field management) */
#ifndef TLSROUTED_COMMON_OBJECTS_MANAGERS_H
#define TLSROUTED_COMMON_OBJECTS_MANAGERS_H

#include "common/base/value.h"

#include <stdbool.h>
#include <stdint.h>

/* The last to write an object. */
struct managers {
    const char *other;   /* besides tlsrouted; "": there is none; borrowed */
    uint64_t other_time; /* when it did, in seconds since 1970; 0: not known */
    uint64_t own_time;   /* when tlsrouted last did; 0: it owns nothing */
};

/* Whether ENTRY of managedFields counts. */
typedef bool managers_filter(const struct value *entry);

/* By those entries of OBJECT that COUNT. Borrows from OBJECT. */
struct managers managers_of(const struct value *object, managers_filter *counts);

/* Whose the fields of the Service OBJECT are, as {"ours": FIELDS, "others": FIELDS}, where FIELDS
 * is {SECTION: {FIELD: TEXT}}, with the name of the manager under "others", "" under "ours". The
 * sections are "labels", "annotations", "spec" (type, selector, externalIPs) and, for each port,
 * "PORT/PROTOCOL". A field may be under both. It is in ARENA and borrows from OBJECT; NULL if none
 * is ours. */
const struct value *managers_of_service(struct arena *arena, const struct value *object);

/* Whether ENTRY owns anything of a TLSRoute, or of a Service, that tlsrouted writes. */
bool managers_write_route(const struct value *entry);
bool managers_write_service(const struct value *entry);

#endif
