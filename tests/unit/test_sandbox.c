/* SPDX-License-Identifier: Apache-2.0 */
/* Real attempts inside the sandbox of each role: as started by root and unprivileged, with Landlock
 * and without. Each attempt is made by a process of its own, which has entered the sandbox in the
 * way of a worker. */
#include "check.h"

#include "common/message/message.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/privileges.h"
#include "common/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
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

enum {
    NOBODY = 65534,
    UIDS = 61000,
    ABSTRACT_SOCKETS_ABI = 6, /* of Landlock */
};

/* What is there before the sandbox is entered. */
static struct scene {
    pid_t sibling;              /* another worker, in its sandbox */
    char token[64];             /* a file of the user that started all, for its eyes only */
    struct sockaddr_in server;  /* listens on loopback */
    struct sockaddr_un service; /* an abstract socket that listens */
    int listener, service_listener;
    int tcp, unix_socket, file; /* open, unconnected, for writing */
} scene;

/* Where an attempt is made. */
struct place {
    const char *name;
    enum role role;
    bool root, landlock;
};

/* How an attempt ends: it works, it fails with an errno, or a signal ends the process, with SIGSYS
 * usually after telling the name of the call. */
struct end {
    int error;
    int signal;
    const char *call;
};

#define WORKS                                                                                      \
    {                                                                                              \
        0, 0, NULL                                                                                 \
    }
#define FAILS(error)                                                                               \
    {                                                                                              \
        error, 0, NULL                                                                             \
    }
#define KILLED(call)                                                                               \
    {                                                                                              \
        0, SIGSYS, call                                                                            \
    }
#define SIGNALLED(number)                                                                          \
    {                                                                                              \
        0, number, NULL                                                                            \
    }
static int result_of(long result)
{
    return result < 0 ? errno : 0;
}

static int opens(const char *path, int flags)
{
    return result_of(open(path, flags, 0600));
}

static int opens_of_sibling(const char *name, int flags)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)scene.sibling, name);
    return opens(path, flags);
}

static int reads_passwd(void)
{
    return opens("/etc/passwd", O_RDONLY);
}

static int reads_token(void)
{
    return opens(scene.token, O_RDONLY);
}

static int reads_memory(void)
{
    return opens_of_sibling("mem", O_RDONLY);
}

static int changes_memory(void)
{
    return opens_of_sibling("mem", O_RDWR);
}

static int reads_environment(void)
{
    return opens_of_sibling("environ", O_RDONLY);
}

static int looks_at_file(void)
{
    struct stat status;

    return result_of(lstat("/etc/shadow", &status));
}

static int writes_file(void)
{
    return opens("/tmp/tlsrouted-attempt", O_WRONLY | O_CREAT);
}

static int truncates_file(void)
{
    return opens(scene.token, O_RDONLY | O_TRUNC);
}

static int grows_file(void)
{
    return result_of(write(scene.file, "x", 1));
}

static int makes_folder(void)
{
    return result_of(mkdir("/tmp/tlsrouted-attempt.d", 0700));
}

static int removes_file(void)
{
    return result_of(unlink(scene.token));
}

static int renames_file(void)
{
    return result_of(rename(scene.token, "/tmp/tlsrouted-attempt"));
}

static int changes_mode(void)
{
    return result_of(chmod(scene.token, 0666));
}

static int opens_new_way(void)
{
    const uint64_t how[3] = {O_RDONLY, 0, 0};

    return result_of(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)));
}

