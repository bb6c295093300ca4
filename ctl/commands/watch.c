/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl watch: the state, drawn again when something has changed. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/commands/command.h"
#include "ctl/commands/listing.h"
#include "ctl/commands/options.h"
#include "ctl/commands/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is on the screen. */
struct screen {
    char **lines;
    size_t count;
    bool is_terminal;
};

static int watch(const struct options *);
static char *draw(const char *socket_path);
static struct json_object *without_good_ones(struct json_object *pools);
static void show(struct screen *, char *text);
static void show_on_terminal(const struct screen *, const struct screen *before);
static void show_news(const struct screen *, const struct screen *before);
static bool has_line(const struct screen *, const char *line);
static void clear(struct screen *);

int watch_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct options_taken taken = {.words = WORDS_NONE};
    struct options options;
    int status;

    if (!options_take(argc, argv, globals, &taken, &options, &status))
        return status;
    status = watch(&options);
    options_clear(&options);
    return status;
}

/* Until it is interrupted, or the daemon ends. */
static int watch(const struct options *options)
{
    static const struct message question = {.type = MESSAGE_WATCH_QUERY, .descriptor = -1};
    struct session *session = session_open(options->socket_path);
    struct screen screen = {.is_terminal = isatty(STDOUT_FILENO)};
    struct message message;
    bool good = session != NULL && session_ask(session, &question, &message);
    char *text;

    while (good) {
        message_clear(&message);
        text = draw(options->socket_path);
        if (text == NULL)
            break;
        show(&screen, text);
        free(text);
        good = session_next(session, &message, 0);
    }
    clear(&screen);
    session_close(session);
    return CTL_NO_ANSWER;
}

/* The caller frees it; NULL if there is no answer. */
static char *draw(const char *socket_path)
{
    const struct table_style style = table_style_for(stdout);
    struct session *session = session_open(socket_path);
    struct json_object *status = session != NULL ? status_fetch(session) : NULL, *pools;
    char *text = NULL;
    size_t size;
    FILE *stream;

    if (status != NULL) {
        stream = open_memstream(&text, &size);
        if (stream == NULL)
            abort();
        status_print(stream, status, &style);
        session_be_quiet(session, true);
        pools = without_good_ones(session_rows(session, VIEW_POOLS, "", ""));
        if (json_count(pools) > 0) {
            fputc('\n', stream);
            table_print(stream, listing_pools, pools, &style);
        }
        json_object_put(pools);
        fclose(stream);
    }
    json_object_put(status);
    session_close(session);
    return text;
}

/* Takes POOLS over, which may be NULL. */
static struct json_object *without_good_ones(struct json_object *pools)
{
    struct json_object *rest = json_object_new_array();

    for (size_t i = 0; pools != NULL && i < json_count(pools); i++) {
        struct json_object *pool = json_item(pools, i);
        const char *state = json_text_at(pool, "state");

        if (strcmp(state, "ok") != 0 && strcmp(state, "off") != 0)
            json_object_array_add(rest, json_object_get(pool));
    }
    json_object_put(pools);
    return rest;
}

static void show(struct screen *screen, char *text)
{
    struct screen now = {.is_terminal = screen->is_terminal};
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        now.lines = memory_resize(now.lines, now.count + 1, sizeof(*now.lines));
        now.lines[now.count++] = memory_text(line);
    }
    if (now.is_terminal)
        show_on_terminal(&now, screen);
    else
        show_news(&now, screen);
    fflush(stdout);
    clear(screen);
    *screen = now;
}

/* Only lines that differ are drawn again, so nothing flickers. */
static void show_on_terminal(const struct screen *screen, const struct screen *before)
{
    if (before->count == 0)
        fputs("\033[2J", stdout);
    for (size_t i = 0; i < screen->count; i++) {
        if (i >= before->count || strcmp(screen->lines[i], before->lines[i]) != 0)
            printf("\033[%zu;1H%s\033[K", i + 1, screen->lines[i]);
    }
    printf("\033[%zu;1H\033[J", screen->count + 1);
}

/* For a file or a pipe: the lines that were not there before. */
static void show_news(const struct screen *screen, const struct screen *before)
{
    for (size_t i = 0; i < screen->count; i++) {
        if (screen->lines[i][0] != '\0' && !has_line(before, screen->lines[i]))
            puts(screen->lines[i]);
    }
}

static bool has_line(const struct screen *screen, const char *line)
{
    for (size_t i = 0; i < screen->count; i++) {
        if (strcmp(screen->lines[i], line) == 0)
            return true;
    }
    return false;
}

static void clear(struct screen *screen)
{
    for (size_t i = 0; i < screen->count; i++)
        free(screen->lines[i]);
    free(screen->lines);
    screen->lines = NULL;
    screen->count = 0;
}
