/* SPDX-License-Identifier: Apache-2.0 */
/* Real system calls: what a filter lets pass, only the kernel knows. */
#include "tests/unit/attempts.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct scene scene;

int result_of(long result)
{
    return result < 0 ? errno : 0;
}

int opens(const char *path, int flags)
{
    return result_of(open(path, flags, 0600));
}

static int opens_of_sibling(const char *name, int flags)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)scene.sibling, name);
    return opens(path, flags);
}

int reads_passwd(void)
{
    return opens("/etc/passwd", O_RDONLY);
}

int reads_token(void)
{
    return opens(scene.token, O_RDONLY);
}

int reads_memory(void)
{
    return opens_of_sibling("mem", O_RDONLY);
}

int changes_memory(void)
{
    return opens_of_sibling("mem", O_RDWR);
}

int reads_environment(void)
{
    return opens_of_sibling("environ", O_RDONLY);
}

int looks_at_file(void)
{
    struct stat status;

    return result_of(lstat("/etc/shadow", &status));
}

int writes_file(void)
{
    return opens("/tmp/tlsrouted-attempt", O_WRONLY | O_CREAT);
}

int truncates_file(void)
{
    return opens(scene.token, O_RDONLY | O_TRUNC);
}

int grows_file(void)
{
    return result_of(write(scene.file, "x", 1));
}

int makes_folder(void)
{
    return result_of(mkdir("/tmp/tlsrouted-attempt.d", 0700));
}

int removes_file(void)
{
    return result_of(unlink(scene.token));
}

int renames_file(void)
{
    return result_of(rename(scene.token, "/tmp/tlsrouted-attempt"));
}

int changes_mode(void)
{
    return result_of(chmod(scene.token, 0666));
}

int opens_new_way(void)
{
    const uint64_t how[3] = {O_RDONLY, 0, 0};

    return result_of(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)));
}

int makes_tcp_socket(void)
{
    return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

int makes_unix_socket(void)
{
    return result_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

int makes_netlink_socket(void)
{
    return result_of(socket(AF_NETLINK, SOCK_RAW, 0));
}

int makes_packet_socket(void)
{
    return result_of(socket(AF_PACKET, SOCK_RAW, 0));
}

int connects(void)
{
    return result_of(
        connect(scene.tcp, (const struct sockaddr *)&scene.server, sizeof(scene.server)));
}

int connects_by_sending(void)
{
    return result_of(sendto(scene.tcp, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&scene.server,
                            sizeof(scene.server)));
}

int connects_to_service(void)
{
    return result_of(
        connect(scene.unix_socket, (const struct sockaddr *)&scene.service, sizeof(scene.service)));
}

int binds(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};

    return result_of(bind(scene.tcp, (const struct sockaddr *)&any, sizeof(any)));
}

int listens(void)
{
    return result_of(listen(scene.tcp, 1));
}

int accepts(void)
{
    return result_of(accept4(scene.listener, NULL, NULL, 0));
}

int attaches(void)
{
    return result_of(ptrace(PTRACE_ATTACH, scene.sibling, NULL, NULL));
}

int asks_to_be_traced(void)
{
    return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

int reads_other_memory(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return result_of(process_vm_readv(scene.sibling, &here, 1, &there, 1, 0));
}

int kills_sibling(void)
{
    return result_of(kill(scene.sibling, SIGKILL));
}

int kills_thread_of_sibling(void)
{
    return result_of(syscall(SYS_tgkill, scene.sibling, scene.sibling, SIGKILL));
}

int queues_signal(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};

    return result_of(syscall(SYS_rt_sigqueueinfo, scene.sibling, SIGKILL, &info));
}

int signals_by_descriptor(void)
{
    return result_of(syscall(SYS_pidfd_open, scene.sibling, 0));
}

int owns_descriptor_of_sibling(void)
{
    return result_of(fcntl(scene.tcp, F_SETOWN, scene.sibling)); /* SIGURG and SIGIO for it */
}

int forks(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        _exit(0);
    return result_of(child);
}

int forks_new_way(void)
{
    return result_of(syscall(SYS_clone3, NULL, 0));
}

static void *nothing(void *argument)
{
    return argument;
}

int makes_thread(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, nothing, NULL);
}

