/* SPDX-License-Identifier: Apache-2.0 */
/* What each process may ask of the kernel once it has started, as tables of system calls: groups by
 * purpose, and for each role the groups that it has.
 *
 * A call that is in one of a role's groups is allowed, as far as the group's conditions say. Of the
 * others, those in `sandbox_forbidden` are what a taken-over process would want: they end the
 * process. Those in `sandbox_refused` fail with an error that libraries know. All the rest fails
 * with ENOSYS, so that a newer library that tries a newer call falls back to what it did before. */
#ifndef TLSROUTED_COMMON_SANDBOX_CALLS_H
#define TLSROUTED_COMMON_SANDBOX_CALLS_H

#include "common/message/role.h"

#include <seccomp.h>
#include <stdbool.h>

#define SYSCALL_GROUP_MAX 128
#define SYSCALL_OWN_PID   ((scmp_datum_t)-2) /* in a condition: the process's own id */

/* One call; with conditions, only where all of them hold. */
struct syscall_rule {
    int call;
    const char *name; /* NULL ends a group */
    unsigned conditions;
    struct scmp_arg_cmp when[2];
};

struct syscall_group {
    const char *purpose;
    struct syscall_rule rules[SYSCALL_GROUP_MAX + 1];
};

/* Which files a process may open. */
enum sandbox_files {
    SANDBOX_NO_FILES,
    SANDBOX_RESOLVER_FILES,   /* to read what says how names are looked up */
    SANDBOX_SUPERVISOR_FILES, /* to read all, to run the workers, to remove the control socket */
};

/* What a role keeps. A constant. */
struct sandbox_role {
    const struct syscall_group *const *groups; /* ends with NULL */
    const struct syscall_group *tried; /* what libraries try and do without, or NULL: it gets ENOSYS
                                          even where all else goes on */
    enum sandbox_files files;
    bool connects;         /* opens TCP connections by itself */
    bool makes_processes;  /* or threads */
    bool may_give_up_less; /* keeps the capabilities that starting workers takes */
};

/* What ROLE keeps, or NULL if there is no sandbox for it. */
const struct sandbox_role *sandbox_role(enum role role);

extern const struct syscall_group sandbox_forbidden, sandbox_refused;

/* What the C library asks for first and does without: it gets ENOSYS even where all else goes on.
 */
extern const struct syscall_group sandbox_opaque;

/* Whether RULE, which denies something, would deny what one of ROLE's groups allows: then it is not
 * for that role, and what its groups leave out of that call fails with ENOSYS. */
bool sandbox_role_has(const struct sandbox_role *role, const struct syscall_rule *rule);

/* "execve", for a NUMBER in `sandbox_forbidden`; else "an unknown call". May be called from a
 * signal handler. */
const char *sandbox_call_name(int number);

#endif
