/* SPDX-License-Identifier: Apache-2.0 */
/* The program that runs plugins for the daemon runs this one, too: so it has the same limits, and
 * what it prints is checked by the same code. */
#include "ctl/connect/login.h"

#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/channel.h"
#include "common/worker/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct login {
    struct event_base *base;
    struct credential *credential;
    char *problem;
    bool is_done;
};

static pid_t start(int *link);
static int start_with(const char *program, int link, pid_t *pid);
static void wait_for_result(struct login *, int link);
static void on_result(struct message *, void *login);
static void on_closed(bool violation, const char *reason, void *login);

char *login_run(struct credential *credential)
{
    struct login login = {.credential = credential};
    const char *command = credential->plugin->command;
    char *problem;
    int link = -1;
    const pid_t pid = start(&link);

    if (pid < 0)
        return memory_format("cannot run the exec plugin %.200s: %s", command, strerror(errno));
    login.base = loop_new();
    wait_for_result(&login, link);
    event_base_free(login.base);
    waitpid(pid, NULL, 0);
    if (login.problem == NULL)
        return NULL;
    problem = memory_format("the exec plugin %.200s fails: %s", command, login.problem);
    free(login.problem);
    return problem;
}

/* The process, or -1 with errno. *LINK is our end of the link to it. */
static pid_t start(int *link)
{
    char *program = memory_format("%s/%s", LIBEXECDIR, role_name(ROLE_PLUGIN));
    int pair[2], error = channel_pair(pair) == 0 ? 0 : errno;
    pid_t pid = -1;

    if (error == 0) {
        error = start_with(program, pair[1], &pid);
        close(pair[1]);
        if (error == 0)
            *link = pair[0];
        else
            close(pair[0]);
    }
    free(program);
    errno = error;
    return error == 0 ? pid : -1;
}

/* Returns 0 or the error. All other descriptors close themselves. */
static int start_with(const char *program, int link, pid_t *pid)
{
    char *const arguments[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, link, WORKER_LINK_DESCRIPTOR);
    error = posix_spawn(pid, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void wait_for_result(struct login *login, int link)
{
    channel_handler *handlers[MESSAGE_TYPES] = {[MESSAGE_EXEC_RESULT] = on_result};
    const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};
    struct message request = credential_exec_request(login->credential);
    struct channel *channel =
        channel_new(login->base, link, ROLE_SUPERVISOR, ROLE_PLUGIN, &callbacks, login);

    channel_send(channel, &request);
    while (!login->is_done)
        event_base_loop(login->base, EVLOOP_ONCE);
    channel_free(channel);
}

static void on_result(struct message *message, void *context)
{
    const struct exec_result_message *result = &message->exec_result;
    struct login *login = context;

    login->is_done = true;
    if (result->problem[0] != '\0')
        login->problem = memory_text(result->problem);
    else if (!credential_set_identity(login->credential, result->token, result->certificate_pem,
                                      result->key_pem, result->seconds))
        login->problem = memory_text("what it prints is no credential");
}

static void on_closed(bool violation, const char *reason, void *context)
{
    struct login *login = context;

    (void)violation;
    login->is_done = true;
    login->problem = memory_text(reason);
}
