/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: who asks is answered, and who does not read is let go. */
#include "tests/unit/check.h"

#include "supervisor/control/control.h"
#include "supervisor/control/rights.h"
#include "tests/unit/working_link.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    RESULTS = ROLE_WORKERS + 1, /* the daemon, each worker that is used, the end */
    QUERIES_MAX = 20000,     /* each result has some 100 bytes, and a socket holds some 100 KiB */
    NO_PROCESS = 0x7ffffff0, /* a pid that no process has */
};

/* A control socket, and workers that have no processes. */
struct fixture {
    struct event_base *base;
    struct config config;
    struct credential credentials[ROLE_WORKERS];
    struct workers workers;
    struct control *control;
    char folder[64], path[96];
};

static void ignore(struct child *child, void *context)
{
    (void)child;
    (void)context;
}

static void set_log_level(enum log_level level, void *context)
{
    ((struct fixture *)context)->config.log_level = level;
}

static void open_fixture(struct fixture *fixture)
{
    struct child_options options = {.identity = "", .folder = -1, .on_changed = ignore};
    struct control_daemon daemon = {.sandbox = "off", .set_log_level = set_log_level};

    *fixture = (struct fixture){.folder = "/tmp/tlsrouted-control-XXXXXX"};
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/control.sock", fixture->folder);
    daemon.base = options.base = fixture->base = event_base_new();
    daemon.config = options.config = &fixture->config;
    daemon.workers = &fixture->workers;
    daemon.context = fixture;
    workers_init(&fixture->workers, &options, fixture->credentials);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        fixture->workers.children[role].is_used = role != ROLE_MINTER;
    fixture->control = control_new(&daemon, fixture->path, RIGHTS_NO_GROUP);
    assert_non_null(fixture->control);
}

static void close_fixture(struct fixture *fixture)
{
    control_free(fixture->control);
    workers_clear(&fixture->workers);
    event_base_free(fixture->base);
    assert_int_equal(rmdir(fixture->folder), 0); /* the socket is gone */
}

static int connect_client(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    check_settle(fixture->base);
    return client;
}

/* Returns whether the other side still listens. */
static bool ask(struct fixture *fixture, int client)
{
    const uint8_t question = MESSAGE_STATUS_QUERY;
    bool sent = send(client, &question, 1, MSG_NOSIGNAL) == 1;

    check_settle(fixture->base);
    return sent || errno == EAGAIN;
}

static size_t read_answers(int client)
{
    char bytes[4096];
    size_t count = 0;

    while (recv(client, bytes, sizeof(bytes), 0) > 0)
        count++;
    return count;
}

static void test_answer(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    open_fixture(&fixture);
    client = connect_client(&fixture);
    for (int i = 0; i < 3; i++) {
        assert_true(ask(&fixture, client));
        assert_int_equal(read_answers(client), RESULTS);
    }
    close(client);
    close_fixture(&fixture);
}

/* Its answers would otherwise fill the supervisor's memory until its time is over. */
static void test_never_reads(void **state)
{
    struct fixture fixture;
    size_t asked = 0;
    int rude, other;

    (void)state;
    open_fixture(&fixture);
    rude = connect_client(&fixture);
    while (asked < QUERIES_MAX && ask(&fixture, rude))
        asked++;
    assert_in_range(asked, 1, QUERIES_MAX - 1);
    other = connect_client(&fixture);
    assert_true(ask(&fixture, other));
    assert_int_equal(read_answers(other), RESULTS);
    close(rude);
    close(other);
    close_fixture(&fixture);
}

/* Sends MESSAGE as a client or a worker would. */
static void say(struct fixture *fixture, int socket, const struct message *message)
{
    msgpack_sbuffer buffer;

    msgpack_sbuffer_init(&buffer);
    message_encode(message, &buffer);
    assert_int_equal(send(socket, buffer.data, buffer.size, MSG_NOSIGNAL), buffer.size);
    msgpack_sbuffer_destroy(&buffer);
    check_settle(fixture->base);
}

/* The next message at SOCKET, of MESSAGE_NONE if there is none and if the other side has closed. */
static struct message heard(int socket)
{
    static char bytes[MESSAGE_BYTES_MAX];
    struct message message = message_of(MESSAGE_NONE);
    ssize_t size = recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (size > 0)
        assert_null(message_decode(bytes, (size_t)size, &message));
    return message;
}

