/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter of a role. */
#ifndef TLSROUTED_COMMON_SANDBOX_FILTER_H
#define TLSROUTED_COMMON_SANDBOX_FILTER_H

#include "common/sandbox/calls.h"

/* What happens to a call that the role does not have. */
enum sandbox_denial {
    SANDBOX_DENY,   /* it fails, or ends the process */
    SANDBOX_NOTIFY, /* it waits for whoever reads the descriptor of the filter */
    SANDBOX_AUDIT,  /* it goes on, and the kernel writes it to its audit log */
};

/* Confines all threads of this process to the calls of ROLE; with SANDBOX_NOTIFY, the calling
 * thread and those that it creates. Needs no_new_privs. Returns 0, or with SANDBOX_NOTIFY the
 * descriptor of the filter, which the caller closes; or a negative errno. */
int sandbox_filter_load(const struct sandbox_role *role, enum sandbox_denial denial);

#endif
