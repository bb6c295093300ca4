/* SPDX-License-Identifier: Apache-2.0 */
/* One place says which system calls each process may make: the roles, each with the groups of calls
 * that it has. filter.c turns them into seccomp filters. */
#include "common/sandbox/calls.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* clang-format off */

/* A call, and a call under conditions, all of which have to hold. */
#define SYS(name)         {SCMP_SYS(name), 0, #name, {{0}}}
#define SYS_IF(name, ...) {SCMP_SYS(name), CONDITIONS(__VA_ARGS__), #name, {__VA_ARGS__}}
#define CONDITIONS(...)   sizeof((struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp)

/* The rules of a group. Each process has these tables to itself: none has room for more. */
#define RULES(...)        (const struct syscall_rule[]){__VA_ARGS__, {0}}

/* Conditions on the argument number N. */
#define IS(n, value)         {n, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}
#define IS_NOT(n, value)     {n, SCMP_CMP_NE, (scmp_datum_t)(value), 0}
#define BITS(n, mask, value) {n, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)}
#define HAS(n, bits)         BITS(n, bits, bits)
#define NONE(n, bits)        BITS(n, bits, 0)

/* Setting an option of a socket. */
#define OPTION(level, name) SYS_IF(setsockopt, IS(1, level), IS(2, name))

#define NOT_FOR_READING (O_ACCMODE | O_CREAT | O_TRUNC)
#define NEW_NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
     CLONE_NEWNET)

/* Roles: who may call what. */

static const struct sandbox_role worker, exporter, resolver, supervisor;

static const struct sandbox_role *const roles[ROLE_COUNT] = {
    [ROLE_WATCHER] = &worker,
    [ROLE_RECONCILER] = &worker,
    [ROLE_CERTPATCHER] = &worker,
    [ROLE_MINTER] = &worker,
    [ROLE_EXPORTER] = &exporter,
    [ROLE_RESOLVER] = &resolver,
    [ROLE_SUPERVISOR] = &supervisor,
};

/* Workers: the five groups that follow. */

static const struct syscall_group memory = {"memory, none of it executable", RULES(
    SYS(brk), SYS(munmap), SYS(mremap), SYS(madvise), SYS(membarrier),
    SYS_IF(mmap, NONE(2, PROT_EXEC)), SYS_IF(mmap2, NONE(2, PROT_EXEC)),
    SYS_IF(mprotect, NONE(2, PROT_EXEC)))};

static const struct syscall_group time_and_random = {"clocks and random numbers", RULES(
    SYS(clock_gettime), SYS(clock_gettime64), SYS(clock_getres), SYS(clock_getres_time64),
    SYS(gettimeofday), SYS(time), SYS(nanosleep), SYS(clock_nanosleep), SYS(clock_nanosleep_time64),
    SYS(getrandom))};

static const struct syscall_group event_loop = {"waiting for descriptors", RULES(
    SYS(epoll_wait), SYS(epoll_pwait), SYS(epoll_pwait2), SYS(epoll_ctl), SYS(poll), SYS(ppoll),
    SYS(ppoll_time64), SYS(select), SYS(_newselect), SYS(pselect6), SYS(pselect6_time64),
    SYS(restart_syscall))};

static const struct syscall_group stream_io = {"reading and writing open descriptors", RULES(
    SYS(read), SYS(readv), SYS(write), SYS(writev), SYS(lseek), SYS(_llseek), SYS(close),
    SYS(shutdown), SYS(recv), SYS(recvfrom), SYS(recvmsg), SYS(send),
    SYS_IF(sendto, NONE(3, MSG_FASTOPEN)), SYS_IF(sendmsg, NONE(2, MSG_FASTOPEN)), SYS(getsockopt),
    OPTION(SOL_SOCKET, SO_KEEPALIVE), OPTION(IPPROTO_TCP, TCP_NODELAY),
    OPTION(IPPROTO_TCP, TCP_CORK), OPTION(IPPROTO_TCP, TCP_KEEPIDLE), OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
    OPTION(IPPROTO_TCP, TCP_KEEPCNT), SYS(getsockname), SYS(getpeername), SYS(fstat), SYS(fstat64),
    SYS_IF(newfstatat, HAS(3, AT_EMPTY_PATH)), SYS_IF(fstatat64, HAS(3, AT_EMPTY_PATH)),
    SYS_IF(fcntl, IS(1, F_GETFD)), SYS_IF(fcntl, IS(1, F_SETFD)), SYS_IF(fcntl, IS(1, F_GETFL)),
    SYS_IF(fcntl, IS(1, F_SETFL)), SYS_IF(fcntl, IS(1, F_DUPFD_CLOEXEC)),
    SYS_IF(fcntl64, IS(1, F_GETFD)), SYS_IF(fcntl64, IS(1, F_SETFD)),
    SYS_IF(fcntl64, IS(1, F_GETFL)), SYS_IF(fcntl64, IS(1, F_SETFL)),
    SYS_IF(fcntl64, IS(1, F_DUPFD_CLOEXEC)))};

