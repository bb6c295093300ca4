/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told, and when. */
#include "tests/unit/check.h"

#include "supervisor/notify.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager, and a daemon that talks to it. */
struct fixture {
    struct event_base *base;
    struct notify *notify;
    char folder[64], path[96];
    int manager;
    bool live;
};

static bool is_live(void *context)
{
    return ((const struct fixture *)context)->live;
}

/* The manager's socket is another one, at the same path. */
static void make_anew(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (fixture->manager >= 0)
        close(fixture->manager);
    unlink(fixture->path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    fixture->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fixture->manager, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static void open_fixture(struct fixture *fixture, uint64_t watchdog, uint64_t extension)
{
    struct notify_options options = {
        .watchdog = watchdog, .extension = extension, .live = is_live, .context = fixture};

    *fixture =
        (struct fixture){.folder = "/tmp/tlsrouted-notify-XXXXXX", .manager = -1, .live = true};
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/notify", fixture->folder);
    make_anew(fixture);
    fixture->base = event_base_new();
    options.path = fixture->path;
    fixture->notify = notify_new(fixture->base, &options);
    assert_non_null(fixture->notify);
}

static void close_fixture(struct fixture *fixture)
{
    notify_free(fixture->notify);
    event_base_free(fixture->base);
    close(fixture->manager);
    unlink(fixture->path);
    rmdir(fixture->folder);
}

/* Somebody else fills the queue of the manager's socket. Returns with how many datagrams. */
static unsigned fill(const struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unsigned count = 0;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    while (sendto(other, "other", 5, 0, (const struct sockaddr *)&address, sizeof(address)) == 5)
        count++;
    close(other);
    return count;
}

/* The next datagram, or "" if there is none. */
static const char *heard(struct fixture *fixture)
{
    static char text[1024];
    ssize_t size = recv(fixture->manager, text, sizeof(text) - 1, 0);

    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void test_life(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture, 0, 0);
    notify_reloading(fixture.notify); /* it has not begun */
    notify_reloaded(fixture.notify);
    assert_string_equal(heard(&fixture), "");
    notify_state(fixture.notify, false, "Not ready");
    assert_string_equal(heard(&fixture), "STATUS=Not ready");
    notify_state(fixture.notify, false, "Not ready");
    assert_string_equal(heard(&fixture), "");
    notify_state(fixture.notify, true, "Not ready"); /* whatever the words */
    assert_string_equal(heard(&fixture), "READY=1\nSTATUS=Not ready");
    notify_state(fixture.notify, true, "In sync");
    assert_string_equal(heard(&fixture), "STATUS=In sync");
    notify_state(fixture.notify, false, "Away");
    assert_string_equal(heard(&fixture), "STATUS=Away");
    notify_state(fixture.notify, true, "In sync");
    assert_string_equal(heard(&fixture), "STATUS=In sync");
    notify_reloading(fixture.notify);
    assert_memory_equal(heard(&fixture), "RELOADING=1\nMONOTONIC_USEC=", 27);
    notify_reloaded(fixture.notify);
    assert_string_equal(heard(&fixture), "READY=1");
    notify_stopping(fixture.notify, "Terminated");
    assert_string_equal(heard(&fixture), "STOPPING=1\nSTATUS=Stopping: Terminated");
    notify_stopping(fixture.notify, "Terminated");
    notify_state(fixture.notify, false, "Down");
    notify_reloading(fixture.notify);
    assert_string_equal(heard(&fixture), "");
    close_fixture(&fixture);
}

/* A text is one line: nothing in it becomes an assignment of its own. */
static void test_hostile_texts(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture, 0, 0);
    notify_state(fixture.notify, false, "x\nMAINPID=1\r\nWATCHDOG=trigger\x1b\xc2\x85\xff");
    assert_string_equal(heard(&fixture), "STATUS=x?MAINPID=1??WATCHDOG=trigger???");
    notify_state(fixture.notify, true, "x\nMAINPID=1");
    assert_string_equal(heard(&fixture), "READY=1\nSTATUS=x?MAINPID=1");
    notify_stopping(fixture.notify, "x\nMAINPID=1");
    assert_string_equal(heard(&fixture), "STOPPING=1\nSTATUS=Stopping: x?MAINPID=1");
    close_fixture(&fixture);
}

struct waiting {
    struct fixture *fixture;
    const char *wanted;
    bool *seen; /* a datagram can be read once */
};

static bool has_heard(const void *context)
{
    const struct waiting *waiting = context;

    if (strcmp(heard(waiting->fixture), waiting->wanted) == 0)
        *waiting->seen = true;
    return *waiting->seen;
}

/* Whether WANTED is told within SECONDS. */
static bool will_hear(struct fixture *fixture, const char *wanted, double seconds)
{
    bool seen = false;
    const struct waiting waiting = {fixture, wanted, &seen};

    return check_run(fixture->base, seconds, has_heard, &waiting);
}

/* What a manager does not read at once arrives when it reads, in order. */
static void test_busy_manager(void **state)
{
    struct fixture fixture;
    unsigned others;

    (void)state;
    open_fixture(&fixture, 0, 0);
    others = fill(&fixture);
    notify_state(fixture.notify, false, "Not ready");
    notify_state(fixture.notify, true, "In sync");
    notify_reloading(fixture.notify); /* which nobody can have asked for */
    notify_reloaded(fixture.notify);
    for (unsigned i = 0; i < others; i++)
        assert_string_equal(heard(&fixture), "other");
    assert_string_equal(heard(&fixture), "");
    assert_true(will_hear(&fixture, "READY=1\nSTATUS=In sync", 5));
    assert_string_equal(heard(&fixture), "");
    others = fill(&fixture);
    notify_reloading(fixture.notify);
    notify_reloaded(fixture.notify);
    notify_stopping(fixture.notify, "Terminated");
    for (unsigned i = 0; i < others; i++)
        assert_string_equal(heard(&fixture), "other");
    assert_true(will_hear(&fixture, "STOPPING=1\nSTATUS=Stopping: Terminated", 5));
    assert_string_equal(heard(&fixture), "");
    close_fixture(&fixture);
}

/* A reload is told as a whole. */
static void test_busy_manager_reloads(void **state)
{
    struct fixture fixture;
    unsigned others;

    (void)state;
    open_fixture(&fixture, 0, 0);
    notify_state(fixture.notify, true, "In sync");
    assert_string_equal(heard(&fixture), "READY=1\nSTATUS=In sync");
    others = fill(&fixture);
    notify_reloading(fixture.notify);
    notify_reloaded(fixture.notify);
    for (unsigned i = 1; i < others; i++)
        assert_string_equal(heard(&fixture), "other");
    assert_true(will_hear(&fixture, "READY=1", 5)); /* after RELOADING=1 */
    close_fixture(&fixture);
}

/* A manager that was started anew knows nothing; one that comes late likewise. */
static void test_another_manager(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture, 0, 0);
    notify_state(fixture.notify, true, "In sync");
    assert_string_equal(heard(&fixture), "READY=1\nSTATUS=In sync");
    make_anew(&fixture);
    notify_state(fixture.notify, true, "In sync, with 1 Pool");
    assert_string_equal(heard(&fixture), "READY=1\nSTATUS=In sync, with 1 Pool");
    close(fixture.manager);
    fixture.manager = -1;
    unlink(fixture.path);
    notify_state(fixture.notify, false, "Away");
    make_anew(&fixture);
    assert_true(will_hear(&fixture, "READY=1\nSTATUS=Away", 5));
    close_fixture(&fixture);
}

