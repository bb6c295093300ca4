/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a worker's process, with a clock, processes and a worker of the test's own: nothing
 * is started, and no time passes but the test's. It links fake_clock.c for the timers. */
#include "tests/unit/check.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "supervisor/processes/spawn.h"
#include "supervisor/workers/receive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FIRST_PID = 0x7ffff000, /* pids that no process has */
    EXITED = 0,             /* as waitpid() has it */
    FAILED = 3 << 8,
};

/* What takes the place of the system. */
static struct {
    int64_t now; /* milliseconds */
    int error;   /* errno of the next starts; 0: they succeed */
    int started; /* processes so far */
    int link;    /* the end of the process that was started last, or -1 */
    char program[256];
    struct event_base *timers; /* a loop that never runs */
} machine;

int64_t clock_milliseconds(void)
{
    return machine.now;
}

time_t clock_seconds(void)
{
    return (time_t)(machine.now / 1000);
}

pid_t spawn(const char *program, int link, int folder, const char *variable)
{
    assert_int_equal(folder, -1);
    assert_string_equal(variable, "GNUTLS_NO_IMPLICIT_INIT=1");
    if (machine.error != 0) {
        errno = machine.error;
        return -1;
    }
    if (machine.link >= 0)
        close(machine.link);
    machine.link = dup(link);
    snprintf(machine.program, sizeof(machine.program), "%s", program);
    return FIRST_PID + machine.started++;
}

struct event_base *loop_new(void)
{
    return event_base_new();
}

struct event *loop_event(struct event_base *base, evutil_socket_t descriptor, short events,
                         event_callback_fn callback, void *context)
{
    return event_new(base, descriptor, events, callback, context);
}

struct event *loop_timer(struct event_base *base, event_callback_fn callback, void *context)
{
    (void)base;
    return event_new(machine.timers, -1, 0, callback, context);
}

/* A watcher and those who hear of it. */
struct fixture {
    struct config config;
    struct credential credential;
    struct child_handlers handlers;
    struct child_options options;
    struct refusals refusals;
    struct child child;
    unsigned greeted, changed;
    char unconfined[256]; /* the problem that there is no sense in trying again with */
};

static void on_greeted(struct child *child, void *context)
{
    (void)child;
    ((struct fixture *)context)->greeted++;
}

static void on_changed(struct child *child, void *context)
{
    (void)child;
    ((struct fixture *)context)->changed++;
}

static void on_unconfined(struct child *child, const char *problem, void *context)
{
    struct fixture *fixture = context;

    (void)child;
    snprintf(fixture->unconfined, sizeof(fixture->unconfined), "%s", problem);
}

static void set_up(struct fixture *fixture)
{
    memset(&machine, 0, sizeof(machine));
    machine.now = 1000000;
    machine.link = -1;
    machine.timers = event_base_new();
    *fixture = (struct fixture){.config = {.pool_selector = (char *)"",
                                           .lease_namespace = (char *)"",
                                           .lease_name = (char *)"",
                                           .heartbeat_interval = 5,
                                           .heartbeat_timeout = 30},
                                .credential = {.server = (char *)"https://127.0.0.1:1",
                                               .ca_pem = (char *)"CA",
                                               .token = (char *)"token"}};
    child_handlers_init(&fixture->handlers);
    receive_register(&fixture->handlers);
    fixture->options = (struct child_options){.base = event_base_new(),
                                              .config = &fixture->config,
                                              .identity = "",
                                              .folder = -1,
                                              .handlers = &fixture->handlers,
                                              .on_greeted = on_greeted,
                                              .on_changed = on_changed,
                                              .on_unconfined = on_unconfined,
                                              .refusals = &fixture->refusals,
                                              .context = fixture};
    fixture->child = (struct child){.role = ROLE_WATCHER,
                                    .is_used = true,
                                    .options = &fixture->options,
                                    .credential = &fixture->credential};
    child_init(&fixture->child);
}

static void tear_down(struct fixture *fixture)
{
    child_clear(&fixture->child);
    refusals_clear(&fixture->refusals);
    event_base_free(fixture->options.base);
    event_base_free(machine.timers);
    if (machine.link >= 0)
        close(machine.link);
}

/* The worker sends MESSAGE. */
static void say(struct fixture *fixture, const struct message *message)
{
    msgpack_sbuffer buffer;

    msgpack_sbuffer_init(&buffer);
    message_encode(message, &buffer);
    assert_int_equal(send(machine.link, buffer.data, buffer.size, MSG_NOSIGNAL), buffer.size);
    msgpack_sbuffer_destroy(&buffer);
    check_settle(fixture->options.base);
}

