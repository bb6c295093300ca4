/* SPDX-License-Identifier: Apache-2.0 */
/* libseccomp builds one filter from the tables; what it cannot do, a listener for calls that no
 * rule names, is done by hand. */
#include "common/sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

static int build(scmp_filter_ctx, const struct sandbox_role *, enum sandbox_denial);
static int end_whole_process(scmp_filter_ctx);
static int load_with_listener(scmp_filter_ctx);
static int allow_groups(scmp_filter_ctx, const struct sandbox_role *);
static int deny_group(scmp_filter_ctx, uint32_t action, const struct sandbox_role *,
                      const struct syscall_group *);
static int add_rule(scmp_filter_ctx, uint32_t action, const struct syscall_rule *);

static const uint32_t default_actions[] = {
    [SANDBOX_DENY] = SCMP_ACT_ERRNO(ENOSYS),
    [SANDBOX_NOTIFY] = SCMP_ACT_NOTIFY,
    [SANDBOX_AUDIT] = SCMP_ACT_LOG,
};

int sandbox_filter_load(const struct sandbox_role *role, enum sandbox_denial denial)
{
    scmp_filter_ctx filter = seccomp_init(default_actions[denial]);
    int result = filter != NULL ? build(filter, role, denial) : -ENOMEM;

    if (result == 0)
        result = denial == SANDBOX_NOTIFY ? load_with_listener(filter) : seccomp_load(filter);
    if (filter != NULL)
        seccomp_release(filter);
    malloc_trim(0); /* of all that the rules were put together from, nothing is left */
    return result;
}

static int build(scmp_filter_ctx filter, const struct sandbox_role *role,
                 enum sandbox_denial denial)
{
    int error = 0;

    if (denial == SANDBOX_DENY)
        error = end_whole_process(filter);
    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
    if (error == 0)
        error = allow_groups(filter, role);
    if (error == 0 && denial != SANDBOX_DENY)
        error = deny_group(filter, SCMP_ACT_ERRNO(ENOSYS), role, &sandbox_opaque);
    if (error == 0 && denial != SANDBOX_DENY && role->dispensable != NULL)
        error = deny_group(filter, SCMP_ACT_ERRNO(ENOSYS), role, role->dispensable);
    if (error == 0 && denial == SANDBOX_DENY)
        error = deny_group(filter, SCMP_ACT_TRAP, role, &sandbox_forbidden);
    if (error == 0 && denial == SANDBOX_DENY)
        error = deny_group(filter, SCMP_ACT_ERRNO(EACCES), role, &sandbox_refused);
    return error;
}

/* Calls by the numbers of another ABI have no names here. Where a container refuses seccomp(2),
 * there is still prctl(2), which libseccomp trusts with less: the handler of SIGSYS ends the
 * process then, and no other thread exists yet to share the filter with. */
static int end_whole_process(scmp_filter_ctx filter)
{
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (error == -EINVAL)
        error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);
    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    return error == -EOPNOTSUPP ? 0 : error;
}

/* libseccomp creates a listener for rules that notify, but not for the default action. */
static int load_with_listener(scmp_filter_ctx filter)
{
    struct sock_filter code[BPF_MAXINSNS];
    struct sock_fprog program = {.filter = code};
    int ends[2], result;
    ssize_t size = -1;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    result = seccomp_export_bpf(filter, ends[1]);
    if (result == 0)
        size = read(ends[0], code, sizeof(code));
    close(ends[0]);
    close(ends[1]);
    if (size <= 0)
        return result != 0 ? result : -EIO;
    program.len = (unsigned short)((size_t)size / sizeof(code[0]));
    result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                          &program);
    return result >= 0 ? result : -errno;
}

static int allow_groups(scmp_filter_ctx filter, const struct sandbox_role *role)
{
    int error = 0;

    for (const struct syscall_group *const *group = role->groups; *group != NULL; group++) {
        for (const struct syscall_rule *rule = (*group)->rules; rule->name != NULL && error == 0;
             rule++)
            error = add_rule(filter, SCMP_ACT_ALLOW, rule);
    }
    return error;
}

static int deny_group(scmp_filter_ctx filter, uint32_t action, const struct sandbox_role *role,
                      const struct syscall_group *group)
{
    int error = 0;

    for (const struct syscall_rule *rule = group->rules; rule->name != NULL && error == 0; rule++) {
        if (!sandbox_role_has(role, rule))
            error = add_rule(filter, action, rule);
    }
    return error;
}

/* It does not matter if this architecture does not have a call, or if two groups have the same one.
 */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const struct syscall_rule *rule)
{
    struct scmp_arg_cmp when[2];
    int error;

    for (unsigned i = 0; i < rule->conditions; i++) {
        when[i] = rule->when[i];
        if (when[i].datum_a == SYSCALL_OWN_PID)
            when[i].datum_a = (scmp_datum_t)getpid();
    }
    error = seccomp_rule_add_array(filter, action, rule->call, rule->conditions, when);
    return error == -EDOM || error == -EEXIST ? 0 : error;
}
