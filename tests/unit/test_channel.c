/* SPDX-License-Identifier: Apache-2.0 */
/* Links: the order of messages, queues, and descriptors. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/message/batch.h"
#include "tests/unit/link_ends.h"
#include "tests/unit/working_link.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* All COUNT messages that FROM has sent, more than the socket takes, arrive in their order. Closes
 * both ends. */
static void check_all_arrive(struct end *from, struct end *to, unsigned count)
{
    assert_true(channel_queued(from->channel) > 0);
    to->wanted = count;
    assert_true(check_run(base, DEADLINE, has_received, to));
    assert_int_equal(to->received, count);
    assert_false(to->out_of_order);
    assert_int_equal(channel_queued(from->channel), 0);
    assert_int_equal(from->closed + to->closed, 0);
    close_end(from);
    close_end(to);
}

static void test_order(void **state)
{
    enum {
        MANY = 20000
    };
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (uint64_t i = 0; i < MANY; i++)
        send_number(&from, i);
    check_all_arrive(&from, &to, MANY);
}

/* What somebody sent before it ended is there without the event loop. */
static void test_last_words(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    channel_receive(to.channel);
    assert_int_equal(to.received + to.closed, 0);
    for (uint64_t i = 0; i < 3; i++)
        send_number(&from, i);
    close_end(&from);
    channel_receive(to.channel);
    assert_int_equal(to.received, 3);
    assert_int_equal(to.closed, 1);
    assert_false(to.violation);
    close_end(&to);
}

/* New messages while the queue drains come after it. */
static void test_order_while_draining(void **state)
{
    struct end from, to;
    uint64_t sent = 0;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 7; i++, sent++) {
            if (sent % 5 == 0)
                send_large(&from, sent);
            else
                send_number(&from, sent);
        }
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    to.wanted = sent;
    assert_true(check_run(base, DEADLINE, has_received, &to));
    assert_false(to.out_of_order);
    close_end(&from);
    close_end(&to);
}