static enum message_type heard_type(int socket)
{
    struct message message = heard(socket);

    message_clear(&message);
    return message.type;
}

static bool is_closed(int socket)
{
    char byte;

    return recv(socket, &byte, 1, MSG_DONTWAIT) == 0;
}

static void say_query(struct fixture *fixture, int client, uint64_t ticket, enum view view)
{
    struct message query = message_of(MESSAGE_QUERY);

    query.query.ticket = ticket;
    query.query.view = view;
    query.query.namespace = "ns";
    query.query.after = "ns/p";
    say(fixture, client, &query);
}

static void pass_over(struct message *message, void *context)
{
    (void)message;
    (void)context;
}

/* A worker that is ready; returns its end of the link. */
static int add_worker(struct fixture *fixture, enum role role)
{
    static channel_handler *const life[MESSAGE_TYPES] = {
        [MESSAGE_HELLO] = pass_over, [MESSAGE_READY] = pass_over};
    static const struct channel_callbacks callbacks = {.handlers = life};
    struct child *child = &fixture->workers.children[role];
    int pair[2];

    assert_int_equal(channel_pair(pair), 0);
    child->state = CHILD_READY;
    child->pid = NO_PROCESS;
    child->channel = channel_new(fixture->base, pair[0], ROLE_SUPERVISOR, role, &callbacks, NULL);
    begin_work(child->channel, pair[1]);
    return pair[1];
}

static void remove_worker(struct fixture *fixture, enum role role, int worker)
{
    struct child *child = &fixture->workers.children[role];

    child->state = CHILD_DOWN;
    child->pid = 0;
    channel_free(child->channel);
    child->channel = NULL;
    close(worker);
}

/* A client has asked a reconciler that is ready for a page. */
struct conversation {
    struct fixture fixture;
    int client, worker;
    struct message asked; /* as the reconciler has heard it */
};

static void begin(struct conversation *talk)
{
    open_fixture(&talk->fixture);
    talk->worker = add_worker(&talk->fixture, ROLE_RECONCILER);
    talk->client = connect_client(&talk->fixture);
    say_query(&talk->fixture, talk->client, 7, VIEW_POOLS);
    talk->asked = heard(talk->worker);
    assert_int_equal(talk->asked.type, MESSAGE_QUERY);
}

static void end(struct conversation *talk)
{
    message_clear(&talk->asked);
    close(talk->client);
    remove_worker(&talk->fixture, ROLE_RECONCILER, talk->worker);
    close_fixture(&talk->fixture);
}

/* The worker ROLE sends MESSAGE. Returns why it is killed for it; "" if it is not. */
static const char *receive(struct conversation *talk, enum role role, const struct message *message)
{
    struct workers *workers = &talk->fixture.workers;
    struct child *child = &workers->children[role];

    child->pid = NO_PROCESS;
    workers->handlers.by_type[message->type].function(
        child, message, workers->handlers.by_type[message->type].context);
    return child->end_reason;
}

static const char *pass_on(struct conversation *talk, enum role role, enum message_type type,
                           uint64_t ticket)
{
    struct message message = message_of(type);

    message.row.ticket = ticket;
    if (type == MESSAGE_ROW)
        message.row.json = "{}";
    return receive(talk, role, &message);
}

static void test_question(void **state)
{
    struct conversation talk;
    struct message answer;

    (void)state;
    begin(&talk);
    assert_string_equal(talk.asked.query.namespace, "ns");
    assert_string_equal(talk.asked.query.after, "ns/p");
    assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket), "");
    assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_PAGE_END, talk.asked.query.ticket),
                        "");
    answer = heard(talk.client);
    assert_int_equal(answer.type, MESSAGE_ROW);
    assert_int_equal(answer.row.ticket, 7);
    message_clear(&answer);
    answer = heard(talk.client);
    assert_int_equal(answer.type, MESSAGE_PAGE_END);
    assert_int_equal(answer.page_end.ticket, 7);
    message_clear(&answer);
    assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket), "");
    assert_int_equal(heard_type(talk.client), MESSAGE_NONE); /* it had ended */
    end(&talk);
}

