#include "common/sandbox.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* One system call that is not left as it is. If MASK is not 0 the rule holds only when the bits
 * MASK of the argument number ARGUMENT are VALUE. */
struct rule {
    int call;
    unsigned argument;
    uint64_t mask, value;
};

/* System calls for one purpose, and what happens to whoever makes them. */
struct rule_group {
    const char *purpose;
    uint32_t action;
    const struct rule *rules;
    size_t count;
};

static int add_group(scmp_filter_ctx filter, const struct rule_group *group);
static int load_filter(void);

#define CALL(name)                                                                                 \
    {                                                                                              \
        SCMP_SYS(name), 0, 0, 0                                                                    \
    }
#define CALL_IF(name, argument, mask, value)                                                       \
    {                                                                                              \
        SCMP_SYS(name), argument, mask, value                                                      \
    }
#define GROUP(purpose, action, rules)                                                              \
    {                                                                                              \
        purpose, action, rules, sizeof(rules) / sizeof(rules[0])                                   \
    }

static const struct rule programs[] = {CALL(execve), CALL(execveat), CALL(fork), CALL(vfork),
                                       CALL_IF(clone, 0, CLONE_THREAD, 0)};

static const struct rule other_processes[] = {
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kill),
    CALL(tkill),
    CALL(pidfd_open),
    CALL(pidfd_getfd),
    CALL(pidfd_send_signal),
    CALL(setpriority),
    CALL(kcmp),
};

static const struct rule kernel_interfaces[] = {
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(chroot),
    CALL(unshare),
    CALL(setns),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(bpf),
    CALL(userfaultfd),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(perf_event_open),
    CALL(setdomainname),
    CALL(sethostname),
    CALL(open_by_handle_at),
    CALL(personality),
    CALL(acct),
    CALL(quotactl),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(move_mount),
    CALL(open_tree),
    CALL(fsopen),
    CALL(fsmount),
};

static const struct rule file_system_changes[] = {
    CALL_IF(open, 1, O_ACCMODE, O_WRONLY),
    CALL_IF(open, 1, O_ACCMODE, O_RDWR),
    CALL_IF(open, 1, O_CREAT, O_CREAT),
    CALL_IF(open, 1, O_TRUNC, O_TRUNC),
    CALL_IF(openat, 2, O_ACCMODE, O_WRONLY),
    CALL_IF(openat, 2, O_ACCMODE, O_RDWR),
    CALL_IF(openat, 2, O_CREAT, O_CREAT),
    CALL_IF(openat, 2, O_TRUNC, O_TRUNC),
    CALL(creat),
    CALL(truncate),
    CALL(unlink),
    CALL(unlinkat),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rmdir),
    CALL(link),
    CALL(linkat),
    CALL(symlink),
    CALL(symlinkat),
    CALL(mknod),
    CALL(mknodat),
    CALL(chmod),
    CALL(fchmod),
    CALL(fchmodat),
    CALL(chown),
    CALL(lchown),
    CALL(fchown),
    CALL(fchownat),
    CALL(setxattr),
    CALL(lsetxattr),
    CALL(fsetxattr),
};

static const struct rule serving[] = {CALL(listen), CALL(accept), CALL(accept4)};

/* Their arguments lie in memory, where a filter cannot see them. The C library falls back to the
 * older calls when it gets ENOSYS. */
static const struct rule opaque[] = {CALL(clone3), CALL(openat2), CALL(io_uring_setup),
                                     CALL(io_uring_enter), CALL(io_uring_register)};

static const struct rule_group groups[] = {
    GROUP("new programs and processes", SCMP_ACT_KILL_PROCESS, programs),
    GROUP("other processes", SCMP_ACT_KILL_PROCESS, other_processes),
    GROUP("kernel interfaces", SCMP_ACT_KILL_PROCESS, kernel_interfaces),
    GROUP("changes to the file system", SCMP_ACT_ERRNO(EACCES), file_system_changes),
    GROUP("serving others", SCMP_ACT_ERRNO(EACCES), serving),
    GROUP("calls that cannot be judged", SCMP_ACT_ERRNO(ENOSYS), opaque),
};

int sandbox_enter(char *level, size_t size)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0) {
        log_error("cannot enter the sandbox", LOG_TEXT("reason", strerror(errno)));
        return -1;
    }
    if (load_filter() != 0)
        return -1;
    snprintf(level, size, "no-new-privileges, not dumpable, seccomp");
    return 0;
}

static int load_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int error = filter != NULL ? 0 : -ENOMEM;

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && error == 0; i++)
        error = add_group(filter, &groups[i]);
    if (error == 0)
        error = seccomp_load(filter);
    if (error != 0)
        log_error("cannot load the seccomp filter; the kernel needs CONFIG_SECCOMP_FILTER",
                  LOG_TEXT("reason", strerror(-error)));
    if (filter != NULL)
        seccomp_release(filter);
    return error;
}

/* A call that this architecture does not have cannot be made either: EDOM and EFAULT are ours. */
static int add_group(scmp_filter_ctx filter, const struct rule_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct rule *rule = &group->rules[i];
        const struct scmp_arg_cmp condition =
            SCMP_CMP(rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value);
        int error = rule->mask == 0
                        ? seccomp_rule_add(filter, group->action, rule->call, 0)
                        : seccomp_rule_add(filter, group->action, rule->call, 1, condition);

        if (error != 0 && error != -EDOM && error != -EFAULT)
            return error;
    }
    return 0;
}
