/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to one of several addresses: one after the other, until one accepts. */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_DIAL_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_DIAL_H

#include "common/base/text_list.h"

#include <event2/event.h>
#include <stdint.h>

enum dial_limit {
    DIAL_ADDRESSES_MAX = 16,
};

struct dial;

/* Called once, from the loop: DESCRIPTOR is a connected, non-blocking socket, which the receiver
 * owns, and ADDRESS the one that accepted; or DESCRIPTOR is -1 and REASON says why each address
 * failed. */
typedef void dial_done(int descriptor, const char *address, const char *reason, void *context);

/* Connects to PORT of the ADDRESSES (IPv4 and IPv6, as text), beginning with FIRST if it is not
 * NULL and among them. ADDRESSES is copied. After DONE the dial is gone. */
struct dial *dial_start(struct event_base *base, const struct text_list *addresses, uint16_t port,
                        const char *first, dial_done *done, void *context);

/* Ends it without calling DONE. DIAL may be NULL. */
void dial_cancel(struct dial *dial);

#endif
