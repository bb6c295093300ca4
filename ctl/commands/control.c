/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl resync, reload and loglevel: the commands that make tlsrouted do something. Whether
 * the user may is decided by the daemon alone. */
#include "common/base/log.h"
#include "ctl/arguments/arguments.h"
#include "ctl/commands/commands.h"
#include "ctl/daemon/session.h"
#include "ctl/output/error.h"
#include "ctl/output/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int send_command(const struct arguments *, const struct message *);
static int show(const struct done_message *);
static char *level_list(void);

int resync_run(const struct arguments *arguments)
{
    const struct message command = message_of(MESSAGE_RESYNC_COMMAND);

    return send_command(arguments, &command);
}

int reload_run(const struct arguments *arguments)
{
    const struct message command = message_of(MESSAGE_RELOAD_COMMAND);

    return send_command(arguments, &command);
}

/* Without a level it is a query. */
int loglevel_run(const struct arguments *arguments)
{
    struct message message = message_of(MESSAGE_LEVEL_QUERY);
    enum log_level level;

    if (arguments->operand != NULL && !log_level_parse(arguments->operand, &level)) {
        char *levels = level_list();

        error_print("invalid log level: %.80s (expected %s)", arguments->operand, levels);
        free(levels);
        return COMMAND_USAGE;
    }
    if (arguments->operand != NULL) {
        message = message_of(MESSAGE_LEVEL_COMMAND);
        message.level_command.level = level;
    }
    return send_command(arguments, &message);
}

static int send_command(const struct arguments *arguments, const struct message *message)
{
    struct session *session = session_new(arguments->socket_path, 0);
    struct message reply;
    int status = COMMAND_NO_RESULT;

    if (!session_exchange(session, message, &reply)) {
        error_print("%s", session_problem(session));
    } else {
        if (reply.type == MESSAGE_DONE)
            status = show(&reply.done);
        message_clear(&reply);
    }
    session_free(session);
    return status;
}

static int show(const struct done_message *done)
{
    if (!done->succeeded) {
        error_print("%s", done->text);
        return COMMAND_NOT_OK;
    }
    text_wrap(stdout, done->text, 0, 0);
    return COMMAND_OK;
}

static char *level_list(void)
{
    const char *names[LOG_DEBUG + 1];

    for (enum log_level level = LOG_ERROR; level <= LOG_DEBUG; level++)
        names[level] = log_level_name(level);
    return text_alternatives(names, LOG_DEBUG + 1);
}
