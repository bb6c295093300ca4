/* SPDX-License-Identifier: Apache-2.0 */
/* What every process that the supervisor starts, worker or helper, does first. */
#ifndef TLSROUTED_COMMON_WORKER_STARTUP_H
#define TLSROUTED_COMMON_WORKER_STARTUP_H

#include "common/message/role.h"

#include <stdbool.h>

#define WORKER_LINK_DESCRIPTOR 3 /* where the supervisor puts the process's end of their link */

/* Opens the log as ROLE, and checks that the supervisor has started this process, with ARGC
 * arguments and a link, which its children do not inherit from now on. Returns false after logging
 * that it has not. */
bool startup(enum role role, int argc);

#endif
