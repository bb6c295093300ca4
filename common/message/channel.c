/* SPDX-License-Identifier: Apache-2.0 */
/* Here a peer is judged: what it may not send costs it the link and never reaches a handler, and a
 * peer that does not read costs a bounded queue. */
#include "common/message/channel.h"

#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
    RECEIVE_AT_ONCE = 64, /* messages, before other events have their turn */
    CONGESTED_BYTES = 1024 * 1024,
    DRAINED_BYTES = 128 * 1024,
    DESCRIPTORS_MAX = 4, /* that are received, to be closed if nobody should have sent them */
};

/* A packet that waits to be sent. */
struct packet {
    struct packet *next, *prev;
    int descriptor; /* owned, or -1 */
    size_t size;
    char bytes[];
};

enum received {
    RECEIVED_MESSAGE,
    RECEIVED_NOTHING,
    RECEIVED_END,
    RECEIVED_VIOLATION
};

struct channel {
    struct event *readable, *writable;
    int socket;
    enum role self, peer;
    const struct channel_callbacks *callbacks;
    void *context;
    struct packet *queue;
    size_t queued;                 /* bytes */
    unsigned packets, descriptors; /* queued */
    bool congested;
    enum link_stage stage;
    const char *broken; /* why sending failed, to be reported from the event loop */
    bool overflowed;    /* by the peer's fault */
    bool dispatching;   /* a handler of this channel is running */
    bool freed;         /* by that handler: released when it has returned */
};

static void on_readable(evutil_socket_t, short events, void *context);
static void on_writable(evutil_socket_t, short events, void *context);
static enum received receive(struct channel *, struct message *, const char **reason);
static const char *check_received(const struct channel *, const struct message *, int descriptors);
static int collect_descriptors(struct msghdr *, int *first);
static void report_end(struct channel *, bool violation, const char *reason);
static void release(struct channel *);
static int send_packet(int socket, const void *bytes, size_t size, int descriptor);
static void enqueue(struct channel *, const void *bytes, size_t size, int descriptor);
static bool is_full(const struct channel *, size_t size, int descriptor);
static void count_queued(struct channel *, const struct packet *, int direction);
static void break_later(struct channel *, const char *reason);

struct channel *channel_new(struct event_base *base, int descriptor, enum role self, enum role peer,
                            const struct channel_callbacks *callbacks, void *context)
{
    struct channel *channel = memory_new(1, sizeof(*channel));

    evutil_make_socket_nonblocking(descriptor);
    channel->socket = descriptor;
    channel->self = self;
    channel->peer = peer;
    channel->stage = message_first_stage(self, peer);
    channel->callbacks = callbacks;
    channel->context = context;
    channel->readable = loop_event(base, descriptor, EV_READ | EV_PERSIST, on_readable, channel);
    channel->writable = loop_event(base, descriptor, EV_WRITE, on_writable, channel);
    event_add(channel->readable, NULL);
    return channel;
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    channel->freed = true;
    if (!channel->dispatching)
        release(channel);
}

static void release(struct channel *channel)
{
    struct packet *packet, *next;

    event_free(channel->readable);
    event_free(channel->writable);
    close(channel->socket);
    DL_FOREACH_SAFE (channel->queue, packet, next) {
        if (packet->descriptor >= 0)
            close(packet->descriptor);
        memory_wipe(packet, sizeof(*packet) + packet->size);
    }
    free(channel);
}

