/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with a daemon that answers, is busy, hangs, or talks nonsense. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "ctl/daemon/session.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ACTIONS_MAX = 8
};

/* What the daemon of the test does with a packet. */
enum action {
    ACTION_STOP, /* the end of the script */
    ACTION_CLOSE,
    ACTION_BUSY,
    ACTION_REFUSE,
    ACTION_GARBAGE,
    ACTION_SILENCE,
    ACTION_DONE,
    ACTION_FIRST_PAGE,
    ACTION_LAST_PAGE,
    ACTION_NO_PAGE,
};

struct daemon {
    char folder[64], path[128];
    int listener;
    const enum action *actions;
    pthread_t thread;
    char after[64]; /* of the last query */
};

static void send_message(int socket, const struct message *message)
{
    msgpack_sbuffer buffer;

    msgpack_sbuffer_init(&buffer);
    message_encode(message, &buffer);
    send(socket, buffer.data, buffer.size, MSG_NOSIGNAL);
    msgpack_sbuffer_destroy(&buffer);
}

static void send_refusal(int socket, bool busy)
{
    struct message refused = message_of(MESSAGE_REFUSED);

    refused.refused.busy = busy;
    refused.refused.reason = "not for you";
    send_message(socket, &refused);
}

static void send_page(int socket, enum action action)
{
    struct message row = message_of(MESSAGE_ROW), end = message_of(MESSAGE_PAGE_END);

    row.row.json = action == ACTION_FIRST_PAGE ? "{\"name\":\"a\"}" : "{\"name\":\"b\"}";
    if (action != ACTION_NO_PAGE)
        send_message(socket, &row);
    end.page_end.more = action == ACTION_FIRST_PAGE;
    end.page_end.next = action == ACTION_FIRST_PAGE ? "n/a" : "";
    end.page_end.problem = action == ACTION_NO_PAGE ? "the reconciler is not running" : "";
    send_message(socket, &end);
}

/* Returns whether the connection goes on. */
static bool act(int socket, enum action action)
{
    struct message done = message_of(MESSAGE_DONE);

    switch (action) {
    case ACTION_BUSY:
    case ACTION_REFUSE:
        send_refusal(socket, action == ACTION_BUSY);
        return false;
    case ACTION_GARBAGE:
        send(socket, "garbage", 7, MSG_NOSIGNAL);
        return true;
    case ACTION_DONE:
        done.done.text = "done";
        send_message(socket, &done);
        return true;
    case ACTION_FIRST_PAGE:
    case ACTION_LAST_PAGE:
    case ACTION_NO_PAGE:
        send_page(socket, action);
        return true;
    case ACTION_SILENCE:
        return true;
    default:
        return false;
    }
}

static void *serve(void *context)
{
    struct daemon *daemon = context;
    const enum action *action = daemon->actions;
    char bytes[4096];
    int socket = -1;

    while (*action != ACTION_STOP) {
        struct message message;
        ssize_t size;

        if (socket < 0)
            socket = accept(daemon->listener, NULL, NULL);
        size = recv(socket, bytes, sizeof(bytes), 0);
        if (size > 0 && message_decode(bytes, (size_t)size, &message) == NULL) {
            if (message.type == MESSAGE_QUERY)
                snprintf(daemon->after, sizeof(daemon->after), "%s", message.query.after);
            message_clear(&message);
        }
        if (size <= 0 || !act(socket, *action)) {
            close(socket);
            socket = -1;
        }
        action += size > 0;
    }
    return (void *)(intptr_t)socket;
}

static void start(struct daemon *daemon, const enum action *actions)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *daemon = (struct daemon){.folder = "/tmp/tlsrouted-session.XXXXXX", .actions = actions};
    assert_non_null(mkdtemp(daemon->folder));
    snprintf(daemon->path, sizeof(daemon->path), "%s/socket", daemon->folder);
    strcpy(address.sun_path, daemon->path);
    daemon->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(daemon->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(daemon->listener, 8), 0);
    assert_int_equal(pthread_create(&daemon->thread, NULL, serve, daemon), 0);
}

