/* SPDX-License-Identifier: Apache-2.0 */
/* A link between two processes: a SOCK_SEQPACKET socket on a libevent loop, one message a packet,
 * or several (batch.h).
 *
 * What arrives is decoded, checked against the table of messages (type, sender, receiver, time,
 * bounds, descriptors) and passed to the handler for its type. Anything else ends the link, and
 * only the link. What cannot be sent at once waits in a queue, in order; a peer that lets the queue
 * grow beyond its limit loses the link, too. */
#ifndef TLSROUTED_COMMON_MESSAGE_CHANNEL_H
#define TLSROUTED_COMMON_MESSAGE_CHANNEL_H

#include "common/message/message.h"

#include <event2/event.h>

/* What a queue may hold. The supervisor's are small, as whatever it sends is small or has been
 * requested. A worker stops reading from the API server when the link to its neighbour is
 * congested, but has to send on what it has read already. */
enum channel_limit {
    CHANNEL_SUPERVISOR_BYTES_MAX = 4 * 1024 * 1024,
    CHANNEL_SUPERVISOR_PACKETS_MAX = 4096,
    CHANNEL_BYTES_MAX = 64 * 1024 * 1024,
    CHANNEL_PACKETS_MAX = 256 * 1024,
    CHANNEL_DESCRIPTORS_MAX = 64,
};

struct channel;

/* Called for a received message; the channel clears it afterwards. May free the channel. */
typedef void channel_handler(struct message *message, void *context);

struct channel_callbacks {
    /* MESSAGE_TYPES of them, a constant. A message whose type has no handler is not expected here
     * and ends the link. */
    channel_handler *const *handlers;

    /* The link ended, because of REASON. With VIOLATION the peer sent what it may not send, or more
     * than it reads the results of; otherwise it closed the link or the socket failed. Called once,
     * and nothing is called after it. May free the channel. */
    void (*on_closed)(bool violation, const char *reason, void *context);

    /* The queue is short again; see channel_is_congested(). May be NULL. */
    void (*on_drained)(void *context);
};

/* A channel on the connected socket DESCRIPTOR, which it takes over and makes non-blocking. SELF is
 * the role of this process, PEER that of the other. CALLBACKS is borrowed. Never NULL. */
struct channel *channel_new(struct event_base *base, int descriptor, enum role self, enum role peer,
                            const struct channel_callbacks *callbacks, void *context);

/* Sends what is queued, as far as the socket takes it, closes the socket and drops the rest.
 * CHANNEL may be NULL. */
void channel_free(struct channel *channel);

/* Sends MESSAGE or queues it; its descriptor is duplicated and stays with the caller. A message
 * that is out of bounds, or not allowed between these two roles or at this time, is a mistake of
 * ours and aborts. On a link that has ended it is dropped: on_closed() says so, as it does when
 * there is no room in the queue. */
void channel_send(struct channel *channel, const struct message *message);

/* Like channel_send(), but at the end of the loop's turn, if not before, and together with others
 * that are sent this way; in order with all others. MESSAGE has no descriptor. */
void channel_send_soon(struct channel *channel, const struct message *message);

/* Whether so much is queued that the sender should wait for on_drained(). */
bool channel_is_congested(const struct channel *channel);

/* Bytes queued. */
size_t channel_queued(const struct channel *channel);

/* Whether the peer has read all that was sent. */
bool channel_is_read(const struct channel *channel);

/* Calls the handlers for what has arrived, as the event loop would: for what a process sent before
 * it ended. May call on_closed(). */
void channel_receive(struct channel *channel);

/* Makes a pair of connected sockets, close-on-exec and with room for the largest message. Returns
 * 0, or -1 with errno set. */
int channel_pair(int pair[2]);

#endif
