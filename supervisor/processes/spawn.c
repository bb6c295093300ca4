/* SPDX-License-Identifier: Apache-2.0 */
/* What must be done between fork and exec so that a program starts with one descriptor and nothing
 * else from this process. */
#include "supervisor/processes/spawn.h"

#include "common/base/log.h"
#include "common/worker/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Noreturn void become(const char *program, int link, int folder, const char *variable,
                             pid_t parent);
static char *journal_variable(void);
static void arrange_descriptors(int link);
static void close_others(void);
static void reset_signals(void);

enum {
    DESCRIPTORS_MAX = 64 * 1024 /* far more than a process is started with */
};

pid_t spawn(const char *program, int link, int folder, const char *variable)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0)
        become(program, link, folder, variable, parent);
    return pid;
}

static void become(const char *program, int link, int folder, const char *variable, pid_t parent)
{
    char *const arguments[] = {(char *)program, NULL};
    char *const journal = journal_variable(), *const own = (char *)variable;
    char *const environment[] = {own != NULL ? own : journal, own != NULL ? journal : NULL, NULL};

    reset_signals();
    if (folder >= 0 && fchdir(folder) != 0)
        _exit(EXIT_FAILURE);
    arrange_descriptors(link);
    setsid(); /* a terminal's ^C goes to the supervisor, which ends its workers in order */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before that took effect */
        _exit(EXIT_FAILURE);
    execve(program, arguments, environment);
    log_error("cannot execute a worker's program; is tlsrouted installed as a whole?",
              LOG_TEXT("program", program), LOG_TEXT("reason", strerror(errno)));
    _exit(127);
}

/* "JOURNAL_STREAM=...": a worker's log goes where this process's goes. NULL if it is not set. */
static char *journal_variable(void)
{
    static const char name[] = "JOURNAL_STREAM=";

    for (char **variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, name, sizeof(name) - 1) == 0)
            return *variable;
    }
    return NULL;
}

/* dup2() makes a descriptor that survives exec; on itself it would not, so that is done by hand. */
static void arrange_descriptors(int link)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    if (link == WORKER_LINK_DESCRIPTOR)
        fcntl(link, F_SETFD, 0);
    else
        dup2(link, WORKER_LINK_DESCRIPTOR);
    close_others();
}

/* Kernels before 5.9 do not have the call, and old containers refuse it. */
static void close_others(void)
{
    if (syscall(SYS_close_range, WORKER_LINK_DESCRIPTOR + 1, ~0U, 0) == 0)
        return;
    for (int descriptor = WORKER_LINK_DESCRIPTOR + 1; descriptor < DESCRIPTORS_MAX; descriptor++)
        close(descriptor);
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
