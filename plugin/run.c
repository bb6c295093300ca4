/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the command does, this returns in time, with a bounded output, and leaves nothing of it
 * running. */
#include "plugin/run.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT,
    ERRORS,
    STREAMS,
};

static _Noreturn void become(const struct run *, const int writers[STREAMS]);
static void collect(const struct run *, int readers[STREAMS], struct run_result *,
                    int64_t deadline);
static bool read_some(int *reader, char *bytes, size_t room, size_t *size);
static void wait_for_end(pid_t, int64_t deadline, struct run_result *);
static bool is_over(pid_t);
static void describe_end(int status, struct run_result *);
static void make_one_line(char *text);

struct run_result run_command(const struct run *run)
{
    struct run_result result = {.output = memory_new(run->output_max + 1, 1)};
    int readers[STREAMS] = {-1, -1}, writers[STREAMS] = {-1, -1};
    int64_t deadline = clock_milliseconds() + run->seconds * 1000L;
    pid_t pid = -1;

    for (int i = 0; i < STREAMS; i++) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) == 0) {
            readers[i] = ends[0];
            writers[i] = ends[1];
        }
    }
    if (readers[OUTPUT] >= 0 && readers[ERRORS] >= 0)
        pid = fork();
    if (pid == 0)
        become(run, writers);
    close(writers[OUTPUT]);
    close(writers[ERRORS]);
    if (pid < 0) {
        snprintf(result.problem, sizeof(result.problem), "cannot be started: %s", strerror(errno));
    } else {
        setpgid(pid, pid); /* as the child does: whoever comes first */
        collect(run, readers, &result, deadline);
        wait_for_end(pid, deadline, &result);
    }
    for (int i = 0; i < STREAMS; i++) {
        if (readers[i] >= 0)
            close(readers[i]);
    }
    make_one_line(result.error_text);
    return result;
}

void run_clear(struct run_result *result)
{
    memory_wipe(result->output, result->size);
    result->output = NULL;
}

static _Noreturn void become(const struct run *run, const int writers[STREAMS])
{
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(writers[OUTPUT], STDOUT_FILENO);
    dup2(writers[ERRORS], STDERR_FILENO);
    execvpe(run->arguments[0], run->arguments, run->environment);
    dprintf(STDERR_FILENO, "%s", strerror(errno));
    _exit(127);
}

/* Reads both streams until they end, one is too long, or the time is over. */
static void collect(const struct run *run, int readers[STREAMS], struct run_result *result,
                    int64_t deadline)
{
    size_t error_size = 0;

    while (readers[OUTPUT] >= 0 || readers[ERRORS] >= 0) {
        struct pollfd polled[STREAMS] = {{.fd = readers[OUTPUT], .events = POLLIN},
                                         {.fd = readers[ERRORS], .events = POLLIN}};
        int64_t left = deadline - clock_milliseconds();
        char rest[RUN_ERROR_MAX];
        size_t ignored = 0;

        if (left <= 0 || (poll(polled, STREAMS, (int)left) < 0 && errno != EINTR))
            return;
        if (polled[OUTPUT].revents != 0 &&
            !read_some(&readers[OUTPUT], result->output + result->size,
                       run->output_max + 1 - result->size, &result->size))
            return;
        if (polled[ERRORS].revents != 0) {
            bool is_full = error_size == RUN_ERROR_MAX - 1;

            read_some(&readers[ERRORS], is_full ? rest : result->error_text + error_size,
                      is_full ? sizeof(rest) : RUN_ERROR_MAX - 1 - error_size,
                      is_full ? &ignored : &error_size);
        }
        if (result->size > run->output_max) {
            snprintf(result->problem, sizeof(result->problem), "printed more than %zu bytes",
                     run->output_max);
            return;
        }
    }
}

/* Reads what there is now; at the end of the stream *READER becomes -1. Returns false on an error.
 */
static bool read_some(int *reader, char *bytes, size_t room, size_t *size)
{
    ssize_t got = read(*reader, bytes, room);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0) {
        close(*reader);
        *reader = -1;
    }
    *size += (size_t)got;
    return true;
}

/* As long as it has not been reaped, no other process or group can have its number. */
static void wait_for_end(pid_t pid, int64_t deadline, struct run_result *result)
{
    bool has_ended = false;
    int status = 0;

    while (result->problem[0] == '\0' && !(has_ended = is_over(pid)) &&
           clock_milliseconds() < deadline)
        poll(NULL, 0, EXEC_PLUGIN_WAIT_MILLISECONDS);
    kill(-pid, SIGKILL); /* with all that it has left behind */
    waitpid(pid, &status, 0);
    if (has_ended)
        describe_end(status, result);
    else if (result->problem[0] == '\0')
        snprintf(result->problem, sizeof(result->problem), "did not end in time");
}

static bool is_over(pid_t pid)
{
    siginfo_t ended = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == pid;
}

static void describe_end(int status, struct run_result *result)
{
    if (WIFSIGNALED(status))
        snprintf(result->problem, sizeof(result->problem), "was killed by signal %d",
                 WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        snprintf(result->problem, sizeof(result->problem), "ended with status %d",
                 WEXITSTATUS(status));
}

static void make_one_line(char *text)
{
    text[strcspn(text, "\r\n")] = '\0';
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}
