/* SPDX-License-Identifier: Apache-2.0 */
/* How the daemon is: alive, ready, and in words. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_HEALTH_H
#define TLSROUTED_SUPERVISOR_WORKERS_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

struct child;
struct supervisor;

/* Whether CHILD does its work: it is ready and in sync. True for one that is not used. */
bool health_is_well(const struct child *child);

/* Writes to TEXT, SIZE bytes, what CHILD does, or why it does not, for a person. */
void health_child_words(const struct child *child, char *text, size_t size);

/* Writes to TEXT, SIZE bytes, one line for a person: what SUPERVISOR's workers do, or why one of
 * them does not. */
void health_words(const struct supervisor *supervisor, char *text, size_t size);

#endif