void channel_send(struct channel *channel, const struct message *message)
{
    msgpack_sbuffer buffer;
    char *problem;

    if (channel->broken != NULL)
        return;
    msgpack_sbuffer_init(&buffer);
    problem = message_pack(message, &buffer);
    if (problem != NULL || !message_allowed(message->type, channel->self, channel->peer) ||
        !message_timely(message->type, channel->stage)) {
        log_error("cannot send a message; this is a bug",
                  LOG_TEXT("type", message_name(message->type)),
                  LOG_TEXT("to", role_name(channel->peer)), LOG_TEXT("reason", problem));
        abort();
    }
    channel->stage = message_stage_after(message->type, channel->stage);
    if (channel->queue == NULL &&
        send_packet(channel->socket, buffer.data, buffer.size, message->descriptor) == 0) {
        /* sent */
    } else if (channel->queue != NULL || errno == EAGAIN) {
        enqueue(channel, buffer.data, buffer.size, message->descriptor);
    } else {
        break_later(channel, strerror(errno));
    }
    explicit_bzero(buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
}

bool channel_is_congested(const struct channel *channel)
{
    return channel->congested;
}

size_t channel_queued(const struct channel *channel)
{
    return channel->queued;
}

void channel_receive(struct channel *channel)
{
    on_readable(channel->socket, EV_READ, channel);
}

int channel_pair(int pair[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
}

static void on_readable(evutil_socket_t socket, short events, void *context)
{
    struct channel *channel = context;
    struct message message;
    const char *reason = channel->broken;
    enum received received = reason != NULL ? RECEIVED_END : RECEIVED_MESSAGE;

    (void)socket;
    (void)events;
    channel->dispatching = true;
    for (int i = 0; i < RECEIVE_AT_ONCE && received == RECEIVED_MESSAGE && !channel->freed; i++) {
        received = receive(channel, &message, &reason);
        if (received == RECEIVED_MESSAGE) {
            channel->stage = message_stage_after(message.type, channel->stage);
            channel->callbacks->handlers[message.type](&message, channel->context);
            message_clear(&message);
        }
    }
    channel->dispatching = false;
    if (channel->freed)
        release(channel);
    else if (received == RECEIVED_END || received == RECEIVED_VIOLATION)
        report_end(channel, received == RECEIVED_VIOLATION || channel->overflowed, reason);
}

/* Receives one packet. Fills *MESSAGE, or says in *REASON why the link has to end. */
static enum received receive(struct channel *channel, struct message *message, const char **reason)
{
    static char bytes[MESSAGE_BYTES_MAX]; /* there is one loop in a process; wiped after use */
    char control[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    struct iovec vector = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr header = {.msg_iov = &vector,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof(control)};
    ssize_t size = recvmsg(channel->socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    int descriptor, descriptors;

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return RECEIVED_NOTHING;
    if (size < 0 || (size == 0 && header.msg_controllen == 0)) {
        *reason = size == 0 || errno == ECONNRESET ? "the other side closed it" : strerror(errno);
        return RECEIVED_END;
    }
    descriptors = collect_descriptors(&header, &descriptor);
    if (header.msg_flags & MSG_TRUNC)
        *reason = "a message that is too long";
    else if (header.msg_flags & MSG_CTRUNC)
        *reason = descriptors < DESCRIPTORS_MAX
                      ? "a descriptor that this process has no room for: too many are open"
                      : "a message with the wrong number of descriptors";
    else
        *reason = message_decode(bytes, (size_t)size, message);
    explicit_bzero(bytes, (size_t)size);
    if (*reason == NULL) {
        *reason = check_received(channel, message, descriptors);
        message->descriptor = *reason == NULL ? descriptor : -1;
        if (*reason == NULL)
            return RECEIVED_MESSAGE;
        message_clear(message);
    }
    if (descriptor >= 0)
        close(descriptor);
    return RECEIVED_VIOLATION;
}

static const char *check_received(const struct channel *channel, const struct message *message,
                                  int descriptors)
{
    if (!message_allowed(message->type, channel->peer, channel->self))
        return "a message that this sender may not send";
    if (message_descriptors(message->type) != descriptors)
        return "a message with the wrong number of descriptors";
    if (!message_timely(message->type, channel->stage))
        return "a message at the wrong time";
    if (channel->callbacks->handlers[message->type] == NULL)
        return "a message that is not expected here";
    return NULL;
}

/* Returns how many descriptors came. Keeps the first and closes the others. */
static int collect_descriptors(struct msghdr *header, int *first)
{
    int count = 0;

    *first = -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        size_t size = part->cmsg_len - CMSG_LEN(0);
        int descriptors[DESCRIPTORS_MAX];

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        memcpy(descriptors, CMSG_DATA(part), size);
        for (size_t i = 0; i < size / sizeof(int); i++) {
            if (count++ == 0)
                *first = descriptors[i];
            else
                close(descriptors[i]);
        }
    }
    return count;
}

static void report_end(struct channel *channel, bool violation, const char *reason)
{
    event_del(channel->readable);
    event_del(channel->writable);
    channel->broken = reason; /* what is sent from now on is dropped */
    channel->callbacks->on_closed(violation, reason, channel->context);
}

static void on_writable(evutil_socket_t socket, short events, void *context)
{
    struct channel *channel = context;
    struct packet *packet;

    (void)socket;
    (void)events;
    while ((packet = channel->queue) != NULL) {
        if (send_packet(channel->socket, packet->bytes, packet->size, packet->descriptor) != 0) {
            if (errno == EAGAIN)
                event_add(channel->writable, NULL);
            else
                break_later(channel, strerror(errno));
            break;
        }
        DL_DELETE(channel->queue, packet);
        count_queued(channel, packet, -1);
        if (packet->descriptor >= 0)
            close(packet->descriptor);
        memory_wipe(packet, sizeof(*packet) + packet->size);
    }
    if (channel->congested && channel->queued <= DRAINED_BYTES) {
        channel->congested = false;
        if (channel->callbacks->on_drained != NULL)
            channel->callbacks->on_drained(channel->context);
    }
}

static int send_packet(int socket, const void *bytes, size_t size, int descriptor)
{
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    ssize_t sent;

    if (descriptor >= 0) {
        struct cmsghdr *part;

        header.msg_control = control;
        header.msg_controllen = sizeof(control);
        part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
    }
    do {
        sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

static void enqueue(struct channel *channel, const void *bytes, size_t size, int descriptor)
{
    struct packet *packet;

    if (is_full(channel, size, descriptor)) {
        channel->overflowed = true;
        break_later(channel, "more than it reads the results of");
        return;
    }
    packet = memory_new(1, sizeof(*packet) + size);
    packet->descriptor = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1;
    if (descriptor >= 0 && packet->descriptor < 0) {
        free(packet);
        break_later(channel, strerror(errno));
        return;
    }
    packet->size = size;
    memcpy(packet->bytes, bytes, size);
    DL_APPEND(channel->queue, packet);
    count_queued(channel, packet, 1);
    if (channel->queued >= CONGESTED_BYTES)
        channel->congested = true;
    event_add(channel->writable, NULL);
}

static bool is_full(const struct channel *channel, size_t size, int descriptor)
{
    const bool is_supervisor = channel->self == ROLE_SUPERVISOR;
    const size_t bytes_max = is_supervisor ? CHANNEL_SUPERVISOR_BYTES_MAX : CHANNEL_BYTES_MAX;
    const unsigned packets_max =
        is_supervisor ? CHANNEL_SUPERVISOR_PACKETS_MAX : CHANNEL_PACKETS_MAX;

    return channel->queued + size > bytes_max || channel->packets >= packets_max ||
           (descriptor >= 0 && channel->descriptors >= CHANNEL_DESCRIPTORS_MAX);
}

/* DIRECTION: 1 for a PACKET that joins the queue, -1 for one that leaves it. */
static void count_queued(struct channel *channel, const struct packet *packet, int direction)
{
    channel->queued += (size_t)direction * packet->size;
    channel->packets += (unsigned)direction;
    channel->descriptors += packet->descriptor >= 0 ? (unsigned)direction : 0;
}

/* The owner hears of it from the event loop, not within its own call of channel_send(). */
static void break_later(struct channel *channel, const char *reason)
{
    channel->broken = reason;
    event_active(channel->readable, EV_READ, 0);
}