/* The socket has room again, but the queue comes first. */
static void test_no_overtaking(void **state)
{
    struct end from;
    struct message message;
    char packet[1024];
    uint64_t sent = 0, next = 0;
    ssize_t size;
    int pair[2];

    (void)state;
    assert_int_equal(channel_pair(pair), 0);
    open_end(&from, pair[0], ROLE_WATCHER, ROLE_RECONCILER);
    while (channel_queued(from.channel) == 0)
        send_number(&from, sent++);
    for (int round = 0; next < sent; round++) {
        while ((size = recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
            assert_null(message_decode(packet, (size_t)size, &message));
            assert_int_equal(message.pool.resource_version, next++);
            message_clear(&message);
        }
        if (round == 0)
            send_number(&from, sent++);
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    close(pair[1]);
    close_end(&from);
}

static void test_congestion(void **state)
{
    struct end from, to;
    uint64_t sent = 0;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    assert_false(channel_is_congested(from.channel));
    for (int round = 1; round <= 2; round++) {
        while (!channel_is_congested(from.channel)) {
            assert_true(channel_queued(from.channel) < 1024 * 1024);
            send_large(&from, sent++);
        }
        assert_true(channel_queued(from.channel) >= 1024 * 1024);
        assert_int_equal(from.drained, round - 1);
        assert_true(check_run(base, DEADLINE, is_drained, &from));
        assert_int_equal(from.drained, round);
        assert_false(channel_is_congested(from.channel));
        assert_true(channel_queued(from.channel) <= 128 * 1024);
        to.wanted = sent;
        assert_true(check_run(base, DEADLINE, has_received, &to));
        assert_int_equal(from.drained, round); /* once each time */
    }
    assert_false(to.out_of_order);
    assert_int_equal(to.drained, 0);
    close_end(&from);
    close_end(&to);
}

static void send_descriptor(struct end *from, int descriptor)
{
    struct message message = message_of(MESSAGE_PEER);

    message.peer.role = ROLE_RECONCILER;
    message.descriptor = descriptor;
    channel_send(from->channel, &message);
}

static void test_descriptor(void **state)
{
    size_t before = check_descriptors();
    struct end from, to;
    int line[2];
    char byte = 'x';

    (void)state;
    connect_ends(&from, ROLE_SUPERVISOR, &to, ROLE_WATCHER);
    assert_int_equal(pipe(line), 0);
    send_descriptor(&from, line[1]);
    assert_int_not_equal(fcntl(line[1], F_GETFD), -1); /* ours stays with us */
    close(line[1]);
    to.wanted = 1;
    assert_true(check_run(base, DEADLINE, has_received, &to));
    assert_true(to.descriptor >= 0);
    assert_int_equal(fcntl(to.descriptor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(to.descriptor, "y", 1), 1); /* it works */
    assert_int_equal(read(line[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    close(to.descriptor);
    assert_int_equal(read(line[0], &byte, 1), 0); /* and there is no other copy of it */
    close(line[0]);
    close_end(&from);
    close_end(&to);
    assert_int_equal(check_descriptors(), before);
}

/* A handler that does not take it need not close it. */
static void test_descriptor_left(void **state)
{
    size_t before = check_descriptors();
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_SUPERVISOR, &to, ROLE_WATCHER);
    to.leave_descriptor = true;
    for (int i = 0; i < 10; i++)
        send_descriptor(&from, 0);
    to.wanted = 10;
    assert_true(check_run(base, DEADLINE, has_received, &to));
    close_end(&from);
    close_end(&to);
    assert_int_equal(check_descriptors(), before);
}

/* In the queue it is a duplicate, so the sender may close its own at once; whatever is never
 * sent, or never read, is closed too. */
static void test_descriptor_in_queue(void **state)
{
    struct message settings = message_of(MESSAGE_SETTINGS);
    size_t before = check_descriptors();

    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        struct end from, to;
        int line[2], pair[2];
        char *text = memory_new(1024, 1), byte;

        memset(text, 'x', 1023);
        settings.settings.server = text;
        assert_int_equal(channel_pair(pair), 0);
        open_end(&from, pair[0], ROLE_SUPERVISOR, ROLE_WATCHER);
        say_hello(from.channel, pair[1]);
        while (channel_queued(from.channel) == 0)
            channel_send(from.channel, &settings);
        assert_int_equal(pipe(line), 0);
        send_descriptor(&from, line[1]);
        close(line[1]);
        if (reads) {
            struct iovec vector = {.iov_base = text, .iov_len = 1024};
            struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

            do { /* the settings, by hand, until the next one is the descriptor's */
                while (recvmsg(pair[1], &header, MSG_DONTWAIT | MSG_PEEK) > 100)
                    assert_true(recv(pair[1], text, 1024, MSG_DONTWAIT) > 0);
                event_base_loop(base, EVLOOP_NONBLOCK);
            } while (channel_queued(from.channel) > 0 ||
                     recvmsg(pair[1], &header, MSG_DONTWAIT | MSG_PEEK) > 100);
            open_end(&to, pair[1], ROLE_WATCHER, ROLE_SUPERVISOR);
            greet(&to); /* again, since this end does not know yet */
            to.wanted = 1;
            assert_true(check_run(base, DEADLINE, has_received, &to));
            assert_int_equal(write(to.descriptor, "y", 1), 1);
            assert_int_equal(read(line[0], &byte, 1), 1);
            close(to.descriptor);
            close_end(&to);
        } else {
            close(pair[1]);
        }
        close_end(&from);
        assert_int_equal(read(line[0], &byte, 1), 0);
        close(line[0]);
        free(text);
    }
    assert_int_equal(check_descriptors(), before);
}

/* A peer that does not read loses its link, whatever it is sent; what waits is bounded. */
static void test_limits(void **state)
{
    static const struct {
        const char *row;
        enum role self, peer;
        bool large, with_descriptor;
        size_t bytes_max;
        unsigned sent_max;
    } rows[] = {
        {"small messages of a worker", ROLE_WATCHER, ROLE_RECONCILER, false, false,
         CHANNEL_BYTES_MAX, CHANNEL_PACKETS_MAX + 1000},
        {"large messages of a worker", ROLE_WATCHER, ROLE_RECONCILER, true, false,
         CHANNEL_BYTES_MAX, CHANNEL_BYTES_MAX / 60000 + 1000},
        {"descriptors", ROLE_SUPERVISOR, ROLE_WATCHER, false, true, CHANNEL_SUPERVISOR_BYTES_MAX,
         1000},
        {"the supervisor's", ROLE_SUPERVISOR, ROLE_WATCHER, false, false,
         CHANNEL_SUPERVISOR_BYTES_MAX, CHANNEL_SUPERVISOR_PACKETS_MAX + 1000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct message settings = message_of(MESSAGE_SETTINGS);
        size_t before = check_descriptors(), most = 0;
        struct end from;
        int pair[2];

        assert_int_equal(channel_pair(pair), 0);
        open_end(&from, pair[0], rows[i].self, rows[i].peer);
        if (rows[i].self == ROLE_SUPERVISOR)
            say_hello(from.channel, pair[1]);
        for (unsigned sent = 0; sent < rows[i].sent_max; sent++) {
            if (rows[i].with_descriptor)
                send_descriptor(&from, 0);
            else if (rows[i].self == ROLE_SUPERVISOR)
                channel_send(from.channel, &settings);
            else if (rows[i].large)
                send_large(&from, sent);
            else
                send_number(&from, sent);
            if (channel_queued(from.channel) > most)
                most = channel_queued(from.channel);
        }
        CHECK_ROW(rows[i].row, most > 0 && most <= rows[i].bytes_max);
        CHECK_ROW(rows[i].row, check_descriptors() <= before + 3 + CHANNEL_DESCRIPTORS_MAX);
        CHECK_ROW(rows[i].row, check_run(base, DEADLINE, is_closed, &from));
        CHECK_ROW(rows[i].row, from.violation);
        CHECK_ROW_TEXT(rows[i].row, from.reason, "more than it reads the results of");
        close_end(&from);
        close(pair[1]);
        CHECK_ROW(rows[i].row, check_descriptors() == before);
    }
}

/* How many packets come for so many messages that are sent in one turn. */
static void test_soon_packets(void **state)
{
    static const struct {
        const char *row;
        unsigned messages, packets;
    } rows[] = {
        {"one", 1, 1},
        {"two", 2, 1},
        {"as many as a packet may have", BATCH_MESSAGES_MAX, 1},
        {"one more", BATCH_MESSAGES_MAX + 1, 2},
        {"very many", 10 * BATCH_MESSAGES_MAX, 10},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct end from;
        char packet[BATCH_BYTES_MAX];
        unsigned packets = 0;
        int pair[2];

        assert_int_equal(channel_pair(pair), 0);
        open_end(&from, pair[0], ROLE_WATCHER, ROLE_RECONCILER);
        for (unsigned sent = 0; sent < rows[i].messages; sent++)
            send_number_soon(&from, sent);
        CHECK_ROW(rows[i].row, channel_queued(from.channel) > 0);
        event_base_loop(base, EVLOOP_NONBLOCK);
        CHECK_ROW(rows[i].row, channel_queued(from.channel) == 0);
        while (recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT) > 0)
            packets++;
        CHECK_ROW(rows[i].row, packets == rows[i].packets);
        close(pair[1]);
        close_end(&from);
    }
}

/* Whatever is mixed: at once and soon, small and larger than a batch, more than the socket takes.
 */
static void test_soon_order(void **state)
{
    enum {
        MANY = 30000
    };
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    for (uint64_t i = 0; i < MANY; i++) {
        if (i % 1000 == 7)
            send_large_soon(&from, i);
        else if (i % 1000 == 8)
            send_large(&from, i);
        else if (i % 50 == 0)
            send_number(&from, i);
        else
            send_number_soon(&from, i);
        if (i % 5000 == 0)
            event_base_loop(base, EVLOOP_NONBLOCK);
    }
    check_all_arrive(&from, &to, MANY);
}

/* One that is sent at once lets the others go first, at once. */
static void test_soon_becomes_now(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    send_number_soon(&from, 0);
    send_number_soon(&from, 1);
    channel_receive(to.channel);
    assert_int_equal(to.received, 0);
    send_number(&from, 2);
    channel_receive(to.channel);
    assert_int_equal(to.received, 3);
    close_end(&from);
    close_end(&to);
}

/* The same limits as for what is sent at once. */
static void test_soon_full(void **state)
{
    struct end from, to;
    uint64_t sent = 0;
    int pair[2];

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    while (!channel_is_congested(from.channel))
        send_number_soon(&from, sent++);
    assert_true(check_run(base, DEADLINE, is_drained, &from));
    to.wanted = sent;
    assert_true(check_run(base, DEADLINE, has_received, &to));
    assert_false(to.out_of_order);
    assert_int_equal(from.drained, 1);
    close_end(&from);
    close_end(&to);

    assert_int_equal(channel_pair(pair), 0);
    open_end(&from, pair[0], ROLE_WATCHER, ROLE_RECONCILER);
    for (sent = 0; sent < CHANNEL_BYTES_MAX / 60000 + 1000; sent++) {
        send_large_soon(&from, sent);
        assert_true(channel_queued(from.channel) <= CHANNEL_BYTES_MAX);
    }
    assert_true(check_run(base, DEADLINE, is_closed, &from));
    assert_true(from.violation);
    assert_string_equal(from.reason, "more than it reads the results of");
    close_end(&from);
    close(pair[1]);
}

/* Whether the peer turns its loop shows without an answer. */
static void test_is_read(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    assert_true(channel_is_read(from.channel)); /* nothing was sent */
    send_number_soon(&from, 0);
    assert_false(channel_is_read(from.channel));
    send_number(&from, 1);
    send_number(&from, 2);
    assert_false(channel_is_read(from.channel));
    channel_receive(to.channel);
    assert_int_equal(to.received, 3);
    assert_true(channel_is_read(from.channel));
    close_end(&from);
    close_end(&to);
}

static void test_pair(void **state)
{
    int pair[2];

    (void)state;
    assert_int_equal(channel_pair(pair), 0);
    for (int i = 0; i < 2; i++) {
        char *large = memory_new(MESSAGE_BYTES_MAX, 1);

        assert_int_equal(fcntl(pair[i], F_GETFD), FD_CLOEXEC);
        assert_true(fcntl(pair[i], F_GETFL) & O_NONBLOCK);
        assert_int_equal(send(pair[i], large, MESSAGE_BYTES_MAX, 0), MESSAGE_BYTES_MAX);
        free(large);
    }
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_order_while_draining),
        cmocka_unit_test(test_no_overtaking),
        cmocka_unit_test(test_congestion),
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_descriptor_left),
        cmocka_unit_test(test_descriptor_in_queue),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_soon_packets),
        cmocka_unit_test(test_soon_order),
        cmocka_unit_test(test_soon_becomes_now),
        cmocka_unit_test(test_soon_full),
        cmocka_unit_test(test_is_read),
        cmocka_unit_test(test_pair),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