/* SIGSYS is left to the handler that reports forbidden calls. */
static const struct syscall_group own_process = {"locks, signals to itself, its end", RULES(
    SYS(futex), SYS(futex_time64), SYS(sched_yield), SYS(sched_getaffinity), SYS(getpid),
    SYS(gettid), SYS(getppid), SYS(getuid), SYS(geteuid), SYS(getgid), SYS(getegid), SYS(uname),
    SYS(sysinfo), SYS(getrlimit), SYS(ugetrlimit), SYS_IF(prlimit64, IS(0, 0), IS(2, 0)),
    SYS(rt_sigprocmask), SYS(rt_sigreturn), SYS(sigaltstack),
    SYS_IF(rt_sigaction, IS_NOT(0, SIGSYS)), SYS_IF(tgkill, IS(0, SYSCALL_OWN_PID)), SYS(exit),
    SYS(exit_group))};

static const struct sandbox_role worker = {
    .groups = {&memory, &time_and_random, &event_loop, &stream_io, &own_process}};

/* The exporter: a worker that also accepts clients, on a listening socket that it is given.
 * libevent asks how much there is to read. */

static const struct syscall_group accept_clients = {"accepting clients", RULES(
    SYS(accept4), SYS_IF(ioctl, IS(1, FIONREAD)))};

static const struct sandbox_role exporter = {
    .groups = {&memory, &time_and_random, &event_loop, &stream_io, &own_process, &accept_clients}};

/* The resolver: a helper that looks up a name. */

static const struct syscall_group name_lookup = {"getaddrinfo(3)", RULES(
    SYS_IF(socket, IS(0, AF_INET)), SYS_IF(socket, IS(0, AF_INET6)), SYS(connect), SYS(sendmmsg),
    SYS(recvmmsg), OPTION(IPPROTO_IP, IP_RECVERR), OPTION(IPPROTO_IPV6, IPV6_RECVERR), SYS_IF(ioctl, IS(1, FIONREAD)), SYS_IF(open, NONE(1, NOT_FOR_READING)),
    SYS_IF(openat, NONE(2, NOT_FOR_READING)), SYS(stat), SYS(stat64), SYS(newfstatat),
    SYS(fstatat64))};

/* The name service cache, and the addresses of this machine, to sort by. */
static const struct syscall_group name_lookup_extras = {"what getaddrinfo(3) can do without", RULES(
    SYS_IF(socket, IS(0, AF_UNIX)), SYS_IF(socket, IS(0, AF_NETLINK)))};

static const struct sandbox_role resolver = {
    .groups = {&memory, &time_and_random, &event_loop, &stream_io, &own_process, &name_lookup},
    .dispensable = &name_lookup_extras,
    .files = SANDBOX_RESOLVER_FILES,
    .connects = true};

/* The supervisor: what it needs itself, and, as filters are inherited, all that its workers and
 * helpers need until they have entered their own, narrower sandbox. */

/* libcurl uses these when a worker initialises it. */
static const struct syscall_group own_connections = {"opening connections", RULES(
    SYS_IF(socket, IS(0, AF_INET)), SYS_IF(socket, IS(0, AF_INET6)), SYS(connect),
    OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT), SYS(pipe2), SYS(eventfd2))};

static const struct syscall_group load_programs = {"loading programs and libraries", RULES(
    SYS(mmap), SYS(mmap2), SYS(mprotect), SYS(pread64), SYS(access), SYS(faccessat),
    SYS(faccessat2), SYS(readlink), SYS(readlinkat), SYS(statx), SYS(arch_prctl),
    SYS(set_tid_address), SYS(set_robust_list), SYS(rseq), SYS(set_tls), SYS(prlimit64))};

