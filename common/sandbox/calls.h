/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that each process may make once it is confined, as tables: groups by purpose,
 * and for each role the groups that it has.
 *
 * A call in one of a role's groups is allowed, under the group's conditions. Of the others, those
 * in `sandbox_forbidden` are what an attacker in the process would want: they end the process.
 * Those in `sandbox_refused` fail with an error that libraries cope with. All others fail with
 * ENOSYS, so that a newer library that tries a newer call falls back to what it did before. */
#ifndef TLSROUTED_COMMON_SANDBOX_CALLS_H
#define TLSROUTED_COMMON_SANDBOX_CALLS_H

#include "common/message/role.h"

#include <seccomp.h>
#include <stdbool.h>

#define SYSCALL_OWN_PID ((scmp_datum_t)-2) /* in a condition: the process's own id */

enum {
    SANDBOX_GROUPS_MAX = 11 /* groups of a role */
};

/* One call. With conditions: only where all of them hold. */
struct syscall_rule {
    int call;
    unsigned conditions;
    const char *name;
    struct scmp_arg_cmp when[2];
};

struct syscall_group {
    const char *purpose;
    const struct syscall_rule *rules; /* end with one without a name */
};

/* The files that a process may open. */
enum sandbox_files {
    SANDBOX_NO_FILES,
    SANDBOX_RESOLVER_FILES,   /* reads the configuration of name lookups */
    SANDBOX_SUPERVISOR_FILES, /* reads all, runs the workers, removes the control socket */
};

/* What a role keeps. A constant. */
struct sandbox_role {
    const struct syscall_group *const groups[SANDBOX_GROUPS_MAX + 1]; /* ends with NULL */
    const struct syscall_group
        *dispensable; /* what libraries try and can do without, or NULL: it
                         fails with ENOSYS even where calls are only logged */
    enum sandbox_files files;
    bool connects;           /* opens TCP connections */
    bool creates_processes;  /* or threads */
    bool keeps_capabilities; /* those that starting workers takes */
};

/* What ROLE keeps, or NULL if there is no sandbox for it. */
const struct sandbox_role *sandbox_role(enum role role);

extern const struct syscall_group sandbox_forbidden, sandbox_refused;

/* What the C library tries first and can do without: it fails with ENOSYS even where calls are only
 * logged. */
extern const struct syscall_group sandbox_opaque;

/* Whether RULE, which denies something, would deny what one of ROLE's groups allows. Then it is
 * left out for that role, and whatever its groups do not allow of that call fails with ENOSYS. */
bool sandbox_role_has(const struct sandbox_role *role, const struct syscall_rule *rule);

/* "execve", for a NUMBER in `sandbox_forbidden`; else "an unknown call". May be called from a
 * signal handler. */
const char *sandbox_call_name(int number);

#endif
