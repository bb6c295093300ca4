/* SPDX-License-Identifier: Apache-2.0 */
/* Hostnames of TLSRoutes, and the names of API objects. */
#ifndef TLSROUTED_COMMON_OBJECTS_HOSTNAME_H
#define TLSROUTED_COMMON_OBJECTS_HOSTNAME_H

#include <stdbool.h>

/* Returns what is wrong with NAME as the hostname of a TLSRoute, a constant that ends a sentence
 * ("has an empty label"), or NULL if it is valid: lower-case RFC 1123 labels of at most 63
 * characters, 253 in all, no IP address, "*" only as the whole first label and not alone.
 * (Gateway API, type Hostname) */
const char *hostname_problem(const char *name);

/* Whether the wildcard WILDCARD ("*.b.c") covers NAME: one or more labels before its suffix. NAME
 * may be a narrower wildcard. False if WILDCARD is not a wildcard. (Gateway API, Hostname
 * matching) */
bool hostname_covers(const char *wildcard, const char *name);

/* Whether some name matches both A and B, each a name or a wildcard. */
bool hostname_intersects(const char *a, const char *b);

/* Likewise of NAME as the name of an API object: a lower-case RFC 1123 subdomain. */
const char *object_name_problem(const char *name);

/* Likewise of NAME as that of a namespace or a Service: one RFC 1123 label. */
const char *label_name_problem(const char *name);

#endif