int executes(void)
{
    char *const none[] = {NULL};

    return result_of(execve("/bin/true", none, none));
}

int executes_descriptor(void)
{
    char *const none[] = {NULL};

    return result_of(syscall(SYS_execveat, scene.file, "", none, none, AT_EMPTY_PATH));
}

int maps_program(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? errno
               : 0;
}

int makes_program_of_data(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? ENOMEM : result_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

int raises_limit(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    return result_of(syscall(SYS_setrlimit, RLIMIT_FSIZE, &more));
}

int raises_limit_new_way(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    return result_of(prlimit(0, RLIMIT_NOFILE, &more, NULL));
}

int loads_filter(void)
{
    return result_of(syscall(SYS_seccomp, 1, 0, NULL));
}

int loads_filter_old_way(void)
{
    return result_of(prctl(PR_SET_SECCOMP, 2, NULL, 0, 0));
}

int takes_new_privileges(void)
{
    return result_of(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

int shows_itself(void)
{
    return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

int leaves_landlock(void)
{
    const uint64_t nothing_refused = 1;

    return result_of(
        syscall(SYS_landlock_create_ruleset, &nothing_refused, sizeof(nothing_refused), 0));
}

int replaces_handler(void)
{
    return signal(SIGSYS, SIG_IGN) == SIG_ERR ? errno : 0;
}

int executes_with_blocked_signal(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    return executes();
}

int becomes_root(void)
{
    return result_of(syscall(SYS_setuid, 0));
}

int takes_capabilities(void)
{
    return result_of(syscall(SYS_capset, NULL, NULL));
}

int unshares(void)
{
    return result_of(unshare(0x10000000)); /* a user namespace, where it would be root */
}

int mounts(void)
{
    return result_of(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

int changes_root(void)
{
    return result_of(chroot("/"));
}

int loads_program_into_kernel(void)
{
    return result_of(syscall(SYS_bpf, 0, NULL, 0));
}

int loads_module(void)
{
    return result_of(syscall(SYS_finit_module, scene.file, "", 0));
}

int asks_for_key(void)
{
    return result_of(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

int sets_clock(void)
{
    const struct timespec then = {0};

    return result_of(syscall(SYS_clock_settime, CLOCK_REALTIME, &then));
}

int submits_by_ring(void)
{
    return result_of(syscall(SYS_io_uring_setup, 1, NULL));
}

int makes_memory_file(void)
{
    return result_of(syscall(SYS_memfd_create, "attempt", 0));
}

int makes_call_of_tomorrow(void)
{
    return result_of(syscall(1000));
}

int makes_call_of_another_abi(void)
{
#ifdef __x86_64__
    return result_of(syscall(0x40000000 + SYS_getpid)); /* x32 */
#else
    return result_of(syscall(SYS_execve, NULL, NULL, NULL));
#endif
}

int aborts(void)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

int works_on(void)
{
    time_t now = time(NULL);
    struct tm parts;
    char *memory = malloc(10 << 20);
    struct timespec moment = {.tv_nsec = 1000};
    char byte;

    if (memory == NULL || gmtime_r(&now, &parts) == NULL || getentropy(&byte, 1) != 0)
        return errno;
    memset(memory, parts.tm_sec, 10 << 20);
    free(memory);
    return result_of(nanosleep(&moment, NULL));
}

int sets_option_that_it_uses(void)
{
    const int one = 1;

    return result_of(setsockopt(scene.tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
}

int attaches_filter_to_socket(void)
{
    struct sock_filter all = {BPF_RET | BPF_K, 0, 0, 65535};
    const struct sock_fprog program = {1, &all};

    return result_of(
        setsockopt(scene.tcp, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

int binds_socket_to_device(void)
{
    return result_of(setsockopt(scene.tcp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
}

int marks_as_urgent(void)
{
    const int priority = 1;

    return result_of(setsockopt(scene.tcp, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)));
}

int types_for_terminal(void)
{
    return result_of(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

int lists_interfaces(void)
{
    struct ifconf interfaces = {0};

    return result_of(ioctl(scene.tcp, SIOCGIFCONF, &interfaces));
}
