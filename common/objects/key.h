/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of objects: "namespace/name", as in the caches and queues of client-go. Neither part can
 * contain a slash. */
#ifndef TLSROUTED_COMMON_OBJECTS_KEY_H
#define TLSROUTED_COMMON_OBJECTS_KEY_H

#include <stdbool.h>

/* The key of the object NAME in NAMESPACE. The caller frees it. */
char *key_of(const char *namespace, const char *name);

/* The parts of KEY: the namespace, which the caller frees, and the name, which is borrowed from
 * KEY.
 */
char *key_namespace(const char *key);
const char *key_name(const char *key);

/* Whether KEY is in NAMESPACE; "" stands for all. */
bool key_is_in(const char *key, const char *namespace);

#endif
