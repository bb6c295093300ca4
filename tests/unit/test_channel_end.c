/* SPDX-License-Identifier: Apache-2.0 */
/* How a link ends: by what a peer must not send, by either side, and from within a handler. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "tests/unit/link_ends.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a peer may not send: the link ends and says why, nothing reaches a handler, and every
 * descriptor that came is closed. */
static void test_violations(void **state)
{
#define LONG         "a message that is too long"
#define COUNT        "a message with the wrong number of descriptors"
#define RIGHT        "a message that this sender may not send"
#define BYTES(bytes) bytes, sizeof(bytes) - 1
    static const char start[] = {MESSAGE_START}, batched[] = {0, 0, 0, 0, 1, MESSAGE_START},
                      pool[] = {MESSAGE_POOL}, peer[] = {MESSAGE_PEER, ROLE_WATCHER},
                      certify[] = "\x17\x01\xa1n\xa1"
                                  "c\x00\x00\xc2",
                      hello[] = "\x01\xa1v";
    static const struct {
        const char *row, *bytes;
        size_t size;
        unsigned descriptors;
        enum role self, peer;
        const char *reason; /* NULL: any */
    } rows[] = {
        {"garbage", BYTES("hello"), 0, ROLE_RECONCILER, ROLE_WATCHER, "an unknown message type"},
        {"no msgpack", BYTES("\xc1"), 0, ROLE_RECONCILER, ROLE_WATCHER, NULL},
        {"an array", BYTES("\xdd\xff\xff\xff\xff"), 0, ROLE_RECONCILER, ROLE_WATCHER, NULL},
        {"cut off", pool, 1, 0, ROLE_RECONCILER, ROLE_WATCHER, "an end before the last field"},
        {"too long", NULL, MESSAGE_BYTES_MAX + 1, 0, ROLE_RECONCILER, ROLE_WATCHER, LONG},
        {"far too long", NULL, MESSAGE_BYTES_MAX + 50000, 0, ROLE_RECONCILER, ROLE_WATCHER, LONG},
        {"too long with descriptors", NULL, MESSAGE_BYTES_MAX + 1, 3, ROLE_RECONCILER, ROLE_WATCHER,
         LONG},
        {"as long as possible", NULL, MESSAGE_BYTES_MAX, 0, ROLE_RECONCILER, ROLE_WATCHER,
         "an end before the last field"}, /* a batch of empty messages */
        {"the supervisor's", start, 1, 0, ROLE_RECONCILER, ROLE_WATCHER, RIGHT},
        {"hello to a peer", BYTES(hello), 0, ROLE_RECONCILER, ROLE_WATCHER, RIGHT},
        {"from the wrong worker", BYTES(certify), 0, ROLE_CERTPATCHER, ROLE_WATCHER, RIGHT},
        {"to the wrong worker", BYTES(certify), 0, ROLE_WATCHER, ROLE_RECONCILER, RIGHT},
        {"the wrong way round", BYTES(certify), 0, ROLE_RECONCILER, ROLE_CERTPATCHER, RIGHT},
        {"from a client", BYTES(hello), 0, ROLE_SUPERVISOR, ROLE_CONTROL, RIGHT},
        {"nobody handles it", BYTES(certify), 0, ROLE_CERTPATCHER, ROLE_RECONCILER,
         "a message that is not expected here"},
        {"no descriptor", peer, 2, 0, ROLE_WATCHER, ROLE_SUPERVISOR, COUNT},
        {"two descriptors", peer, 2, 2, ROLE_WATCHER, ROLE_SUPERVISOR, COUNT},
        {"four descriptors", peer, 2, 4, ROLE_WATCHER, ROLE_SUPERVISOR, COUNT},
        {"five descriptors", peer, 2, 5, ROLE_WATCHER, ROLE_SUPERVISOR, COUNT},
        {"very many descriptors", peer, 2, 200, ROLE_WATCHER, ROLE_SUPERVISOR, COUNT},
        {"a descriptor with garbage", BYTES("hello"), 1, ROLE_WATCHER, ROLE_SUPERVISOR,
         "an unknown message type"},
        {"descriptors with garbage", BYTES("hello"), 3, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"a descriptor with nothing", BYTES(""), 1, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"a descriptor nobody expects", BYTES(certify), 1, ROLE_CERTPATCHER, ROLE_RECONCILER,
         COUNT},
        {"a batch of nothing", BYTES("\0"), 0, ROLE_RECONCILER, ROLE_WATCHER,
         "a packet that ends within a message"},
        {"a batch with garbage", BYTES("\0\0\0\0\5hello"), 0, ROLE_RECONCILER, ROLE_WATCHER,
         "an unknown message type"},
        {"a batch in a batch", BYTES("\0\0\0\0\6\0\0\0\0\1a"), 0, ROLE_RECONCILER, ROLE_WATCHER,
         "an unknown message type"},
        {"a batch of the supervisor's", batched, sizeof(batched), 0, ROLE_RECONCILER, ROLE_WATCHER,
         RIGHT},
        {"a batch with a descriptor", BYTES("\0\0\0\0\1a"), 1, ROLE_WATCHER, ROLE_SUPERVISOR,
         "an unknown message type"},
        {"descriptors and no right", start, 1, 2, ROLE_RECONCILER, ROLE_WATCHER, RIGHT},
    };
    char *large = memory_new(2 * MESSAGE_BYTES_MAX, 1);

    (void)state;
    assert_int_equal(certify[0], MESSAGE_INJECT); /* the bytes are written for these numbers */
    assert_int_equal(hello[0], MESSAGE_HELLO);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *bytes = rows[i].bytes != NULL ? rows[i].bytes : large;
        size_t before;
        struct end to;
        int pair[2];

        assert_int_equal(channel_pair(pair), 0);
        open_end(&to, pair[1], rows[i].self, rows[i].peer);
        before = check_descriptors();
        send_raw(pair[0], bytes, rows[i].size, rows[i].descriptors);
        CHECK_ROW(rows[i].row, check_run(base, DEADLINE, is_closed, &to));
        if (rows[i].reason != NULL)
            CHECK_ROW_TEXT(rows[i].row, to.reason, rows[i].reason);
        CHECK_ROW(rows[i].row, to.violation && to.reason[0] != '\0');
        CHECK_ROW(rows[i].row, to.received == 0);
        CHECK_ROW(rows[i].row, check_descriptors() == before);
        send_raw(pair[0], bytes, 1, 0); /* nothing after it */
        check_settle(base);
        CHECK_ROW(rows[i].row, to.closed == 1 && to.received == 0);
        close(pair[0]);
        check_settle(base);
        CHECK_ROW(rows[i].row, to.closed == 1);
        close_end(&to);
    }
    free(large);
}