/* A worker that has been taken over cannot answer for others, nor fill our memory. */
static void test_wrong_answers(void **state)
{
    struct conversation talk;

    (void)state;
    begin(&talk);
    assert_string_not_equal(pass_on(&talk, ROLE_WATCHER, MESSAGE_ROW, talk.asked.query.ticket), "");
    assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket + 1),
                        "");
    assert_int_equal(heard_type(talk.client), MESSAGE_NONE);
    for (int i = 0; i < 64; i++)
        assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket),
                            "");
    assert_string_not_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket),
                            "");
    end(&talk);
}

/* Nor with few rows. */
static void test_long_rows(void **state)
{
    struct message row = message_of(MESSAGE_ROW);
    const char *reason = "";
    char *json = malloc(MESSAGE_BOUND(row, json) + 1);
    struct conversation talk;
    int rows = 0;

    (void)state;
    begin(&talk);
    memset(json, 'x', MESSAGE_BOUND(row, json));
    json[MESSAGE_BOUND(row, json)] = '\0';
    row.row.ticket = talk.asked.query.ticket;
    row.row.json = json;
    for (; rows < 64 && reason[0] == '\0'; rows++)
        reason = receive(&talk, ROLE_RECONCILER, &row);
    assert_string_equal(reason,
                        "it sent the supervisor what it may not send: a page that is too long");
    assert_int_equal(rows, 4);
    free(json);
    end(&talk);
}

static void expect_problem(int client, uint64_t ticket, const char *problem)
{
    struct message end = heard(client);

    assert_int_equal(end.type, MESSAGE_PAGE_END);
    assert_int_equal(end.page_end.ticket, ticket);
    assert_string_equal(end.page_end.problem, problem);
    message_clear(&end);
}

static void test_worker_away(void **state)
{
    struct fixture fixture;
    struct message asked;
    int client, worker;

    (void)state;
    open_fixture(&fixture);
    client = connect_client(&fixture);
    say_query(&fixture, client, 1, VIEW_POOLS);
    expect_problem(client, 1, "the reconciler is not running");
    say_query(&fixture, client, 2, VIEW_STREAMS);
    expect_problem(client, 2, "the watcher is not running");
    worker = add_worker(&fixture, ROLE_RECONCILER);
    say_query(&fixture, client, 3, VIEW_POOLS);
    asked = heard(worker);
    message_clear(&asked);
    remove_worker(&fixture, ROLE_RECONCILER, worker);
    control_changed(fixture.control);
    expect_problem(client, 3, "the reconciler ended before it answered");
    close(client);
    close_fixture(&fixture);
}

/* Nor does a client get two pages made at a time. */
static void test_asks_twice(void **state)
{
    struct conversation talk;

    (void)state;
    begin(&talk);
    say_query(&talk.fixture, talk.client, 8, VIEW_POOLS);
    assert_true(is_closed(talk.client));
    assert_string_equal(pass_on(&talk, ROLE_RECONCILER, MESSAGE_ROW, talk.asked.query.ticket), "");
    end(&talk);
}

/* Not a reason to end another conversation. */
static void test_garbage(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {{"garbage", 7}, {"\0", 1}, {"\xff\xff", 2}, {"\x18", 1}, {"\x18\x18", 2}};
    struct fixture fixture;
    int other;

    (void)state;
    open_fixture(&fixture);
    other = connect_client(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int client = connect_client(&fixture);

        assert_int_equal(send(client, rows[i].bytes, rows[i].size, MSG_NOSIGNAL), rows[i].size);
        check_settle(fixture.base);
        while (heard_type(client) != MESSAGE_NONE)
            continue;
        close(client);
    }
    assert_true(ask(&fixture, other));
    assert_int_equal(read_answers(other), RESULTS);
    close(other);
    close_fixture(&fixture);
}

/* Those who connect and say nothing keep others out for a moment only. */
static void test_full_house(void **state)
{
    enum {
        PLACES = 64
    };
    const struct timespec moment = {.tv_nsec = 250000000};
    struct fixture fixture;
    struct message refused;
    int clients[PLACES], client;

    (void)state;
    open_fixture(&fixture);
    for (int i = 0; i < PLACES; i++)
        clients[i] = connect_client(&fixture);
    client = connect_client(&fixture);
    refused = heard(client);
    assert_int_equal(refused.type, MESSAGE_REFUSED);
    assert_true(refused.refused.busy);
    message_clear(&refused);
    assert_true(is_closed(client));
    close(client);
    nanosleep(&moment, NULL);
    client = connect_client(&fixture);
    assert_true(ask(&fixture, client));
    assert_int_equal(read_answers(client), RESULTS);
    assert_true(is_closed(clients[0])); /* the one that has been silent for the longest time */
    assert_false(is_closed(clients[1]));
    for (int i = 0; i < PLACES; i++)
        close(clients[i]);
    close(client);
    close_fixture(&fixture);
}

