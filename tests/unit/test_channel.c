/* SPDX-License-Identifier: Apache-2.0 */
/* Links: order, queues, descriptors, and everything that a peer must not send. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/message/channel.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One end of a link and what happened there. */
struct end {
    struct channel *channel;
    uint64_t received, wanted; /* messages */
    uint64_t next;             /* number of the message that has to come next */
    bool out_of_order;
    unsigned closed, drained;
    bool violation;
    char reason[128];
    int descriptor; /* taken from a message, or -1 */
    bool free_in_handler, free_when_closed, free_when_drained, send_when_closed, leave_descriptor;
};

static void open_end(struct end *, int socket, enum role self, enum role peer);
static void connect_ends(struct end *a, enum role a_role, struct end *b, enum role b_role);
static void on_numbered(struct message *message, void *context);
static void on_certificate(struct message *message, void *context);
static void on_peer(struct message *message, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_drained(void *context);
static void count(struct end *, uint64_t number);
static bool has_received(const void *context);
static bool is_closed(const void *context);
static bool is_drained(const void *context);
static void send_number(struct end *, uint64_t number);
static void send_large(struct end *, uint64_t number);
static void send_raw(int socket, const void *bytes, size_t size, unsigned descriptors);
static void release(struct end *);

#define DEADLINE 20 /* seconds; under valgrind all is slow */

static struct event_base *base;

/* Those that the tests send; INJECT is allowed to the certpatcher, but nobody handles it. */
static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_POOL] = on_numbered,
    [MESSAGE_CERTIFICATE] = on_certificate,
    [MESSAGE_PEER] = on_peer,
};
static const struct channel_callbacks callbacks = {handlers, on_closed, on_drained};

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
    assert_true(channel_queued(from.channel) > 0); /* more than the socket takes */
    to.wanted = MANY;
    assert_true(check_run(base, DEADLINE, has_received, &to));
    assert_int_equal(to.received, MANY);
    assert_false(to.out_of_order);
    assert_int_equal(channel_queued(from.channel), 0);
    assert_int_equal(from.closed + to.closed, 0);
    release(&from);
    release(&to);
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
    release(&from);
    channel_receive(to.channel);
    assert_int_equal(to.received, 3);
    assert_int_equal(to.closed, 1);
    assert_false(to.violation);
    release(&to);
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
    release(&from);
    release(&to);
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
    release(&from);
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
    release(&from);
    release(&to);
}

/* What a peer may not send: the link ends and says why, nothing reaches a handler, and every
 * descriptor that came is closed. */
static void test_violations(void **state)
{
#define LONG         "a message that is too long"
#define COUNT        "a message with a descriptor too many or too few"
#define RIGHT        "a message that this sender may not send"
#define BYTES(bytes) bytes, sizeof(bytes) - 1
    static const char start[] = {MESSAGE_START}, pool[] = {MESSAGE_POOL},
                      peer[] = {MESSAGE_PEER, ROLE_WATCHER},
                      certify[] = "\x15\xa1n\xa1"
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
         "an unknown message type"},
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
        {"five descriptors", peer, 2, 5, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"very many descriptors", peer, 2, 200, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"a descriptor with garbage", BYTES("hello"), 1, ROLE_WATCHER, ROLE_SUPERVISOR,
         "an unknown message type"},
        {"descriptors with garbage", BYTES("hello"), 3, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"a descriptor with nothing", BYTES(""), 1, ROLE_WATCHER, ROLE_SUPERVISOR, NULL},
        {"a descriptor nobody expects", BYTES(certify), 1, ROLE_CERTPATCHER, ROLE_RECONCILER,
         COUNT},
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
        release(&to);
    }
    free(large);
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
    release(&a);
    release(&b);
    release(&to);
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
    release(&from);
    release(&to);
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
    release(&from);
    release(&to);
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
            to.wanted = 1;
            assert_true(check_run(base, DEADLINE, has_received, &to));
            assert_int_equal(write(to.descriptor, "y", 1), 1);
            assert_int_equal(read(line[0], &byte, 1), 1);
            close(to.descriptor);
            release(&to);
        } else {
            close(pair[1]);
        }
        release(&from);
        assert_int_equal(read(line[0], &byte, 1), 0);
        close(line[0]);
        free(text);
    }
    assert_int_equal(check_descriptors(), before);
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
    release(&from);
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
    release(&to);
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
    release(&from);
    assert_true(check_run(base, DEADLINE, is_closed, &to)); /* after what was sent already */
    assert_true(to.received > 0 && !to.violation && !to.out_of_order);
    release(&to);
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
    release(&from);
    assert_true(check_run(base, DEADLINE, is_closed, &to));
    assert_int_equal(to.received, 100);
    assert_false(to.violation || to.out_of_order);
    assert_string_equal(to.reason, "the other side closed it");
    release(&to);
}