/* Not the sender's fault, and the reason says so. */
static void test_no_room_for_a_descriptor(void **state)
{
    static const char peer[] = {MESSAGE_PEER, ROLE_WATCHER};
    int pair[2], fillers[64];
    struct rlimit limit, low;
    size_t count = 0;
    struct end to;

    (void)state;
    assert_int_equal(channel_pair(pair), 0);
    open_end(&to, pair[1], ROLE_WATCHER, ROLE_SUPERVISOR);
    send_raw(pair[0], peer, sizeof(peer), 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){.rlim_cur = COUNT_OF(fillers), .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < COUNT_OF(fillers) && (fillers[count] = dup(pair[0])) >= 0)
        count++;
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_string_equal(to.reason,
                        "a descriptor that this process has no room for: too many are open");
    assert_int_equal(to.received, 0);
    while (count > 0)
        close(fillers[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    close(pair[0]);
    close_end(&to);
}

/* The good before the bad still counts, what comes after does not; other links go on. */
static void test_violation_in_between(void **state)
{
    struct end a, b, to;
    msgpack_sbuffer packet;
    struct message message = message_of(MESSAGE_POOL);
    int pair[2];

    (void)state;
    connect_ends(&a, ROLE_WATCHER, &b, ROLE_RECONCILER);
    assert_int_equal(channel_pair(pair), 0);
    open_end(&to, pair[1], ROLE_RECONCILER, ROLE_WATCHER);
    msgpack_sbuffer_init(&packet);
    message_encode(&message, &packet);
    send_raw(pair[0], packet.data, packet.size, 0);
    send_raw(pair[0], "x", 1, 0);
    send_raw(pair[0], packet.data, packet.size, 0);
    msgpack_sbuffer_destroy(&packet);
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_int_equal(to.received, 1);
    send_number(&a, 0);
    b.wanted = 1;
    assert_true(check_run(base, DEADLINE, has_received, &b));
    close(pair[0]);
    close_end(&a);
    close_end(&b);
    close_end(&to);
}

static void test_free_in_handler(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    to.free_in_handler = true;
    for (uint64_t i = 0; i < 10; i++)
        send_number(&from, i);
    assert_true(check_run(base, DEADLINE, is_closed, &from)); /* the other end sees it */
    assert_int_equal(to.received, 1);
    assert_int_equal(to.closed, 0);
    assert_false(from.violation);
    close_end(&from);
}

static void test_free_when_closed(void **state)
{
    (void)state;
    for (int violation = 0; violation < 2; violation++) {
        size_t before = check_descriptors();
        struct end to;
        int pair[2];

        assert_int_equal(channel_pair(pair), 0);
        open_end(&to, pair[1], ROLE_RECONCILER, ROLE_WATCHER);
        to.free_when_closed = true;
        if (violation)
            send_raw(pair[0], "x", 1, 0);
        else
            close(pair[0]);
        assert_true(check_run(base, DEADLINE, is_closed, &to));
        assert_int_equal(to.violation, violation);
        if (violation)
            close(pair[0]);
        assert_int_equal(check_descriptors(), before);
    }
}

static void test_free_when_drained(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    from.free_when_drained = true;
    for (uint64_t i = 0; !channel_is_congested(from.channel); i++)
        send_large(&from, i);
    assert_true(check_run(base, DEADLINE, is_drained, &from));
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_false(to.violation || to.out_of_order);
    close_end(&to);
}

/* With a full queue; and nothing at all. */
static void test_free_with_queue(void **state)
{
    size_t before = check_descriptors();
    struct end from, to;

    (void)state;
    channel_free(NULL);
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (uint64_t i = 0; !channel_is_congested(from.channel); i++)
        send_large(&from, i);
    close_end(&from);
    assert_true(check_run(base, DEADLINE, is_closed, &to)); /* after what was sent already */
    assert_true(to.received > 0 && !to.violation && !to.out_of_order);
    close_end(&to);
    assert_int_equal(check_descriptors(), before);
}

/* What was sent before the end arrives before the end. */
static void test_peer_closes(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (uint64_t i = 0; i < 100; i++)
        send_number(&from, i);
    assert_int_equal(channel_queued(from.channel), 0);
    close_end(&from);
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_int_equal(to.received, 100);
    assert_false(to.violation || to.out_of_order);
    assert_string_equal(to.reason, "the other side closed it");
    close_end(&to);
}

/* Nor does what was to be sent soon get lost. */
static void test_end_before_soon(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (uint64_t i = 0; i < 3; i++)
        send_number_soon(&from, i);
    close_end(&from);
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_int_equal(to.received, 3);
    assert_false(to.violation || to.out_of_order);
    close_end(&to);
}

/* The peer goes before the end of the turn. */
static void test_peer_closes_before_soon(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    send_number_soon(&from, 0);
    close_end(&to);
    send_number_soon(&from, 1);
    assert_int_equal(from.closed, 0);
    assert_true(check_run(base, DEADLINE, is_closed, &from));
    assert_false(from.violation);
    send_number_soon(&from, 2);
    check_settle(base);
    assert_int_equal(from.closed, 1);
    close_end(&from);
}

/* The receiver ends the link at the first message of many in one packet. */
static void test_free_within_batch(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    to.free_in_handler = true;
    for (uint64_t i = 0; i < 10; i++)
        send_number_soon(&from, i);
    assert_true(check_run(base, DEADLINE, is_closed, &from));
    assert_int_equal(to.received, 1);
    close_end(&from);
}

/* The peer goes and leaves unread what we sent. */
static void test_peer_closes_unread(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    send_number(&from, 0);
    close_end(&to);
    assert_true(check_run(base, DEADLINE, is_closed, &from));
    assert_false(from.violation);
    assert_string_equal(from.reason, "the other side closed it");
    close_end(&from);
}

/* A failure to send is told from the loop, not from within channel_send(), and once. */
static void test_send_to_closed(void **state)
{
    (void)state;
    for (int queued = 0; queued < 2; queued++) {
        struct end from, to;

        connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
        for (uint64_t i = 0; queued && i < 40; i++)
            send_large(&from, i);
        close_end(&to);
        for (uint64_t i = 0; i < 3; i++)
            send_number(&from, i);
        assert_int_equal(from.closed, 0);
        assert_true(check_run(base, DEADLINE, is_closed, &from));
        assert_false(from.violation);
        assert_true(from.reason[0] != '\0');
        check_settle(base);
        assert_int_equal(from.closed, 1);
        close_end(&from);
    }
}

/* On a link that has ended what is sent is dropped: the peer gets nothing, and we are not told
 * of the end a second time. */
static void test_send_after_end(void **state)
{
    (void)state;
    for (int violation = 0; violation < 2; violation++) {
        struct end from;
        char byte[64];
        int pair[2];

        assert_int_equal(channel_pair(pair), 0);
        open_end(&from, pair[1], ROLE_WATCHER, ROLE_RECONCILER);
        from.send_when_closed = true;
        if (violation)
            send_raw(pair[0], "x", 1, 0);
        else
            close(pair[0]);
        assert_true(check_run(base, DEADLINE, is_closed, &from));
        for (uint64_t i = 0; i < 3; i++)
            send_number(&from, i);
        check_settle(base);
        assert_int_equal(from.closed, 1);
        assert_int_equal(channel_queued(from.channel), 0);
        if (violation) {
            assert_int_equal(recv(pair[0], byte, sizeof(byte), MSG_DONTWAIT), -1);
            close(pair[0]);
        }
        close_end(&from);
    }
}

/* A mistake of ours aborts, in a process of its own. */
static void test_own_mistakes(void **state)
{
    static const struct {
        const char *row;
        enum message_type type;
        uint64_t number;
    } rows[] = {
        {"not ours to send", MESSAGE_START, 0},
        {"no message", MESSAGE_NONE, 0},
        {"out of bounds", MESSAGE_RESYNC_BEGIN, KIND_COUNT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            const struct rlimit no_core = {0, 0};
            struct message message = message_of(rows[i].type);
            struct end from, to;

            setrlimit(RLIMIT_CORE, &no_core);
            signal(SIGABRT, SIG_DFL);
            dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
            connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
            message.resync_begin.kind = rows[i].number;
            channel_send(from.channel, &message);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        CHECK_ROW(rows[i].row, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_violation_in_between),
        cmocka_unit_test(test_free_in_handler),
        cmocka_unit_test(test_free_when_closed),
        cmocka_unit_test(test_free_when_drained),
        cmocka_unit_test(test_free_with_queue),
        cmocka_unit_test(test_peer_closes),
        cmocka_unit_test(test_peer_closes_unread),
        cmocka_unit_test(test_send_to_closed),
        cmocka_unit_test(test_send_after_end),
        cmocka_unit_test(test_end_before_soon),
        cmocka_unit_test(test_peer_closes_before_soon),
        cmocka_unit_test(test_free_within_batch),
        cmocka_unit_test(test_own_mistakes),
        cmocka_unit_test(test_no_room_for_a_descriptor),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