static bool is_readable(const void *context)
{
    char byte;

    return recv(*(const int *)context, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

/* However much changes, one word of it a second. */
static void test_watch(void **state)
{
    static const struct message watch = {.type = MESSAGE_WATCH_QUERY, .descriptor = -1};
    struct fixture fixture;
    double began;
    int client;

    (void)state;
    open_fixture(&fixture);
    client = connect_client(&fixture);
    say(&fixture, client, &watch);
    assert_int_equal(heard_type(client), MESSAGE_CHANGED);
    began = check_now();
    for (int i = 0; i < 100; i++)
        control_changed(fixture.control);
    assert_true(check_run(fixture.base, 10, is_readable, &client));
    assert_true(check_now() - began > 0.9);
    assert_int_equal(heard_type(client), MESSAGE_CHANGED);
    check_settle(fixture.base);
    assert_int_equal(heard_type(client), MESSAGE_NONE);
    close(client);
    close_fixture(&fixture);
}

static void test_log_level(void **state)
{
    struct message set = message_of(MESSAGE_LEVEL_COMMAND), done;
    struct fixture fixture;
    int client;

    (void)state;
    open_fixture(&fixture);
    client = connect_client(&fixture);
    set.level_command.level = LOG_WARNING;
    say(&fixture, client, &set);
    done = heard(client);
    assert_int_equal(done.type, MESSAGE_DONE);
    assert_string_equal(done.done.text, "warning");
    assert_int_equal(fixture.config.log_level, LOG_WARNING);
    message_clear(&done);
    close(client);
    close_fixture(&fixture);
}

/* It goes to the certpatcher alone, which answers as to a query. */
static void test_adopt(void **state)
{
    struct conversation talk = {.asked = message_of(MESSAGE_NONE)};
    struct message adopt = message_of(MESSAGE_ADOPT);

    (void)state;
    open_fixture(&talk.fixture);
    talk.client = connect_client(&talk.fixture);
    adopt.adopt.ticket = 7;
    adopt.adopt.namespace = "ns";
    adopt.adopt.certificate = "c";
    text_list_add(&adopt.adopt.names, "a");
    say(&talk.fixture, talk.client, &adopt);
    expect_problem(talk.client, 7, "the certpatcher is not running");
    talk.worker = add_worker(&talk.fixture, ROLE_CERTPATCHER);
    say(&talk.fixture, talk.client, &adopt);
    talk.asked = heard(talk.worker);
    assert_int_equal(talk.asked.type, MESSAGE_ADOPT);
    assert_string_equal(talk.asked.adopt.certificate, "c");
    assert_true(text_list_equal(&talk.asked.adopt.names, &adopt.adopt.names));
    assert_string_equal(pass_on(&talk, ROLE_CERTPATCHER, MESSAGE_ROW, talk.asked.adopt.ticket), "");
    assert_string_equal(pass_on(&talk, ROLE_CERTPATCHER, MESSAGE_PAGE_END, talk.asked.adopt.ticket),
                        "");
    assert_int_equal(heard_type(talk.client), MESSAGE_ROW);
    expect_problem(talk.client, 7, "");
    text_list_clear(&adopt.adopt.names);
    message_clear(&talk.asked);
    close(talk.client);
    remove_worker(&talk.fixture, ROLE_CERTPATCHER, talk.worker);
    close_fixture(&talk.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adopt),         cmocka_unit_test(test_answer),
        cmocka_unit_test(test_never_reads),   cmocka_unit_test(test_question),
        cmocka_unit_test(test_wrong_answers), cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_worker_away),   cmocka_unit_test(test_asks_twice),
        cmocka_unit_test(test_garbage),       cmocka_unit_test(test_full_house),
        cmocka_unit_test(test_watch),         cmocka_unit_test(test_log_level),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