static void stop(struct daemon *daemon)
{
    void *socket;

    pthread_join(daemon->thread, &socket);
    if ((intptr_t)socket >= 0)
        close((int)(intptr_t)socket);
    close(daemon->listener);
    unlink(daemon->path);
    rmdir(daemon->folder);
}

static void test_exchange(void **state)
{
    static const struct {
        const char *row;
        enum action actions[ACTIONS_MAX];
        unsigned milliseconds;
        const char *problem; /* NULL: a reply */
    } rows[] = {
        {"a reply", {ACTION_DONE}, 0, NULL},
        {"a reply in time", {ACTION_DONE}, 10000, NULL},
        {"busy at first", {ACTION_BUSY, ACTION_BUSY, ACTION_DONE}, 0, NULL},
        {"dropped at first", {ACTION_CLOSE, ACTION_DONE}, 0, NULL},
        {"busy for too long", {ACTION_BUSY}, 50, "not for you"},
        {"dropped for too long", {ACTION_CLOSE}, 50, "tlsrouted closed the connection"},
        {"refused", {ACTION_REFUSE}, 0, "not for you"},
        {"silent", {ACTION_SILENCE}, 50, "tlsrouted did not reply in time"},
        {"nonsense",
         {ACTION_GARBAGE},
         0,
         "tlsrouted sent an invalid reply; check that tlsroutectl and tlsrouted are the same "
         "version"},
    };
    const struct message command = message_of(MESSAGE_RESYNC_COMMAND);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct daemon daemon;
        struct session *session;
        struct message reply;
        bool ok;

        start(&daemon, rows[i].actions);
        session = session_new(daemon.path, rows[i].milliseconds);
        ok = session_exchange(session, &command, &reply);
        CHECK_ROW(rows[i].row, ok == (rows[i].problem == NULL));
        if (ok)
            message_clear(&reply);
        else
            CHECK_ROW_TEXT(rows[i].row, session_problem(session), rows[i].problem);
        session_free(session);
        stop(&daemon);
    }
}

static void test_query(void **state)
{
    static const struct {
        const char *row;
        enum action actions[ACTIONS_MAX];
        const char *rows, *problem, *after;
    } rows[] = {
        {"one page", {ACTION_LAST_PAGE}, "[{\"name\":\"b\"}]", NULL, ""},
        {"two pages",
         {ACTION_FIRST_PAGE, ACTION_LAST_PAGE},
         "[{\"name\":\"a\"},{\"name\":\"b\"}]",
         NULL,
         "n/a"},
        {"a problem", {ACTION_NO_PAGE}, NULL, "the reconciler is not running", ""},
        {"a problem later",
         {ACTION_FIRST_PAGE, ACTION_NO_PAGE},
         NULL,
         "the reconciler is not running",
         "n/a"},
        {"another reply", {ACTION_DONE}, NULL, "tlsrouted sent an unexpected reply", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct daemon daemon;
        struct session *session;
        struct json_object *found;

        start(&daemon, rows[i].actions);
        session = session_new(daemon.path, 0);
        found = session_query(session, VIEW_POOLS, "n", "");
        CHECK_ROW(rows[i].row, (found == NULL) == (rows[i].rows == NULL));
        if (found != NULL)
            check_same_json(rows[i].row, found, rows[i].rows);
        else
            CHECK_ROW_TEXT(rows[i].row, session_problem(session), rows[i].problem);
        session_free(session);
        stop(&daemon);
        CHECK_ROW_TEXT(rows[i].row, daemon.after, rows[i].after);
    }
}

static void test_unreachable(void **state)
{
    static const char start_of_text[] = "cannot reach tlsrouted at ";
    const struct message command = message_of(MESSAGE_RESYNC_COMMAND);
    char long_path[200], *paths[] = {(char *)"/nonexistent", long_path, (char *)"/etc/passwd"};
    const char *reasons[] = {": No such file or directory. Is the service running?",
                             ": File name too long", ": Socket operation on non-socket"};

    (void)state;
    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct session *session = session_new(paths[i], 0);
        char *text = memory_format("%s%s%s", start_of_text, paths[i], reasons[i]);
        struct message reply;

        assert_false(session_exchange(session, &command, &reply));
        CHECK_ROW_TEXT(paths[i], session_problem(session), text);
        free(text);
        session_free(session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_unreachable),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
