/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl resync, reload and loglevel: has a running tlsrouted do something. */
#include "common/base/log.h"
#include "ctl/commands/command.h"
#include "ctl/commands/options.h"
#include "ctl/daemon/session.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

static int order(int argc, char **argv, const struct ctl_globals *, enum message_type);
static int ask(const struct options *, const struct message *question);

int resync_run(int argc, char **argv, const struct ctl_globals *globals)
{
    return order(argc, argv, globals, MESSAGE_RESYNC_COMMAND);
}

int reload_run(int argc, char **argv, const struct ctl_globals *globals)
{
    return order(argc, argv, globals, MESSAGE_RELOAD_COMMAND);
}

int loglevel_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct options_taken taken = {.words = WORDS_ONE};
    struct message question = message_of(MESSAGE_LEVEL_QUERY);
    struct options options;
    enum log_level level;
    int status;

    if (!options_take(argc, argv, globals, &taken, &options, &status))
        return status;
    if (options.word != NULL && !log_level_parse(options.word, &level)) {
        fprintf(stderr, "tlsroutectl: \"%.80s\" is not one of error, warning, info, debug\n",
                options.word);
        options_clear(&options);
        return ctl_usage(stderr, CTL_USAGE);
    }
    if (options.word != NULL) {
        question = message_of(MESSAGE_LEVEL_COMMAND);
        question.level_command.level = level;
    }
    return ask(&options, &question);
}

static int order(int argc, char **argv, const struct ctl_globals *globals, enum message_type type)
{
    static const struct options_taken taken = {.words = WORDS_NONE};
    const struct message question = message_of(type);
    struct options options;
    int status;

    if (!options_take(argc, argv, globals, &taken, &options, &status))
        return status;
    return ask(&options, &question);
}

/* Releases OPTIONS, which are not the caller's own any more. */
static int ask(const struct options *given, const struct message *question)
{
    struct options options = *given;
    struct session *session = session_open(options.socket_path);
    struct message answer;
    int status = CTL_NO_ANSWER;

    if (session != NULL && session_ask(session, question, &answer)) {
        if (answer.type == MESSAGE_DONE) {
            char *clean = text_clean(answer.done.text, strlen(answer.done.text));

            fprintf(answer.done.succeeded ? stdout : stderr, "%s%s\n",
                    answer.done.succeeded ? "" : "tlsroutectl: ", clean);
            free(clean);
            status = answer.done.succeeded ? CTL_FINE : CTL_NOT_SO;
        }
        message_clear(&answer);
    }
    session_close(session);
    options_clear(&options);
    return status;
}
