/* SPDX-License-Identifier: Apache-2.0 */
/* How the daemon is: healthy or not, and in words. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_HEALTH_H
#define TLSROUTED_SUPERVISOR_WORKERS_HEALTH_H

#include "supervisor/workers/workers.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether all of WORKERS, or CHILD, are ready and in sync with the API server; one that is not used
 * counts as such. */
bool health_is_good(const struct workers *workers);
bool health_child_is_good(const struct child *child);

/* Writes to TEXT, SIZE bytes, one line for a person: what WORKERS do, or why one of them does not
 * do its work. */
void health_describe(const struct workers *workers, char *text, size_t size);

/* The same for CHILD alone. */
void health_describe_child(const struct child *child, char *text, size_t size);

#endif
