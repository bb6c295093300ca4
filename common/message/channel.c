/* SPDX-License-Identifier: Apache-2.0 */
/* Here a peer is judged: what it may not send costs it the link and never reaches a handler, and a
 * peer that does not read costs a bounded queue. */
#include "common/message/channel.h"

#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
    struct batch batch;
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
    bool is_blocked;           /* the socket takes nothing at the moment */
    struct batch_reader batch; /* received, and not yet read; its bytes are owned */
    enum link_stage stage;
    const char *broken; /* why sending failed, to be reported from the event loop */
    bool overflowed;    /* by the peer's fault */
    bool dispatching;   /* a handler of this channel is running */
    bool freed;         /* by that handler: released when it has returned */
};

static void on_readable(evutil_socket_t, short events, void *context);
static void on_writable(evutil_socket_t, short events, void *context);
static enum received receive(struct channel *, struct message *, const char **reason);
static enum received receive_packet(struct channel *, struct message *, const char **reason);
static enum received keep_batch(struct channel *, char *bytes, size_t size);
static enum received read_batch(struct channel *, struct message *, const char **reason);
static void end_batch(struct channel *);
static const char *check_received(const struct channel *, const struct message *, int descriptors);
static int collect_descriptors(struct msghdr *, int *first);
static void report_end(struct channel *, bool violation, const char *reason);
static void release(struct channel *);
static bool pack(struct channel *, const struct message *, msgpack_sbuffer *);
static void wipe(msgpack_sbuffer *);
static void send_queue(struct channel *);
static int send_packet(int socket, const void *bytes, size_t size, int descriptor);
static void enqueue(struct channel *, const void *bytes, size_t size, int descriptor);
static bool join_last(struct channel *, const void *bytes, size_t size);
static struct packet *new_packet(const void *bytes, size_t size, size_t room);
static void count_queued(struct channel *, size_t bytes);
static void drop_packet(struct channel *, struct packet *);
static bool is_full(const struct channel *, size_t size, int descriptor);
static void append(struct channel *, struct packet *);
static void overflow(struct channel *);
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
    if (channel->broken == NULL && !channel->is_blocked)
        send_queue(channel);
    while (channel->queue != NULL)
        drop_packet(channel, channel->queue);
    end_batch(channel);
    event_free(channel->readable);
    event_free(channel->writable);
    close(channel->socket);
    free(channel);
}

void channel_send(struct channel *channel, const struct message *message)
{
    msgpack_sbuffer buffer;

    if (!pack(channel, message, &buffer))
        return;
    if (!channel->is_blocked)
        send_queue(channel); /* what was to go soon */
    if (channel->queue == NULL &&
        send_packet(channel->socket, buffer.data, buffer.size, message->descriptor) == 0) {
        /* sent */
    } else if (channel->queue != NULL || errno == EAGAIN) {
        channel->is_blocked = true;
        enqueue(channel, buffer.data, buffer.size, message->descriptor);
    } else {
        break_later(channel, strerror(errno));
    }
    wipe(&buffer);
}

/* What does not fit into the last packet lets that go first: a receiver need not wait until the
 * sender has read a long list. */
void channel_send_soon(struct channel *channel, const struct message *message)
{
    msgpack_sbuffer buffer;

    if (!pack(channel, message, &buffer))
        return;
    if (is_full(channel, buffer.size, -1)) {
        overflow(channel);
    } else if (!join_last(channel, buffer.data, buffer.size)) {
        if (!channel->is_blocked)
            send_queue(channel);
        append(channel, new_packet(buffer.data, buffer.size, BATCH_BYTES_MAX));
    }
    if (!event_pending(channel->writable, EV_WRITE, NULL))
        event_active(channel->writable, EV_WRITE, 0);
    wipe(&buffer);
}

/* Returns false if the link has ended. */
static bool pack(struct channel *channel, const struct message *message, msgpack_sbuffer *buffer)
{
    char *problem;

    if (channel->broken != NULL)
        return false;
    msgpack_sbuffer_init(buffer);
    problem = message_pack(message, buffer);
    if (problem != NULL || !message_allowed(message->type, channel->self, channel->peer) ||
        !message_timely(message->type, channel->stage)) {
        log_error("cannot send a message; this is a bug",
                  LOG_TEXT("type", message_name(message->type)),
                  LOG_TEXT("to", role_name(channel->peer)), LOG_TEXT("reason", problem));
        abort();
    }
    channel->stage = message_stage_after(message->type, channel->stage);
    return true;
}

static void wipe(msgpack_sbuffer *buffer)
{
    explicit_bzero(buffer->data, buffer->size);
    msgpack_sbuffer_destroy(buffer);
}

bool channel_is_congested(const struct channel *channel)
{
    return channel->congested;
}

size_t channel_queued(const struct channel *channel)
{
    return channel->queued;
}

