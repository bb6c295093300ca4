/* SPDX-License-Identifier: Apache-2.0 */
/* What every process that the supervisor starts, worker or helper, does first. */
#ifndef TLSROUTED_COMMON_WORKER_STARTUP_H
#define TLSROUTED_COMMON_WORKER_STARTUP_H

#include "common/message/role.h"

#include <stdbool.h>

#define WORKER_LINK_DESCRIPTOR 3 /* where the supervisor puts the process's end of their link */

/* Hides this process from others, opens the log as ROLE, and checks that the supervisor has started
 * it, with ARGC arguments and a link, which its children do not inherit from now on. Returns false
 * after logging that it has not, or that it cannot be hidden. */
bool startup(enum role role, int argc);

#endif
