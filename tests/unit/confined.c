/* SPDX-License-Identifier: Apache-2.0 */
/* A sandbox cannot be left again, so that every attempt costs a process. */
#include "tests/unit/confined.h"

#include "common/message/message.h"
#include "common/sandbox/privileges.h"
#include "common/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOBODY = 65534,
    ABSTRACT_SOCKETS_ABI = 6, /* of Landlock */
};

/* Gives up root where the place is an unprivileged one. */
void start_as(bool root)
{
    if (!root && geteuid() == 0 && privileges_change_user(NOBODY) != 0)
        _exit(99);
}

static void enter(const struct place *place, int report)
{
    const struct sandbox_options options = {
        .uid = UIDS + place->role, .report = report, .without_landlock = !place->landlock};
    struct sandbox_result result;
    int folder = place->root ? privileges_empty_folder() : -1;

    if (folder >= 0 && (fchdir(folder) != 0 || close(folder) != 0))
        _exit(98);
    if (sandbox_enter(sandbox_role(place->role), &options, &result) != NULL)
        _exit(97);
}

void start_sibling(const struct place *place)
{
    char byte = 0;
    int ready[2];
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        struct place other = *place;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        other.role = place->role == ROLE_WATCHER ? ROLE_RECONCILER : ROLE_WATCHER;
        start_as(place->root);
        enter(&other, -1);
        if (write(ready[1], &byte, 1) == 1)
            poll(NULL, 0, -1);
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    scene.sibling = pid;
}

void end_sibling(void)
{
    kill(scene.sibling, SIGKILL);
    waitpid(scene.sibling, NULL, 0);
}

void open_descriptors(void)
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

/* Returns how the attempt ended; CALL is for the name that the process reported, or "". */
static struct end attempt_in(const struct place *place, int (*make)(void), char call[64])
{
    char packet[64];
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
        enter(place, link[1]);
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

void check_attempt(const struct place *place, const struct attempt *attempt)
{
    const struct end *expected = &attempt->end;
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

bool is_possible(const struct place *place)
{
    if (place->root && geteuid() != 0)
        print_message("left out, as this is not root: %s\n", place->name);
    else if (place->landlock && !kernel_has_landlock())
        print_message("left out, as the kernel has no Landlock of ABI 6: %s\n", place->name);
    else
        return true;
    return false;
}

void make_token(void)
{
    int file = open(scene.token, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(file >= 0);
    if (geteuid() == 0)
        assert_int_equal(fchown(file, NOBODY, NOBODY), 0);
    close(file);
}

int set_scene(void **state)
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

int clear_scene(void **state)
{
    (void)state;
    unlink(scene.token);
    return 0;
}