static const struct syscall_group start_workers = {"starting, linking and ending workers", RULES(
    SYS_IF(clone, NONE(0, NEW_NAMESPACES)), SYS(fork), SYS(vfork), SYS(execve), SYS(wait4),
    SYS(waitid), SYS(waitpid), SYS_IF(ioctl, IS(1, SIOCOUTQ)), SYS(kill), SYS(tgkill), SYS(rt_sigaction), SYS(setsid), SYS(dup),
    SYS(dup2), SYS(dup3), SYS(close_range), SYS(fchdir), SYS(chdir), SYS(umask), SYS(socketpair),
    SYS_IF(open, BITS(1, NOT_FOR_READING, O_RDWR)),
    SYS_IF(openat, BITS(2, NOT_FOR_READING, O_RDWR)))};

static const struct syscall_group confine_workers = {"entering a narrower sandbox", RULES(
    SYS(prctl), SYS(seccomp), SYS(landlock_create_ruleset), SYS(landlock_add_rule),
    SYS(landlock_restrict_self), SYS(capget), SYS(capset), SYS(setgroups), SYS(setgroups32),
    SYS(setresgid), SYS(setresgid32), SYS(setresuid), SYS(setresuid32), SYS(chroot), SYS(setrlimit),
    SYS(epoll_create1), SYS(epoll_create), SYS(getresuid), SYS(getresgid),
    SYS_IF(ioctl, IS(1, SECCOMP_IOCTL_NOTIF_RECV)), SYS_IF(ioctl, IS(1, SECCOMP_IOCTL_NOTIF_SEND)),
    SYS_IF(ioctl, IS(1, SECCOMP_IOCTL_NOTIF_ID_VALID)))};

static const struct syscall_group configuration = {"reading files, serving the control socket", RULES(
    SYS_IF(open, NONE(1, NOT_FOR_READING)), SYS_IF(openat, NONE(2, NOT_FOR_READING)), SYS(stat),
    SYS(stat64), SYS(lstat), SYS(lstat64), SYS(newfstatat), SYS(fstatat64), SYS(getcwd),
    SYS(getdents64), SYS(accept4), SYS(unlink), SYS(unlinkat))};

static const struct sandbox_role supervisor = {
    .groups = {&memory, &time_and_random, &event_loop, &stream_io, &own_process, &own_connections,
               &load_programs, &start_workers, &confine_workers, &configuration, &name_lookup},
    .files = SANDBOX_SUPERVISOR_FILES,
    .connects = true,
    .creates_processes = true,
    .keeps_capabilities = true};

/* What nobody may, unless a group of the role says otherwise. */

const struct syscall_group sandbox_forbidden = {"what an attacker in the process would want", RULES(
    /* other programs and processes */
    SYS(execve), SYS(execveat), SYS(fork), SYS(vfork), SYS_IF(clone, NONE(0, CLONE_THREAD)),
    SYS(ptrace), SYS(process_vm_readv), SYS(process_vm_writev), SYS(process_madvise), SYS(kill),
    SYS(tkill), SYS_IF(tgkill, IS_NOT(0, SYSCALL_OWN_PID)), SYS(rt_sigqueueinfo),
    SYS(rt_tgsigqueueinfo), SYS(pidfd_open), SYS(pidfd_getfd), SYS(pidfd_send_signal), SYS(kcmp),
    /* the network; sending with MSG_FASTOPEN connects too, past Landlock */
    SYS(socket), SYS(connect), SYS(bind), SYS(listen), SYS(accept), SYS(accept4),
    SYS_IF(sendto, HAS(3, MSG_FASTOPEN)), SYS_IF(sendmsg, HAS(2, MSG_FASTOPEN)),
    /* files: writing, and handles instead of names */
    SYS_IF(open, BITS(1, O_ACCMODE, O_WRONLY)), SYS_IF(open, BITS(1, O_ACCMODE, O_RDWR)),
    SYS_IF(open, HAS(1, O_CREAT)), SYS_IF(open, HAS(1, O_TRUNC)),
    SYS_IF(openat, BITS(2, O_ACCMODE, O_WRONLY)), SYS_IF(openat, BITS(2, O_ACCMODE, O_RDWR)),
    SYS_IF(openat, HAS(2, O_CREAT)), SYS_IF(openat, HAS(2, O_TRUNC)), SYS(creat), SYS(truncate),
    SYS(unlink), SYS(unlinkat), SYS(rename), SYS(renameat), SYS(renameat2), SYS(mkdir),
    SYS(mkdirat), SYS(link), SYS(linkat), SYS(symlink), SYS(symlinkat), SYS(mknod), SYS(mknodat),
    SYS(chmod), SYS(fchmod), SYS(fchmodat), SYS(chown), SYS(lchown), SYS(fchown), SYS(fchownat),
    SYS(open_by_handle_at),
    /* more power than it has */
    SYS(setuid), SYS(setgid), SYS(setreuid), SYS(setregid), SYS(setresuid), SYS(setresgid),
    SYS(setgroups), SYS(capset), SYS(setrlimit), SYS_IF(prlimit64, IS_NOT(2, 0)), SYS(seccomp),
    SYS_IF(prctl, IS(0, PR_SET_SECCOMP)), SYS_IF(prctl, IS(0, PR_SET_DUMPABLE)),
    SYS_IF(rt_sigaction, IS(0, SIGSYS)), SYS(personality), SYS(unshare), SYS(setns), SYS(chroot),
    SYS(pivot_root), SYS(mount), SYS(umount2), SYS_IF(ioctl, IS(1, TIOCSTI)),
    /* the kernel */
    SYS(bpf), SYS(init_module), SYS(finit_module), SYS(delete_module), SYS(kexec_load),
    SYS(kexec_file_load), SYS(userfaultfd), SYS(keyctl), SYS(add_key), SYS(request_key),
    SYS(reboot), SYS(swapon), SYS(swapoff), SYS(perf_event_open), SYS(settimeofday),
    SYS(clock_settime), SYS(move_mount), SYS(open_tree), SYS(fsopen), SYS(fsmount), SYS(iopl),
    SYS(ioperm))};

