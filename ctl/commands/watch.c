/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl watch: the status and the Pools that are not well, printed again on every change. The
 * daemon only says that something has changed; what it is shows in the lines that differ. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/arguments/arguments.h"
#include "ctl/commands/columns.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/status.h"
#include "ctl/daemon/status.h"
#include "ctl/output/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is on the screen. */
struct screen {
    char **lines;
    size_t count;
    bool is_terminal;
};

static char *draw(const char *socket_path);
static struct json_object *without_healthy(struct json_object *pools);
static void show(struct screen *, char *text);
static void show_on_terminal(const struct screen *, const struct screen *before);
static void show_new_lines(const struct screen *, const struct screen *before);
static bool has_line(const struct screen *, const char *line);
static void clear(struct screen *);

/* Until it is interrupted or the daemon ends. */
int watch_run(const struct arguments *arguments)
{
    static const struct message query = {.type = MESSAGE_WATCH_QUERY, .descriptor = -1};
    struct session *session = session_new(arguments->socket_path, 0);
    struct screen screen = {.is_terminal = isatty(STDOUT_FILENO)};
    struct message message;
    bool ok = session_exchange(session, &query, &message);
    char *text;

    while (ok) {
        message_clear(&message);
        text = draw(arguments->socket_path);
        if (text == NULL)
            break;
        show(&screen, text);
        free(text);
        ok = session_receive(session, &message, 0);
    }
    if (!ok)
        error_print("%s", session_problem(session));
    clear(&screen);
    session_free(session);
    return COMMAND_NO_RESULT;
}

/* The text to be shown now; the caller frees it. NULL after printing why there is none. */
static char *draw(const char *socket_path)
{
    const struct table_style style = table_style_for(stdout);
    struct session *session = session_new(socket_path, 0);
    struct json_object *status = status_query(session), *pools;
    char *text = NULL;
    size_t size;
    FILE *stream;

    if (status == NULL) {
        error_print("%s", session_problem(session));
    } else {
        stream = open_memstream(&text, &size);
        if (stream == NULL)
            memory_out();
        status_print(stream, status, &style);
        pools = without_healthy(session_query(session, VIEW_POOLS, "", ""));
        if (json_count(pools) > 0) {
            fputc('\n', stream);
            table_print(stream, columns_pools, pools, &style);
        }
        json_object_put(pools);
        fclose(stream);
    }
    json_object_put(status);
    session_free(session);
    return text;
}

/* Releases POOLS, which may be NULL. */
static struct json_object *without_healthy(struct json_object *pools)
{
    struct json_object *rest = json_object_new_array();

    for (size_t i = 0; i < json_count(pools); i++) {
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
        show_new_lines(&now, screen);
    fflush(stdout);
    clear(screen);
    *screen = now;
}

/* Draws only the lines that differ, so that nothing flickers. */
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

/* For a file or a pipe: only the lines that were not there before. */
static void show_new_lines(const struct screen *screen, const struct screen *before)
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
