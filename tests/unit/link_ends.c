/* SPDX-License-Identifier: Apache-2.0 */
/* Every handler of these ends counts, so that a test sees at once what must not have arrived. */
#include "tests/unit/check.h"

#include "tests/unit/link_ends.h"

#include <stdio.h>
#include <sys/socket.h>

static void on_numbered(struct message *message, void *context);
static void on_certificate(struct message *message, void *context);
static void on_peer(struct message *message, void *context);
static void on_hello(struct message *message, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_drained(void *context);
static void count(struct end *, uint64_t number);
static struct message numbered(uint64_t number);
static struct message large(uint64_t number);

struct event_base *base;

/* Those that the tests send; INJECT is allowed to the certpatcher, but nobody handles it. */
static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_POOL] = on_numbered,
    [MESSAGE_CERTIFICATE] = on_certificate,
    [MESSAGE_PEER] = on_peer,
    [MESSAGE_HELLO] = on_hello,
};
static const struct channel_callbacks callbacks = {handlers, on_closed, on_drained};

void open_end(struct end *end, int socket, enum role self, enum role peer)
{
    *end = (struct end){.descriptor = -1};
    end->channel = channel_new(base, socket, self, peer, &callbacks, end);
}

void connect_ends(struct end *a, enum role a_role, struct end *b, enum role b_role)
{
    int pair[2];

    assert_int_equal(channel_pair(pair), 0);
    open_end(a, pair[0], a_role, b_role);
    open_end(b, pair[1], b_role, a_role);
    if (a_role == ROLE_SUPERVISOR && role_is_in(b_role, WORKERS)) {
        greet(b);
        channel_receive(a->channel);
    }
}

void greet(struct end *worker)
{
    struct message hello = message_of(MESSAGE_HELLO);

    hello.hello.version = PACKAGE_VERSION;
    channel_send(worker->channel, &hello);
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

static void on_hello(struct message *message, void *context)
{
    (void)message;
    (void)context;
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
        close_end(end);
}

static void on_drained(void *context)
{
    struct end *end = context;

    end->drained++;
    if (end->free_when_drained)
        close_end(end);
}

static void count(struct end *end, uint64_t number)
{
    if (number != end->next++)
        end->out_of_order = true;
    end->received++;
    if (end->free_in_handler)
        close_end(end);
}

bool has_received(const void *context)
{
    const struct end *end = context;

    return end->received >= end->wanted;
}

bool is_closed(const void *context)
{
    return ((const struct end *)context)->closed > 0;
}

bool is_drained(const void *context)
{
    const struct end *end = context;

    return end->drained > 0 && (end->channel == NULL || !channel_is_congested(end->channel));
}

void send_number(struct end *end, uint64_t number)
{
    const struct message message = numbered(number);

    channel_send(end->channel, &message);
}

void send_number_soon(struct end *end, uint64_t number)
{
    const struct message message = numbered(number);

    channel_send_soon(end->channel, &message);
}

static struct message numbered(uint64_t number)
{
    struct message message = message_of(MESSAGE_POOL);

    message.pool.namespace = "puppet";
    message.pool.hostname = "puppet.example.com";
    message.pool.resource_version = number;
    return message;
}

void send_large(struct end *end, uint64_t number)
{
    const struct message message = large(number);

    channel_send(end->channel, &message);
}

void send_large_soon(struct end *end, uint64_t number)
{
    const struct message message = large(number);

    channel_send_soon(end->channel, &message);
}

static struct message large(uint64_t number)
{
    static char names[60000];
    struct message message = message_of(MESSAGE_CERTIFICATE);

    memset(names, 'x', sizeof(names) - 1);
    message.certificate.resource_version = number;
    message.certificate.names =
        (struct text_list){.count = 1, .size = sizeof(names), .bytes = names};
    return message;
}

void send_raw(int socket, const void *bytes, size_t size, unsigned descriptors)
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

void close_end(struct end *end)
{
    channel_free(end->channel);
    end->channel = NULL;
}

int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    return base == NULL;
}

int tear_down(void **state)
{
    (void)state;
    event_base_free(base);
    return 0;
}
