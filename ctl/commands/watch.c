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
#include "ctl/output/output.h"
#include "ctl/output/screen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *draw(const char *socket_path);
static struct json_object *without_healthy(struct json_object *pools);

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
        screen_show(&screen, text);
        free(text);
        ok = session_receive(session, &message, 0);
    }
    if (!ok)
        error_print("%s", session_problem(session));
    screen_clear(&screen);
    session_free(session);
    return COMMAND_NO_RESULT;
}

/* The text to be shown now; the caller frees it. NULL after printing why there is none. */
static char *draw(const char *socket_path)
{
    const struct table_style style = table_style_for(stdout);
    struct session *session = session_new(socket_path, 0);
    struct json_object *status = status_query(session), *pools, *summed;
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
        summed = alike_sum(pools, &alike_pools);
        if (json_count(summed) > 0) {
            output_print(stream, "\n");
            table_print(stream, columns_pools, summed, &style);
        }
        json_object_put(summed);
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