/* A packet that has not been read uses memory of the socket that sent it. (unix(7), SIOCOUTQ) */
bool channel_is_read(const struct channel *channel)
{
    int bytes;

    return channel->queue == NULL && ioctl(channel->socket, SIOCOUTQ, &bytes) == 0 && bytes == 0;
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
    for (int i = 0; (i < RECEIVE_AT_ONCE || channel->batch.bytes != NULL) &&
                    received == RECEIVED_MESSAGE && !channel->freed;
         i++) {
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

/* Fills *MESSAGE, or says in *REASON why the link has to end. */
static enum received receive(struct channel *channel, struct message *message, const char **reason)
{
    enum received received;

    if (channel->batch.bytes != NULL)
        return read_batch(channel, message, reason);
    received = receive_packet(channel, message, reason);
    return received == RECEIVED_MESSAGE && channel->batch.bytes != NULL
               ? read_batch(channel, message, reason)
               : received;
}

/* A packet that is a batch is kept instead of filling *MESSAGE: a handler may make other channels
 * receive. */
static enum received receive_packet(struct channel *channel, struct message *message,
                                    const char **reason)
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
    else if (batch_is(bytes, (size_t)size) && descriptors == 0)
        return keep_batch(channel, bytes, (size_t)size);
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

static enum received keep_batch(struct channel *channel, char *bytes, size_t size)
{
    char *copy = memory_new(size, 1);

    memcpy(copy, bytes, size);
    explicit_bzero(bytes, size);
    channel->batch = (struct batch_reader){.bytes = copy, .size = size};
    return RECEIVED_MESSAGE;
}

static enum received read_batch(struct channel *channel, struct message *message,
                                const char **reason)
{
    size_t size;
    const char *bytes = batch_next(&channel->batch, &size, reason);

    if (bytes != NULL)
        *reason = message_decode(bytes, size, message);
    if (*reason == NULL) {
        *reason = check_received(channel, message, 0);
        if (*reason != NULL)
            message_clear(message);
    }
    if (*reason != NULL)
        return RECEIVED_VIOLATION;
    if (batch_is_read(&channel->batch))
        end_batch(channel);
    return RECEIVED_MESSAGE;
}

static void end_batch(struct channel *channel)
{
    memory_wipe((char *)channel->batch.bytes, channel->batch.size);
    channel->batch = (struct batch_reader){0};
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

    (void)socket;
    (void)events;
    send_queue(channel);
    if (channel->congested && channel->queued <= DRAINED_BYTES) {
        channel->congested = false;
        if (channel->callbacks->on_drained != NULL)
            channel->callbacks->on_drained(channel->context);
    }
}

static void send_queue(struct channel *channel)
{
    struct packet *packet;
    const char *bytes;
    size_t size;

    channel->is_blocked = false;
    while ((packet = channel->queue) != NULL) {
        bytes = batch_packet(&packet->batch, &size);
        if (send_packet(channel->socket, bytes, size, packet->descriptor) == 0) {
            drop_packet(channel, packet);
            continue;
        }
        channel->is_blocked = errno == EAGAIN;
        if (channel->is_blocked)
            event_add(channel->writable, NULL);
        else
            break_later(channel, strerror(errno));
        break;
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
        overflow(channel);
        return;
    }
    packet = new_packet(bytes, size, 0);
    if (descriptor >= 0 && (packet->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) < 0) {
        break_later(channel, strerror(errno));
        memory_wipe(packet, sizeof(*packet) + packet->batch.size);
        return;
    }
    append(channel, packet);
    event_add(channel->writable, NULL);
}

/* Returns false if the last packet of the queue has no room for a message. */
static bool join_last(struct channel *channel, const void *bytes, size_t size)
{
    struct packet *last = channel->queue != NULL ? channel->queue->prev : NULL;
    const size_t before = last != NULL ? last->batch.size : 0;

    if (last == NULL || last->descriptor >= 0 || !batch_add(&last->batch, bytes, size))
        return false;
    count_queued(channel, last->batch.size - before);
    return true;
}

/* With SIZE bytes of its first message, and ROOM bytes in all if those are enough. */
static struct packet *new_packet(const void *bytes, size_t size, size_t room)
{
    const size_t needed = BATCH_OVERHEAD + size;
    struct packet *packet;

    if (room < needed)
        room = needed;
    packet = memory_new(1, sizeof(*packet) + room);
    packet->descriptor = -1;
    packet->batch = (struct batch){.bytes = packet->bytes, .room = room};
    batch_add(&packet->batch, bytes, size);
    return packet;
}

static void append(struct channel *channel, struct packet *packet)
{
    DL_APPEND(channel->queue, packet);
    channel->packets++;
    channel->descriptors += packet->descriptor >= 0;
    count_queued(channel, packet->batch.size);
}

static void count_queued(struct channel *channel, size_t bytes)
{
    channel->queued += bytes;
    if (channel->queued >= CONGESTED_BYTES)
        channel->congested = true;
}

static void drop_packet(struct channel *channel, struct packet *packet)
{
    DL_DELETE(channel->queue, packet);
    channel->queued -= packet->batch.size;
    channel->packets--;
    channel->descriptors -= packet->descriptor >= 0;
    if (packet->descriptor >= 0)
        close(packet->descriptor);
    memory_wipe(packet, sizeof(*packet) + packet->batch.size);
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

static void overflow(struct channel *channel)
{
    channel->overflowed = true;
    break_later(channel, "more than it reads the results of");
}

/* The owner hears of it from the event loop, not within its own call of channel_send(). */
static void break_later(struct channel *channel, const char *reason)
{
    channel->broken = reason;
    event_active(channel->readable, EV_READ, 0);
}