static void say_hello(struct fixture *fixture, const char *version)
{
    struct message hello = message_of(MESSAGE_HELLO);

    hello.hello.version = version;
    say(fixture, &hello);
}

static void say_ready(struct fixture *fixture)
{
    struct message ready = message_of(MESSAGE_READY);

    ready.ready.sandbox = "confined";
    say(fixture, &ready);
}

/* The type of the next message to the worker; MESSAGE_NONE if there is none. */
static enum message_type heard(void)
{
    static char bytes[MESSAGE_BYTES_MAX];
    struct message message = message_of(MESSAGE_NONE);
    ssize_t size = recv(machine.link, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (size > 0)
        assert_null(message_decode(bytes, (size_t)size, &message));
    message_clear(&message);
    return message.type;
}

static bool is_link_closed(void)
{
    char byte;

    while (heard() != MESSAGE_NONE)
        continue;
    return recv(machine.link, &byte, 1, MSG_DONTWAIT) == 0;
}

static void start_ready(struct fixture *fixture)
{
    child_start(&fixture->child);
    say_hello(fixture, PACKAGE_VERSION);
    say_ready(fixture);
    assert_int_equal(fixture->child.state, CHILD_READY);
}

/* Its process ends with STATUS. */
static void end(struct fixture *fixture, int status)
{
    child_reaped(&fixture->child, status);
    check_settle(fixture->options.base);
}

static void expect_timer(const struct fixture *fixture, long least, long most)
{
    struct timeval when, now;
    long left;

    assert_true(event_pending(fixture->child.timer, EV_TIMEOUT, &when));
    evutil_gettimeofday(&now, NULL);
    left = (when.tv_sec - now.tv_sec) * 1000 + (when.tv_usec - now.tv_usec) / 1000;
    if (left > most || left < least)
        fail_msg("the timer goes in %ld ms, not in %ld to %ld", left, least, most);
}

static bool has_timer(const struct fixture *fixture)
{
    return event_pending(fixture->child.timer, EV_TIMEOUT, NULL) != 0;
}

/* The time has come that its timer waits for. */
static void fire(struct fixture *fixture)
{
    assert_true(has_timer(fixture));
    event_del(fixture->child.timer);
    event_get_callback(fixture->child.timer)(-1, EV_TIMEOUT, &fixture->child);
    check_settle(fixture->options.base);
}

static void test_start(void **state)
{
    static const enum message_type expected[] = {MESSAGE_SETTINGS, MESSAGE_TRUST, MESSAGE_IDENTITY,
                                                 MESSAGE_START, MESSAGE_NONE};
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    assert_false(has_timer(&fixture));
    child_start(&fixture.child);
    assert_int_equal(machine.started, 1);
    assert_string_equal(strrchr(machine.program, '/'), "/watcher");
    assert_int_equal(fixture.child.state, CHILD_STARTING);
    assert_int_equal(fixture.child.pid, FIRST_PID);
    expect_timer(&fixture, WORKER_READY_MILLISECONDS, WORKER_READY_MILLISECONDS);
    assert_int_equal(heard(), MESSAGE_NONE);
    say_hello(&fixture, PACKAGE_VERSION);
    assert_int_equal(fixture.child.state, CHILD_GREETED);
    assert_int_equal(fixture.greeted, 1);
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(heard(), expected[i]);
    say_ready(&fixture);
    assert_int_equal(fixture.child.state, CHILD_READY);
    assert_string_equal(fixture.child.sandbox, "confined");
    assert_false(has_timer(&fixture));
    assert_int_equal(heard(), MESSAGE_PING);
    assert_int_equal(fixture.changed, 3);
    assert_int_equal(fixture.child.restarts, 0);
    tear_down(&fixture);
}

static void test_waits_for_credential(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    fixture.credential.token = NULL;
    child_start(&fixture.child);
    assert_true(fixture.child.waiting);
    assert_int_equal(machine.started, 0);
    assert_int_equal(fixture.child.state, CHILD_DOWN);
    assert_string_equal(fixture.child.summary, "waits for its credential");
    assert_false(has_timer(&fixture));
    fixture.credential.token = (char *)"token";
    child_renew_identity(&fixture.child);
    assert_false(fixture.child.waiting);
    assert_int_equal(machine.started, 1);
    assert_int_equal(fixture.child.state, CHILD_STARTING);
    tear_down(&fixture);
}

/* To one that runs it is sent. */
static void test_new_identity(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    while (heard() != MESSAGE_NONE)
        continue;
    child_renew_identity(&fixture.child);
    assert_int_equal(heard(), MESSAGE_IDENTITY);
    child_send_settings(&fixture.child);
    assert_int_equal(heard(), MESSAGE_SETTINGS);
    assert_int_equal(machine.started, 1);
    tear_down(&fixture);
}

static void test_another_version(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    child_start(&fixture.child);
    say_hello(&fixture, "0.0.0");
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    assert_int_equal(fixture.greeted, 0);
    assert_true(is_link_closed());
    end(&fixture, SIGKILL);
    assert_memory_equal(fixture.child.last_end, "its program is of another version", 33);
    tear_down(&fixture);
}

/* Whether it has said HELLO or not. */
static void test_not_ready_in_time(void **state)
{
    (void)state;
    for (int greeted = 0; greeted < 2; greeted++) {
        struct fixture fixture;

        set_up(&fixture);
        child_start(&fixture.child);
        if (greeted)
            say_hello(&fixture, PACKAGE_VERSION);
        fire(&fixture);
        assert_int_equal(fixture.child.state, CHILD_ENDING);
        assert_true(is_link_closed());
        end(&fixture, SIGKILL);
        assert_string_equal(fixture.child.last_end, "it did not get ready in time");
        assert_int_equal(fixture.child.state, CHILD_DOWN);
        assert_int_equal(fixture.child.pid, 0);
        fire(&fixture);
        assert_int_equal(machine.started, 2);
        assert_int_equal(fixture.child.restarts, 1);
        assert_int_equal(fixture.child.state, CHILD_STARTING);
        tear_down(&fixture);
    }
}

static void test_back_off(void **state)
{
    struct fixture fixture;
    long delay = backoff_worker.first;

    (void)state;
    set_up(&fixture);
    child_start(&fixture.child);
    for (unsigned i = 0; i < 12; i++) {
        end(&fixture, FAILED);
        expect_timer(&fixture, delay / 2, delay);
        delay = delay * 2 < backoff_worker.max ? delay * 2 : backoff_worker.max;
        fire(&fixture);
    }
    assert_int_equal(machine.started, 13);
    assert_int_equal(fixture.child.restarts, 12);
    tear_down(&fixture);
}

/* One that had worked for long is started again as soon as one that has never failed. */
static void test_long_life(void **state)
{
    static const struct {
        int64_t life; /* seconds after READY */
        unsigned failures;
    } rows[] = {{0, 4}, {WORKER_LONG_LIFE_SECONDS - 1, 4}, {WORKER_LONG_LIFE_SECONDS, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        set_up(&fixture);
        fixture.child.failures = 3;
        start_ready(&fixture);
        machine.now += rows[i].life * 1000;
        end(&fixture, FAILED);
        assert_int_equal(fixture.child.failures, rows[i].failures);
        expect_timer(&fixture, backoff_worker.first << (rows[i].failures - 1) >> 1,
                     backoff_worker.first << (rows[i].failures - 1));
        tear_down(&fixture);
    }
}

static void test_cannot_start(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    machine.error = EAGAIN;
    child_start(&fixture.child);
    assert_int_equal(fixture.child.state, CHILD_DOWN);
    assert_int_equal(fixture.child.pid, 0);
    assert_null(fixture.child.channel);
    expect_timer(&fixture, backoff_worker.first / 2, backoff_worker.first);
    fire(&fixture);
    expect_timer(&fixture, backoff_worker.first, backoff_worker.first * 2);
    machine.error = 0;
    fire(&fixture);
    assert_int_equal(fixture.child.state, CHILD_STARTING);
    assert_int_equal(fixture.child.restarts, 2);
    tear_down(&fixture);
}

static void test_stop(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    child_stop(&fixture.child, 3000);
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    assert_true(is_link_closed());
    expect_timer(&fixture, 3000, 3000);
    end(&fixture, EXITED);
    assert_int_equal(fixture.child.state, CHILD_DOWN);
    assert_false(has_timer(&fixture));
    assert_int_equal(machine.started, 1);
    child_renew_identity(&fixture.child);
    assert_int_equal(machine.started, 1);
    tear_down(&fixture);
}

static void test_does_not_stop(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    child_stop(&fixture.child, 3000);
    fire(&fixture);
    end(&fixture, SIGKILL);
    assert_string_equal(fixture.child.last_end, "it did not end when asked to");
    assert_int_equal(fixture.child.state, CHILD_DOWN);
    assert_false(has_timer(&fixture));
    tear_down(&fixture);
}

/* Stopped while it waits for its next start. */
static void test_stop_while_down(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    child_start(&fixture.child);
    end(&fixture, FAILED);
    child_stop(&fixture.child, 3000);
    assert_false(has_timer(&fixture));
    assert_int_equal(machine.started, 1);
    tear_down(&fixture);
}

/* For its settings: it ends in order, is started at once, and that is no failure. */
static void test_restart(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    child_restart(&fixture.child);
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    assert_true(is_link_closed());
    expect_timer(&fixture, WORKER_END_MILLISECONDS, WORKER_END_MILLISECONDS);
    end(&fixture, EXITED);
    assert_int_equal(machine.started, 2);
    assert_int_equal(fixture.child.state, CHILD_STARTING);
    assert_int_equal(fixture.child.failures, 0);
    assert_int_equal(fixture.child.restarts, 0);
    expect_timer(&fixture, WORKER_READY_MILLISECONDS, WORKER_READY_MILLISECONDS);
    tear_down(&fixture);
}

/* If it does not end for it, it is killed, and that is a failure. */
static void test_does_not_restart(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    child_restart(&fixture.child);
    fire(&fixture);
    end(&fixture, SIGKILL);
    assert_string_equal(fixture.child.last_end, "it did not end when asked to");
    assert_int_equal(fixture.child.failures, 1);
    expect_timer(&fixture, backoff_worker.first / 2, backoff_worker.first);
    tear_down(&fixture);
}

static void test_closes_its_link(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    close(machine.link);
    machine.link = -1;
    check_settle(fixture.options.base);
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    expect_timer(&fixture, WORKER_END_MILLISECONDS, WORKER_END_MILLISECONDS);
    end(&fixture, FAILED);
    assert_string_equal(fixture.child.last_end, "exited with status 3");
    assert_int_equal(fixture.child.failures, 1);
    tear_down(&fixture);
}

static void test_violation(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    assert_int_equal(send(machine.link, "garbage", 7, MSG_NOSIGNAL), 7);
    check_settle(fixture.options.base);
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    end(&fixture, SIGKILL);
    assert_memory_equal(fixture.child.last_end,
                        "it sent the supervisor what it may not send: ", 45);
    tear_down(&fixture);
}

static void say_unconfined(struct fixture *fixture)
{
    struct message unconfined = message_of(MESSAGE_UNCONFINED);

    say_hello(fixture, PACKAGE_VERSION);
    unconfined.unconfined.problem = "seccomp: Invalid argument; allow it";
    say(fixture, &unconfined);
}

/* What keeps it from its sandbox from the start on will not pass. */
static void test_unconfined(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    child_start(&fixture.child);
    say_unconfined(&fixture);
    assert_string_equal(fixture.unconfined, "seccomp: Invalid argument; allow it");
    assert_int_equal(fixture.child.state, CHILD_GREETED);
    child_stop(&fixture.child, 1000);
    end(&fixture, EXITED);
    assert_int_equal(fixture.child.state, CHILD_DOWN);
    assert_false(has_timer(&fixture));
    tear_down(&fixture);
}

/* One that has worked before is tried again. */
static void test_unconfined_later(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    child_restart(&fixture.child);
    end(&fixture, EXITED);
    say_unconfined(&fixture);
    assert_string_equal(fixture.unconfined, "");
    assert_int_equal(fixture.child.state, CHILD_ENDING);
    end(&fixture, SIGKILL);
    assert_string_equal(fixture.child.last_end, "seccomp: Invalid argument; allow it");
    assert_true(has_timer(&fixture));
    tear_down(&fixture);
}

/* What a machine refuses is logged once, whoever meets it and however often. */
static void test_refused_parts(void **state)
{
    static const char *const said[] = {"Landlock", "Landlock", "limits", "Landlock"};
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        struct message ready = message_of(MESSAGE_READY);

        ready.ready.sandbox = "confined";
        text_list_add(&ready.ready.refused, said[i]);
        child_start(&fixture.child);
        say_hello(&fixture, PACKAGE_VERSION);
        say(&fixture, &ready);
        assert_int_equal(fixture.child.state, CHILD_READY);
        text_list_clear(&ready.ready.refused);
        child_kill(&fixture.child, "a test");
        end(&fixture, SIGKILL);
    }
    assert_int_equal(fixture.refusals.logged.count, 2);
    tear_down(&fixture);
}

/* Each step of its life comes once, and in order. */
static void test_steps_out_of_order(void **state)
{
    static const struct {
        const char *row;
        unsigned steps;         /* that it has gone: 1 for HELLO, 2 for READY */
        enum message_type next; /* without fields, or as HELLO or READY */
    } rows[] = {
        {"READY first", 0, MESSAGE_READY},      {"a request first", 0, MESSAGE_CONNECT_REQUEST},
        {"PONG before READY", 1, MESSAGE_PONG}, {"HELLO twice", 1, MESSAGE_HELLO},
        {"READY twice", 2, MESSAGE_READY},      {"HELLO again", 2, MESSAGE_HELLO},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        set_up(&fixture);
        child_start(&fixture.child);
        if (rows[i].steps > 0)
            say_hello(&fixture, PACKAGE_VERSION);
        if (rows[i].steps > 1)
            say_ready(&fixture);
        if (rows[i].next == MESSAGE_READY)
            say_ready(&fixture);
        else if (rows[i].next == MESSAGE_HELLO)
            say_hello(&fixture, PACKAGE_VERSION);
        else
            say(&fixture, &(const struct message){.type = rows[i].next, .descriptor = -1});
        CHECK_ROW(rows[i].row, fixture.child.state == CHILD_ENDING);
        end(&fixture, SIGKILL);
        CHECK_ROW_TEXT(rows[i].row, fixture.child.last_end,
                       "it sent the supervisor what it may not send: a message at the wrong time");
        tear_down(&fixture);
    }
}

/* Before HELLO nothing is sent, whatever happens meanwhile. */
static void test_nothing_before_hello(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    child_start(&fixture.child);
    child_send_settings(&fixture.child);
    child_renew_identity(&fixture.child);
    assert_int_equal(heard(), MESSAGE_NONE);
    tear_down(&fixture);
}

/* What it sent before its process ended is read first. */
static void test_last_messages(void **state)
{
    struct message forbidden = message_of(MESSAGE_FORBIDDEN);
    struct fixture fixture;
    msgpack_sbuffer buffer;

    (void)state;
    set_up(&fixture);
    start_ready(&fixture);
    forbidden.forbidden.call = SYS_ptrace;
    msgpack_sbuffer_init(&buffer);
    message_encode(&forbidden, &buffer);
    send(machine.link, buffer.data, buffer.size, MSG_NOSIGNAL);
    msgpack_sbuffer_destroy(&buffer);
    end(&fixture, SIGSYS);
    assert_string_equal(fixture.child.last_end,
                        "killed by its sandbox (SIGSYS): it made a forbidden system call, ptrace");
    tear_down(&fixture);
}

static void test_ends(void **state)
{
    static const struct {
        const char *reason; /* that we have for it */
        int status;
        const char *last_end;
    } rows[] = {
        {"", EXITED, "exited with status 0"},
        {"", FAILED, "exited with status 3"},
        {"", SIGSEGV, "killed by signal 11 (Segmentation fault)"},
        {"it is to go", SIGKILL, "it is to go"},
        {"it is to go", EXITED, "it is to go"},
        {"it is to go", SIGSEGV, "killed by signal 11 (Segmentation fault)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture;

        set_up(&fixture);
        start_ready(&fixture);
        if (rows[i].reason[0] != '\0')
            child_kill(&fixture.child, rows[i].reason);
        end(&fixture, rows[i].status);
        CHECK_ROW_TEXT(rows[i].last_end, fixture.child.last_end, rows[i].last_end);
        CHECK_ROW(rows[i].last_end, !fixture.child.healthy && fixture.child.summary[0] == '\0');
        tear_down(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_waits_for_credential),
        cmocka_unit_test(test_new_identity),
        cmocka_unit_test(test_another_version),
        cmocka_unit_test(test_not_ready_in_time),
        cmocka_unit_test(test_back_off),
        cmocka_unit_test(test_long_life),
        cmocka_unit_test(test_cannot_start),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_does_not_stop),
        cmocka_unit_test(test_stop_while_down),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_does_not_restart),
        cmocka_unit_test(test_closes_its_link),
        cmocka_unit_test(test_violation),
        cmocka_unit_test(test_unconfined),
        cmocka_unit_test(test_unconfined_later),
        cmocka_unit_test(test_refused_parts),
        cmocka_unit_test(test_steps_out_of_order),
        cmocka_unit_test(test_nothing_before_hello),
        cmocka_unit_test(test_last_messages),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