static int makes_tcp_socket(void)
{
    return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int makes_unix_socket(void)
{
    return result_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int makes_netlink_socket(void)
{
    return result_of(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int makes_packet_socket(void)
{
    return result_of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int connects(void)
{
    return result_of(
        connect(scene.tcp, (const struct sockaddr *)&scene.server, sizeof(scene.server)));
}

static int connects_by_sending(void)
{
    return result_of(sendto(scene.tcp, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&scene.server,
                            sizeof(scene.server)));
}

static int connects_to_service(void)
{
    return result_of(
        connect(scene.unix_socket, (const struct sockaddr *)&scene.service, sizeof(scene.service)));
}

static int binds(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};

    return result_of(bind(scene.tcp, (const struct sockaddr *)&any, sizeof(any)));
}

static int listens(void)
{
    return result_of(listen(scene.tcp, 1));
}

static int accepts(void)
{
    return result_of(accept4(scene.listener, NULL, NULL, 0));
}

static int attaches(void)
{
    return result_of(ptrace(PTRACE_ATTACH, scene.sibling, NULL, NULL));
}

static int asks_to_be_traced(void)
{
    return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int reads_other_memory(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    return result_of(process_vm_readv(scene.sibling, &here, 1, &there, 1, 0));
}

static int kills_sibling(void)
{
    return result_of(kill(scene.sibling, SIGKILL));
}

static int kills_thread_of_sibling(void)
{
    return result_of(syscall(SYS_tgkill, scene.sibling, scene.sibling, SIGKILL));
}

static int queues_signal(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};

    return result_of(syscall(SYS_rt_sigqueueinfo, scene.sibling, SIGKILL, &info));
}

static int signals_by_descriptor(void)
{
    return result_of(syscall(SYS_pidfd_open, scene.sibling, 0));
}

static int owns_descriptor_of_sibling(void)
{
    return result_of(fcntl(scene.tcp, F_SETOWN, scene.sibling)); /* SIGURG and SIGIO for it */
}

static int forks(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        _exit(0);
    return result_of(child);
}

static int forks_new_way(void)
{
    return result_of(syscall(SYS_clone3, NULL, 0));
}

static void *nothing(void *argument)
{
    return argument;
}

static int makes_thread(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, nothing, NULL);
}

static int executes(void)
{
    char *const none[] = {NULL};

    return result_of(execve("/bin/true", none, none));
}

static int executes_descriptor(void)
{
    char *const none[] = {NULL};

    return result_of(syscall(SYS_execveat, scene.file, "", none, none, AT_EMPTY_PATH));
}

static int maps_program(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? errno
               : 0;
}

static int makes_program_of_data(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? ENOMEM : result_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int raises_limit(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    return result_of(syscall(SYS_setrlimit, RLIMIT_FSIZE, &more));
}

static int raises_limit_new_way(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    return result_of(prlimit(0, RLIMIT_NOFILE, &more, NULL));
}

static int loads_filter(void)
{
    return result_of(syscall(SYS_seccomp, 1, 0, NULL));
}

static int loads_filter_old_way(void)
{
    return result_of(prctl(PR_SET_SECCOMP, 2, NULL, 0, 0));
}

static int takes_new_privileges(void)
{
    return result_of(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static int shows_itself(void)
{
    return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int leaves_landlock(void)
{
    const uint64_t nothing_refused = 1;

    return result_of(
        syscall(SYS_landlock_create_ruleset, &nothing_refused, sizeof(nothing_refused), 0));
}

static int replaces_handler(void)
{
    return signal(SIGSYS, SIG_IGN) == SIG_ERR ? errno : 0;
}

static int executes_with_blocked_signal(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    return executes();
}

static int becomes_root(void)
{
    return result_of(syscall(SYS_setuid, 0));
}

static int takes_capabilities(void)
{
    return result_of(syscall(SYS_capset, NULL, NULL));
}

static int unshares(void)
{
    return result_of(unshare(0x10000000)); /* a user namespace, where it would be root */
}

static int mounts(void)
{
    return result_of(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

static int changes_root(void)
{
    return result_of(chroot("/"));
}

static int loads_program_into_kernel(void)
{
    return result_of(syscall(SYS_bpf, 0, NULL, 0));
}

static int loads_module(void)
{
    return result_of(syscall(SYS_finit_module, scene.file, "", 0));
}

static int asks_for_key(void)
{
    return result_of(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static int sets_clock(void)
{
    const struct timespec then = {0};

    return result_of(syscall(SYS_clock_settime, CLOCK_REALTIME, &then));
}

static int submits_by_ring(void)
{
    return result_of(syscall(SYS_io_uring_setup, 1, NULL));
}

static int makes_memory_file(void)
{
    return result_of(syscall(SYS_memfd_create, "attempt", 0));
}

static int makes_call_of_tomorrow(void)
{
    return result_of(syscall(1000));
}

static int makes_call_of_another_abi(void)
{
#ifdef __x86_64__
    return result_of(syscall(0x40000000 + SYS_getpid)); /* x32 */
#else
    return result_of(syscall(SYS_execve, NULL, NULL, NULL));
#endif
}

static int aborts(void)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

static int works_on(void)
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

static const struct attempt {
    const char *name;
    int (*make)(void);
    struct end end;
} attempts[] = {
    {"read /etc/passwd", reads_passwd, FAILS(EACCES)},
    {"read a token file", reads_token, FAILS(EACCES)},
    {"read memory in /proc", reads_memory, FAILS(EACCES)},
    {"write memory in /proc", changes_memory, KILLED("openat")},
    {"read environ in /proc", reads_environment, FAILS(EACCES)},
    {"lstat", looks_at_file, FAILS(EACCES)},
    {"write a file", writes_file, KILLED("openat")},
    {"truncate a file", truncates_file, KILLED("openat")},
    {"grow an open file", grows_file, SIGNALLED(SIGXFSZ)},
    {"mkdir", makes_folder, KILLED("mkdir")},
    {"unlink", removes_file, KILLED("unlink")},
    {"rename", renames_file, KILLED("rename")},
    {"chmod", changes_mode, KILLED("chmod")},
    {"openat2", opens_new_way, FAILS(ENOSYS)},
    {"TCP socket", makes_tcp_socket, KILLED("socket")},
    {"Unix socket", makes_unix_socket, KILLED("socket")},
    {"netlink socket", makes_netlink_socket, KILLED("socket")},
    {"packet socket", makes_packet_socket, KILLED("socket")},
    {"connect", connects, KILLED("connect")},
    {"connect by sending", connects_by_sending, KILLED("sendto")},
    {"connect to an abstract socket", connects_to_service, KILLED("connect")},
    {"bind", binds, KILLED("bind")},
    {"listen", listens, KILLED("listen")},
    {"accept", accepts, KILLED("accept4")},
    {"attach to a sibling", attaches, KILLED("ptrace")},
    {"ask to be traced", asks_to_be_traced, KILLED("ptrace")},
    {"read a sibling's memory", reads_other_memory, KILLED("process_vm_readv")},
    {"kill a sibling", kills_sibling, KILLED("kill")},
    {"kill a sibling's thread", kills_thread_of_sibling, KILLED("tgkill")},
    {"queue a signal", queues_signal, KILLED("rt_sigqueueinfo")},
    {"pidfd", signals_by_descriptor, KILLED("pidfd_open")},
    {"signals of a socket", owns_descriptor_of_sibling, FAILS(ENOSYS)},
    {"fork", forks, KILLED("clone")},
    {"clone3", forks_new_way, FAILS(ENOSYS)},
    {"thread", makes_thread, FAILS(ENOSYS)},
    {"execve", executes, KILLED("execve")},
    {"execveat", executes_descriptor, KILLED("execveat")},
    {"map a program", maps_program, FAILS(EACCES)},
    {"make a program of data", makes_program_of_data, FAILS(EACCES)},
    {"setrlimit", raises_limit, KILLED("setrlimit")},
    {"prlimit", raises_limit_new_way, KILLED("prlimit64")},
    {"a filter that allows more", loads_filter, KILLED("seccomp")},
    {"the same by prctl", loads_filter_old_way, KILLED("prctl")},
    {"new privileges", takes_new_privileges, FAILS(ENOSYS)},
    {"dumpable", shows_itself, KILLED("prctl")},
    {"another Landlock domain", leaves_landlock, FAILS(ENOSYS)},
    {"ignore SIGSYS", replaces_handler, KILLED("rt_sigaction")},
    {"execve with SIGSYS blocked", executes_with_blocked_signal, KILLED(NULL)},
    {"setuid", becomes_root, KILLED("setuid")},
    {"capset", takes_capabilities, KILLED("capset")},
    {"unshare", unshares, KILLED("unshare")},
    {"mount", mounts, KILLED("mount")},
    {"chroot", changes_root, KILLED("chroot")},
    {"bpf", loads_program_into_kernel, KILLED("bpf")},
    {"module", loads_module, KILLED("finit_module")},
    {"keyctl", asks_for_key, KILLED("keyctl")},
    {"set the clock", sets_clock, KILLED("clock_settime")},
    {"io_uring", submits_by_ring, FAILS(ENOSYS)},
    {"memfd", makes_memory_file, FAILS(ENOSYS)},
    {"a call of tomorrow", makes_call_of_tomorrow, FAILS(ENOSYS)},
    {"a call of another ABI", makes_call_of_another_abi, KILLED(NULL)},
    {"abort", aborts, SIGNALLED(SIGABRT)},
    {"what it is for", works_on, WORKS},
};

static const struct place places[] = {
#define PLACES(role, label)                                                                        \
    {label ", root, Landlock", role, true, true},                                                  \
        {label ", root, no Landlock", role, true, false},                                          \
        {label ", unprivileged, Landlock", role, false, true},                                     \
        {label ", unprivileged, no Landlock", role, false, false},
    PLACES(ROLE_WATCHER, "watcher") PLACES(ROLE_RECONCILER, "reconciler")
        PLACES(ROLE_CERTPATCHER, "certpatcher") PLACES(ROLE_MINTER, "minter")
            PLACES(ROLE_EXPORTER, "exporter")};

/* Gives up root where the place is an unprivileged one. */
static void start_as(bool root)
{
    if (!root && geteuid() == 0 && privileges_change_user(NOBODY) != 0)
        _exit(99);
}

static void enter(const struct place *place, int report, char *level)
{
    const struct sandbox_options options = {
        .uid = UIDS + place->role, .report = report, .without_landlock = !place->landlock};
    int folder = place->root ? privileges_empty_folder() : -1;

    if (folder >= 0 && (fchdir(folder) != 0 || close(folder) != 0))
        _exit(98);
    if (sandbox_enter(sandbox_role(place->role), &options, level) != 0)
        _exit(97);
}

static pid_t start_sibling(const struct place *place)
{
    char level[SANDBOX_LEVEL_SIZE], byte = 0;
    int ready[2];
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        struct place other = *place;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        other.role = place->role == ROLE_WATCHER ? ROLE_RECONCILER : ROLE_WATCHER;
        start_as(place->root);
        enter(&other, -1, level);
        if (write(ready[1], &byte, 1) == 1)
            poll(NULL, 0, -1);
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

/* In the process that makes attempts: what a worker may have open. */
static void open_descriptors(void)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    scene.tcp = socket(AF_INET, SOCK_STREAM, 0);
    scene.unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    scene.file = open(scene.token, O_WRONLY | O_APPEND);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGSYS, SIG_DFL);
}

/* Returns how the attempt ended; CALL is for the name that the process told, or "". */
static struct end attempt_in(const struct place *place, int (*make)(void), char call[64])
{
    char level[SANDBOX_LEVEL_SIZE], packet[64];
    int link[2], results[2], status, error = -1;
    struct message message;
    ssize_t size;
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, link), 0);
    assert_int_equal(pipe(results), 0);
    pid = fork();
    if (pid == 0) {
        open_descriptors();
        start_as(place->root);
        enter(place, link[1], level);
        error = make();
        _exit(write(results[1], &error, sizeof(error)) == sizeof(error) ? 0 : 96);
    }
    close(link[1]);
    close(results[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    size = recv(link[0], packet, sizeof(packet), 0);
    call[0] = '\0';
    if (size > 0 && message_decode(packet, (size_t)size, &message) == NULL) {
        assert_int_equal(message.type, MESSAGE_FORBIDDEN);
        snprintf(call, 64, "%s", sandbox_call_name((int)message.forbidden.call));
        message_clear(&message);
    }
    if (read(results[0], &error, sizeof(error)) != sizeof(error))
        error = 0;
    close(link[0]);
    close(results[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        fail_msg("%s: the process ended with %d", place->name, WEXITSTATUS(status));
    return (struct end){.error = error, .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

/* The exporter is there to accept clients; there are none here. */
static const struct end *end_in(const struct place *place, const struct attempt *attempt)
{
    static const struct end no_client = FAILS(EAGAIN);

    return place->role == ROLE_EXPORTER && attempt->make == accepts ? &no_client : &attempt->end;
}

static void check_attempt(const struct place *place, const struct attempt *attempt)
{
    const struct end *expected = end_in(place, attempt);
    char call[64], row[128];
    struct end end = attempt_in(place, attempt->make, call);

    snprintf(row, sizeof(row), "%s: %s", place->name, attempt->name);
    if (end.error != expected->error || end.signal != expected->signal)
        fail_msg("%s: error %d, signal %d; expected error %d, signal %d", row, end.error,
                 end.signal, expected->error, expected->signal);
    CHECK_ROW_TEXT(row, call, expected->call != NULL ? expected->call : "");
}

static bool kernel_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >=
           ABSTRACT_SOCKETS_ABI;
}

/* Whether PLACE can be had here; says so if not. */
static bool is_possible(const struct place *place)
{
    if (place->root && geteuid() != 0)
        print_message("left out, as this is not root: %s\n", place->name);
    else if (place->landlock && !kernel_has_landlock())
        print_message("left out, as the kernel has no Landlock of ABI 6: %s\n", place->name);
    else
        return true;
    return false;
}

static void test_attempts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (!is_possible(&places[i]))
            continue;
        scene.sibling = start_sibling(&places[i]);
        for (size_t j = 0; j < COUNT_OF(attempts); j++)
            check_attempt(&places[i], &attempts[j]);
        assert_int_equal(waitpid(scene.sibling, NULL, WNOHANG), 0); /* none has ended it */
        kill(scene.sibling, SIGKILL);
        waitpid(scene.sibling, NULL, 0);
        print_message("%zu attempts: %s\n", COUNT_OF(attempts), places[i].name);
    }
}

/* Lines of /proc/PID/status of a confined process, by place. */
static const struct fact {
    const char *line;
    bool root_only;
} facts[] = {
    {"NoNewPrivs:\t1\n", false},
    {"Seccomp:\t2\n", false},
    {"CapInh:\t0000000000000000\n", false},
    {"CapPrm:\t0000000000000000\n", false},
    {"CapEff:\t0000000000000000\n", false},
    {"CapAmb:\t0000000000000000\n", false},
    {"CapBnd:\t0000000000000000\n", true},
    {"Uid:\t61001\t61001\t61001\t61001\n", true},
    {"Gid:\t61001\t61001\t61001\t61001\n", true},
    {"Groups:\t \n", true},
};

static void read_of_process(pid_t pid, const char *name, char text[4096])
{
    char path[64];
    int file;
    ssize_t size;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    file = open(path, O_RDONLY);
    size = read(file, text, 4095);
    text[size > 0 ? size : 0] = '\0';
    close(file);
}

static void check_facts(const struct place *place, pid_t pid)
{
    char text[4096];

    read_of_process(pid, "status", text);
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        if ((place->root || !facts[i].root_only) && strstr(text, facts[i].line) == NULL)
            fail_msg("%s: not in its status: %s", place->name, facts[i].line);
    }
    read_of_process(pid, "limits", text);
    CHECK_ROW(place->name,
              strstr(text, "Max core file size        0                    0") != NULL);
    CHECK_ROW(place->name,
              strstr(text, "Max processes             0                    0") != NULL);
}

static void test_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        pid_t pid;

        if (places[i].role != ROLE_WATCHER || !is_possible(&places[i]))
            continue;
        pid = start_sibling(&places[i]); /* of a watcher: a reconciler */
        if (geteuid() == 0)
            check_facts(&places[i], pid);
        if (places[i].root) {
            char path[64], root[256] = "";

            snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
            assert_true(readlink(path, root, sizeof(root) - 1) > 0);
            CHECK_ROW(root, strstr(root, "tlsrouted-empty-") != NULL &&
                                strstr(root, "(deleted)") != NULL);
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

/* What was reached is said, and what was not. */
static const struct {
    struct place place;
    enum sandbox_mode mode;
    const char *level;
} levels[] = {
    {{"root", ROLE_RECONCILER, true, true},
     SANDBOX_ENFORCE,
     "limits empty-root uid-61001 landlock-%d no-capabilities seccomp"},
    {{"root, no Landlock", ROLE_RECONCILER, true, false},
     SANDBOX_ENFORCE,
     "limits empty-root uid-61001 no-landlock no-capabilities seccomp"},
    {{"unprivileged", ROLE_RECONCILER, false, true},
     SANDBOX_ENFORCE,
     "limits no-empty-root no-own-uid landlock-%d no-capabilities seccomp"},
    {{"root, log", ROLE_RECONCILER, true, true},
     SANDBOX_LOG,
     "log-only limits empty-root uid-61001 no-landlock no-capabilities seccomp"},
    {{"unprivileged, log", ROLE_RECONCILER, false, true},
     SANDBOX_LOG,
     "log-only limits no-empty-root no-own-uid no-landlock no-capabilities seccomp"},
    {{"off", ROLE_RECONCILER, true, true}, SANDBOX_OFF, "off"},
};

static void level_in(const struct place *place, enum sandbox_mode mode, char *level)
{
    const struct sandbox_options options = {
        .mode = mode, .uid = UIDS + place->role, .without_landlock = !place->landlock};
    int results[2], folder;
    pid_t pid;

    assert_int_equal(pipe(results), 0);
    pid = fork();
    if (pid == 0) {
        open_descriptors();
        start_as(place->root);
        folder = place->root ? privileges_empty_folder() : -1;
        if ((folder >= 0 && fchdir(folder) != 0) ||
            sandbox_enter(sandbox_role(place->role), &options, level) != 0)
            _exit(1);
        _exit(write(results[1], level, SANDBOX_LEVEL_SIZE) == SANDBOX_LEVEL_SIZE ? 0 : 1);
    }
    close(results[1]);
    if (read(results[0], level, SANDBOX_LEVEL_SIZE) != SANDBOX_LEVEL_SIZE)
        fail_msg("%s: the sandbox was not entered", place->name);
    close(results[0]);
    waitpid(pid, NULL, 0);
}

static void test_levels(void **state)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        char level[SANDBOX_LEVEL_SIZE] = "", expected[SANDBOX_LEVEL_SIZE];

        if (!is_possible(&levels[i].place))
            continue;
        level_in(&levels[i].place, levels[i].mode, level);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expected, sizeof(expected), levels[i].level, abi);
#pragma GCC diagnostic pop
        CHECK_ROW_TEXT(levels[i].place.name, level, expected);
    }
}

/* A role cannot have what its tables say to forbid it, except where it is meant to. */
static void test_tables(void **state)
{
    static const char *const never[] = {"execve", "ptrace", "bind", "listen", "kill",  "seccomp",
                                        "mount",  "bpf",    "fork", "setuid", "unlink"};

    (void)state;
    for (const struct syscall_rule *rule = sandbox_forbidden.rules; rule->name != NULL; rule++) {
        for (size_t i = 0; i < COUNT_OF(never); i++) {
            for (enum role role = 0; role < ROLE_WORKERS; role++) {
                if (strcmp(rule->name, never[i]) == 0 && sandbox_role_has(sandbox_role(role), rule))
                    fail_msg("%s has %s", role_name(role), rule->name);
            }
        }
    }
    assert_string_equal(sandbox_call_name(SYS_ptrace), "ptrace");
    assert_string_equal(sandbox_call_name(-1), "an unknown call");
}

static int signals_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        poll(NULL, 0, -1);
        _exit(0);
    }
    return child < 0 ? errno : result_of(kill(child, SIGKILL));
}

static int signals_stranger(void)
{
    return result_of(kill(scene.sibling, 0));
}

static int executes_stranger(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(executes());
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int reads_configuration(void)
{
    return opens(scene.token, O_RDONLY);
}

static int writes_null(void)
{
    return opens("/dev/null", O_RDWR);
}

static int opens_to_write(void)
{
    return opens(scene.token, O_RDWR);
}

/* The supervisor's: with Landlock, and without. */
static const struct {
    const char *name;
    int (*make)(void);
    struct end landlock, without;
} supervisor_attempts[] = {
    {"read a file", reads_configuration, WORKS, WORKS},
    {"write to /dev/null", writes_null, WORKS, WORKS},
    {"open a file for reading and writing", opens_to_write, FAILS(EACCES), FAILS(EACCES)},
    {"write a file", writes_file, KILLED("openat"), KILLED("openat")},
    {"truncate a file", truncates_file, KILLED("openat"), KILLED("openat")},
    {"mkdir", makes_folder, KILLED("mkdir"), KILLED("mkdir")},
    {"remove what is not its socket", removes_file, FAILS(EACCES), WORKS},
    {"rename", renames_file, KILLED("rename"), KILLED("rename")},
    {"chmod", changes_mode, KILLED("chmod"), KILLED("chmod")},
    {"end a child", signals_child, WORKS, WORKS},
    {"signal a stranger", signals_stranger, FAILS(EPERM), WORKS},
    {"execute what is no worker", executes_stranger, FAILS(EACCES), WORKS},
    {"bind", binds, KILLED("bind"), KILLED("bind")},
    {"listen", listens, KILLED("listen"), KILLED("listen")},
    {"Unix socket", makes_unix_socket, FAILS(ENOSYS), FAILS(ENOSYS)},
    {"connect to an abstract socket", connects_to_service, FAILS(EPERM), WORKS},
    {"attach to a process", attaches, KILLED("ptrace"), KILLED("ptrace")},
    {"read another's memory", reads_other_memory, KILLED("process_vm_readv"),
     KILLED("process_vm_readv")},
    {"unshare", unshares, KILLED("unshare"), KILLED("unshare")},
    {"mount", mounts, KILLED("mount"), KILLED("mount")},
    {"bpf", loads_program_into_kernel, KILLED("bpf"), KILLED("bpf")},
    {"module", loads_module, KILLED("finit_module"), KILLED("finit_module")},
    {"a call of tomorrow", makes_call_of_tomorrow, FAILS(ENOSYS), FAILS(ENOSYS)},
};

static int looks_up_name(void)
{
    struct addrinfo *found = NULL;
    int error = getaddrinfo("localhost", NULL, NULL, &found);

    if (error == 0)
        freeaddrinfo(found);
    return error == 0 ? 0 : ENOENT;
}

/* The resolver's: with Landlock; without, as a user of its own; without, as the user of all. */
static const struct {
    const char *name;
    int (*make)(void);
    struct end ends[3];
} resolver_attempts[] = {
#define EVERYWHERE(...)                                                                            \
    {                                                                                              \
        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__                                                      \
    }
    {"look up a name", looks_up_name, EVERYWHERE(WORKS)},
    {"read /etc/passwd", reads_passwd, {FAILS(EACCES), WORKS, WORKS}},
    {"read a token file", reads_token, {FAILS(EACCES), FAILS(EACCES), WORKS}},
    {"read environ in /proc", reads_environment, EVERYWHERE(FAILS(EACCES))},
    {"write a file", writes_file, EVERYWHERE(KILLED("openat"))},
    {"unlink", removes_file, EVERYWHERE(KILLED("unlink"))},
    {"TCP socket", makes_tcp_socket, EVERYWHERE(WORKS)},
    {"connect", connects, EVERYWHERE(WORKS)},
    {"Unix socket", makes_unix_socket, EVERYWHERE(FAILS(ENOSYS))},
    {"netlink socket", makes_netlink_socket, EVERYWHERE(FAILS(ENOSYS))},
    {"connect to an abstract socket", connects_to_service, {FAILS(EPERM), WORKS, WORKS}},
    {"bind", binds, EVERYWHERE(KILLED("bind"))},
    {"listen", listens, EVERYWHERE(KILLED("listen"))},
    {"attach to a process", attaches, EVERYWHERE(KILLED("ptrace"))},
    {"read another's memory", reads_other_memory, EVERYWHERE(KILLED("process_vm_readv"))},
    {"kill another", kills_sibling, EVERYWHERE(KILLED("kill"))},
    {"fork", forks, EVERYWHERE(KILLED("clone"))},
    {"thread", makes_thread, EVERYWHERE(FAILS(ENOSYS))},
    {"execve", executes, EVERYWHERE(KILLED("execve"))},
    {"map a program", maps_program, EVERYWHERE(FAILS(EACCES))},
    {"prlimit", raises_limit_new_way, EVERYWHERE(KILLED("prlimit64"))},
    {"a filter that allows more", loads_filter, EVERYWHERE(KILLED("seccomp"))},
    {"setuid", becomes_root, EVERYWHERE(KILLED("setuid"))},
    {"chroot", changes_root, EVERYWHERE(KILLED("chroot"))},
    {"a call of tomorrow", makes_call_of_tomorrow, EVERYWHERE(FAILS(ENOSYS))},
};

static void test_resolver(void **state)
{
    static const struct place every[] = {PLACES(ROLE_RESOLVER, "resolver")};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        const struct place *place = &every[i];

        if (!is_possible(place))
            continue;
        scene.sibling = start_sibling(place);
        for (size_t j = 0; j < COUNT_OF(resolver_attempts); j++) {
            const size_t column = place->landlock ? 0 : place->root ? 1 : 2;
            const struct attempt attempt = {resolver_attempts[j].name, resolver_attempts[j].make,
                                            resolver_attempts[j].ends[column]};

            check_attempt(place, &attempt);
        }
        kill(scene.sibling, SIGKILL);
        waitpid(scene.sibling, NULL, 0);
    }
}

static void make_token(void)
{
    int file = open(scene.token, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(file >= 0);
    if (geteuid() == 0)
        assert_int_equal(fchown(file, NOBODY, NOBODY), 0);
    close(file);
}

static void try_as_supervisor(const struct place *place)
{
    for (size_t i = 0; i < COUNT_OF(supervisor_attempts); i++) {
        const struct attempt attempt = {supervisor_attempts[i].name, supervisor_attempts[i].make,
                                        place->landlock ? supervisor_attempts[i].landlock
                                                        : supervisor_attempts[i].without};

        check_attempt(place, &attempt);
        if (access(scene.token, F_OK) != 0)
            make_token();
    }
}

static void test_supervisor(void **state)
{
    static const struct place both[] = {
        {"supervisor, root, Landlock", ROLE_SUPERVISOR, true, true},
        {"supervisor, root, no Landlock", ROLE_SUPERVISOR, true, false}};

    (void)state;
    scene.sibling = start_sibling(&places[2]);
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        if (is_possible(&both[i]))
            try_as_supervisor(&both[i]);
    }
    kill(scene.sibling, SIGKILL);
    waitpid(scene.sibling, NULL, 0);
}

static int set_scene(void **state)
{
    socklen_t size = sizeof(scene.server);

    (void)state;
    snprintf(scene.token, sizeof(scene.token), "/tmp/tlsrouted-token-%d", (int)getpid());
    make_token();
    scene.server =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    scene.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    scene.service.sun_family = AF_UNIX;
    snprintf(scene.service.sun_path + 1, sizeof(scene.service.sun_path) - 1, "tlsrouted-test-%d",
             (int)getpid());
    scene.service_listener = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(scene.listener, (struct sockaddr *)&scene.server, size) != 0 ||
           getsockname(scene.listener, (struct sockaddr *)&scene.server, &size) != 0 ||
           listen(scene.listener, 100) != 0 ||
           bind(scene.service_listener, (struct sockaddr *)&scene.service, sizeof(scene.service)) !=
               0 ||
           listen(scene.service_listener, 1000) != 0;
}

static int clear_scene(void **state)
{
    (void)state;
    unlink(scene.token);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),   cmocka_unit_test(test_levels),
        cmocka_unit_test(test_facts),    cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_resolver), cmocka_unit_test(test_supervisor),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
