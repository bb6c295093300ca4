/* SPDX-License-Identifier: Apache-2.0 */
/* The log of what fails: as in causes.h, for this process, on its loop. */
#ifndef TLSROUTED_COMMON_BASE_CAUSE_LOG_H
#define TLSROUTED_COMMON_BASE_CAUSE_LOG_H

#include "common/base/causes.h"

#include <event2/event.h>

/* From now on, lines wait for others with the same cause, on the loop BASE. Before, each is written
 * at once. */
void cause_log_open(struct event_base *base);

/* Writes what still waits. For a process that ends: members are not used any more. */
void cause_log_close(void);

/* As the functions of causes.h. */
void cause_log_join(struct cause_member *member, const struct cause_details *details);
void cause_log_leave(struct cause_member *member, enum cause_end end);
void cause_log_happened(const struct cause_details *details);

#endif