static void test_watchdog(void **state)
{
    struct fixture fixture;
    static const char sign[] = "WATCHDOG=1";

    (void)state;
    open_fixture(&fixture, 40000, 0);
    assert_true(will_hear(&fixture, sign, 5));
    assert_true(will_hear(&fixture, sign, 5));
    fixture.live = false;
    while (heard(&fixture)[0] != '\0')
        ;
    assert_false(will_hear(&fixture, sign, 0.2));
    fixture.live = true;
    assert_true(will_hear(&fixture, sign, 5));
    close_fixture(&fixture);
}

/* Some may be left out before the manager's time is over. */
static void test_watchdog_in_time(void **state)
{
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture, 4000000, 0);
    assert_true(will_hear(&fixture, "WATCHDOG=1", 1.9));
    close_fixture(&fixture);
}

/* More time is asked for until it is ready, and no longer. */
static void test_extension(void **state)
{
    struct fixture fixture;
    static const char more[] = "EXTEND_TIMEOUT_USEC=80000";

    (void)state;
    open_fixture(&fixture, 0, 20000);
    assert_true(will_hear(&fixture, more, 5));
    assert_true(will_hear(&fixture, more, 5));
    notify_state(fixture.notify, true, "In sync");
    while (heard(&fixture)[0] != '\0')
        ;
    assert_false(will_hear(&fixture, more, 0.2));
    close_fixture(&fixture);
}

static void test_environment(void **state)
{
    static const struct {
        const char *usec, *pid;
        bool own_pid;
        uint64_t watchdog;
    } rows[] = {
        {NULL, NULL, false, 0},
        {"30000000", NULL, false, 30000000},
        {"30000000", NULL, true, 30000000},
        {"30000000", "1", false, 0},
        {"soon", NULL, false, 0},
        {"", NULL, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct notify_options options = {0};
        char pid[32];

        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (rows[i].usec != NULL)
            setenv("WATCHDOG_USEC", rows[i].usec, 1);
        if (rows[i].pid != NULL || rows[i].own_pid)
            setenv("WATCHDOG_PID", rows[i].own_pid ? pid : rows[i].pid, 1);
        notify_environment(&options);
        assert_int_equal(options.watchdog, rows[i].watchdog);
    }
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static void test_no_manager(void **state)
{
    struct event_base *base = event_base_new();
    static const struct {
        const char *path;
        bool may_come;
    } rows[] = {{NULL, false},
                {"", false},
                {"relative", false},
                {"/nowhere/at/all", true},
                {"@tlsrouted-none", true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct notify_options options = {.path = rows[i].path, .live = is_live};
        struct notify *notify = notify_new(base, &options);

        assert_int_equal(notify != NULL, rows[i].may_come);
        notify_state(notify, true, "In sync");
        notify_stopping(notify, "why");
        notify_free(notify);
    }
    notify_state(NULL, true, "In sync");
    notify_reloading(NULL);
    notify_reloaded(NULL);
    notify_stopping(NULL, "why");
    notify_free(NULL);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_busy_manager),
        cmocka_unit_test(test_busy_manager_reloads),
        cmocka_unit_test(test_another_manager),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_watchdog_in_time),
        cmocka_unit_test(test_extension),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_no_manager),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
