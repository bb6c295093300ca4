/* SPDX-License-Identifier: Apache-2.0 */
/* What comes from the reconciler's peers: messages from the watcher and the certpatcher, and links
 * to them that are made and break. */
#ifndef TLSROUTED_RECONCILER_RECEIVE_H
#define TLSROUTED_RECONCILER_RECEIVE_H

#include "reconciler/reconciler.h"

/* Handlers for messages; their context is the link to the peer. */
channel_handler receive_route_api, receive_resync_begin, receive_resync_end, receive_object,
    receive_unreadable, receive_gone, receive_inject_result;

/* A list of KIND is complete; CONTEXT is the reconciler. (store_list_read) */
void receive_list_read(enum kind kind, void *context);

/* The link to PEER of the worker, whose state is the reconciler, was made, or broke. */
void receive_linked(struct worker *worker, enum role peer);
void receive_unlinked(struct worker *worker, enum role peer);

/* Everything is to be worked on again, as the supervisor says. */
void receive_resync(struct worker *worker);

#endif