/* The peer goes and leaves unread what we sent. */
static void test_peer_closes_unread(void **state)
{
    struct end from, to;

    (void)state;
    connect_ends(&from, ROLE_WATCHER, &to, ROLE_RECONCILER);
    send_number(&from, 0);
    release(&to);
    assert_true(check_run(base, DEADLINE, is_closed, &from));
    assert_false(from.violation);
    assert_string_equal(from.reason, "the other side closed it");
    release(&from);
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
        release(&to);
        for (uint64_t i = 0; i < 3; i++)
            send_number(&from, i);
        assert_int_equal(from.closed, 0);
        assert_true(check_run(base, DEADLINE, is_closed, &from));
        assert_false(from.violation);
        assert_true(from.reason[0] != '\0');
        check_settle(base);
        assert_int_equal(from.closed, 1);
        release(&from);
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
        release(&from);
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

/* END is the channel's context, so it stays where it is. */
static void open_end(struct end *end, int socket, enum role self, enum role peer)
{
    *end = (struct end){.descriptor = -1};
    end->channel = channel_new(base, socket, self, peer, &callbacks, end);
}

static void connect_ends(struct end *a, enum role a_role, struct end *b, enum role b_role)
{
    int pair[2];

    assert_int_equal(channel_pair(pair), 0);
    open_end(a, pair[0], a_role, b_role);
    open_end(b, pair[1], b_role, a_role);
}

static void on_numbered(struct message *message, void *context)
{
    count(context, message->pool.resource_version);
}

static void on_certificate(struct message *message, void *context)
{
    if (message->certificate.names.size != 60000)
        ((struct end *)context)->out_of_order = true;
    count(context, message->certificate.resource_version);
}

static void on_peer(struct message *message, void *context)
{
    struct end *end = context;

    if (!end->leave_descriptor) {
        end->descriptor = message->descriptor;
        message->descriptor = -1;
    }
    count(end, end->next);
}

static void count(struct end *end, uint64_t number)
{
    if (number != end->next++)
        end->out_of_order = true;
    end->received++;
    if (end->free_in_handler)
        release(end);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    struct end *end = context;

    end->closed++;
    end->violation = violation;
    snprintf(end->reason, sizeof(end->reason), "%s", reason);
    if (end->send_when_closed)
        send_number(end, 0);
    if (end->free_when_closed)
        release(end);
}

static void on_drained(void *context)
{
    struct end *end = context;

    end->drained++;
    if (end->free_when_drained)
        release(end);
}

static bool has_received(const void *context)
{
    const struct end *end = context;

    return end->received >= end->wanted;
}

static bool is_closed(const void *context)
{
    return ((const struct end *)context)->closed > 0;
}

static bool is_drained(const void *context)
{
    const struct end *end = context;

    return end->drained > 0 && (end->channel == NULL || !channel_is_congested(end->channel));
}

static void send_number(struct end *end, uint64_t number)
{
    struct message message = message_of(MESSAGE_POOL);

    message.pool.namespace = "puppet";
    message.pool.hostname = "puppet.example.com";
    message.pool.resource_version = number;
    channel_send(end->channel, &message);
}

static void send_large(struct end *end, uint64_t number)
{
    static char names[60000];
    struct message message = message_of(MESSAGE_CERTIFICATE);

    memset(names, 'x', sizeof(names) - 1);
    message.certificate.resource_version = number;
    message.certificate.names =
        (struct text_list){.count = 1, .size = sizeof(names), .bytes = names};
    channel_send(end->channel, &message);
}

/* One packet with so many copies of standard input. */
static void send_raw(int socket, const void *bytes, size_t size, unsigned descriptors)
{
    char control[CMSG_SPACE(253 * sizeof(int))] = {0};
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

    if (descriptors > 0) {
        struct cmsghdr *part;

        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors * sizeof(int)); /* all of them 0 */
    }
    assert_int_equal(sendmsg(socket, &header, MSG_NOSIGNAL), size);
}

static void release(struct end *end)
{
    channel_free(end->channel);
    end->channel = NULL;
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    return base == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    event_base_free(base);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_order_while_draining),
        cmocka_unit_test(test_no_overtaking),
        cmocka_unit_test(test_congestion),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_violation_in_between),
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_descriptor_left),
        cmocka_unit_test(test_descriptor_in_queue),
        cmocka_unit_test(test_free_in_handler),
        cmocka_unit_test(test_free_when_closed),
        cmocka_unit_test(test_free_when_drained),
        cmocka_unit_test(test_free_with_queue),
        cmocka_unit_test(test_peer_closes),
        cmocka_unit_test(test_peer_closes_unread),
        cmocka_unit_test(test_send_to_closed),
        cmocka_unit_test(test_send_after_end),
        cmocka_unit_test(test_own_mistakes),
        cmocka_unit_test(test_pair),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
