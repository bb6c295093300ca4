/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that the supervisor sends to a worker. */
#ifndef TLSROUTED_SUPERVISOR_WORKERS_SEND_H
#define TLSROUTED_SUPERVISOR_WORKERS_SEND_H

#include "common/kubeconfig/credential.h"
#include "common/message/channel.h"
#include "supervisor/config/config.h"

/* SETTINGS for the worker ROLE, which may need so many CONNECTIONS. IDENTITY is its name among
 * those that may hold the Lease; "": it needs none. */
void send_settings(struct channel *channel, enum role role, const struct config *config,
                   const struct credential *credential, unsigned connections, bool dry_run,
                   const char *identity);

/* The trust anchors CA_PEM, as one or more TRUST. */
void send_trust(struct channel *channel, const char *ca_pem);

/* IDENTITY: token or client certificate of CREDENTIAL. */
void send_identity(struct channel *channel, const struct credential *credential);

/* PEER: DESCRIPTOR, which stays the caller's, is the link to the worker ROLE. */
void send_peer(struct channel *channel, enum role role, int descriptor);

/* START: it has got everything. */
void send_start(struct channel *channel);

/* CONNECTION with DESCRIPTOR, which stays the caller's; or, if that is -1, CONNECTION_FAILED for
 * this REASON. */
void send_connection(struct channel *channel, int descriptor, const char *reason);

/* MINT: to the minter, whose tokens for ROLE are those of CONFIG's account, in NAMESPACE. */
void send_mint(struct channel *channel, enum role role, const struct config *config,
               const char *namespace);

/* PING. */
void send_ping(struct channel *channel, bool wants_answer);

#endif