/* Libraries look for their files and go on without them. */
const struct syscall_group sandbox_refused = {"files that are none of its business", RULES(
    SYS_IF(open, NONE(1, NOT_FOR_READING)), SYS_IF(openat, NONE(2, NOT_FOR_READING)), SYS(stat),
    SYS(stat64), SYS(lstat), SYS(lstat64), SYS_IF(newfstatat, NONE(3, AT_EMPTY_PATH)),
    SYS_IF(fstatat64, NONE(3, AT_EMPTY_PATH)), SYS(access), SYS(faccessat), SYS(readlink),
    SYS(readlinkat), SYS_IF(mmap, HAS(2, PROT_EXEC)), SYS_IF(mmap2, HAS(2, PROT_EXEC)),
    SYS_IF(mprotect, HAS(2, PROT_EXEC)))};

/* A filter cannot see what is in memory. */
const struct syscall_group sandbox_opaque = {"calls whose arguments are in memory", RULES(
    SYS(clone3), SYS(openat2))};

/* clang-format on */

static bool overlap(const struct syscall_rule *, const struct syscall_rule *);
static bool exclude(const struct scmp_arg_cmp *, const struct scmp_arg_cmp *);

const struct sandbox_role *sandbox_role(enum role role)
{
    return roles[role];
}

bool sandbox_role_has(const struct sandbox_role *role, const struct syscall_rule *rule)
{
    for (const struct syscall_group *const *group = role->groups; *group != NULL; group++) {
        for (const struct syscall_rule *own = (*group)->rules; own->name != NULL; own++) {
            if (own->call == rule->call && overlap(own, rule))
                return true;
        }
    }
    return false;
}

const char *sandbox_call_name(int number)
{
    for (const struct syscall_rule *rule = sandbox_forbidden.rules; rule->name != NULL; rule++) {
        if (rule->call == number)
            return rule->name;
    }
    return "an unknown call";
}

/* Whether there are arguments that match both rules. */
static bool overlap(const struct syscall_rule *a, const struct syscall_rule *b)
{
    for (unsigned i = 0; i < a->conditions; i++) {
        for (unsigned j = 0; j < b->conditions; j++) {
            if (exclude(&a->when[i], &b->when[j]))
                return false;
        }
    }
    return true;
}

/* Whether no argument meets both conditions, for the kinds of conditions that the tables use. */
static bool exclude(const struct scmp_arg_cmp *a, const struct scmp_arg_cmp *b)
{
    bool equal_a = a->op == SCMP_CMP_EQ, equal_b = b->op == SCMP_CMP_EQ;

    if (a->arg != b->arg)
        return false;
    if (a->op == SCMP_CMP_MASKED_EQ && b->op == SCMP_CMP_MASKED_EQ)
        return ((a->datum_b ^ b->datum_b) & a->datum_a & b->datum_a) != 0;
    if (equal_a && equal_b)
        return a->datum_a != b->datum_a;
    return ((equal_a && b->op == SCMP_CMP_NE) || (equal_b && a->op == SCMP_CMP_NE)) &&
           a->datum_a == b->datum_a;
}
