/* SPDX-License-Identifier: Apache-2.0 */
/* Which values of the supervisor go into which field of a message to a worker: apart from when they
 * are sent. */
#include "supervisor/workers/send.h"

#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "supervisor/config/settings.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRUST_PIECE_BYTES = MESSAGE_BOUND(trust, pem),
};

void send_settings(struct channel *channel, enum role role, const struct config *config,
                   const struct credential *credential, unsigned connections, bool dry_run,
                   const char *identity)
{
    struct message message = message_of(MESSAGE_SETTINGS);

    settings_fill(&message.settings, config);
    if (identity[0] == '\0')
        message.settings.lease_namespace = NULL;
    message.settings.identity = identity;
    message.settings.server = credential->server;
    message.settings.tls_name = credential->tls_name;
    message.settings.proxy = credential->proxy;
    message.settings.connections = connections;
    message.settings.dry_run = dry_run;
    message.settings.uid = config->sandbox_uids + role;
    channel_send(channel, &message);
}

void send_trust(struct channel *channel, const char *ca_pem)
{
    while (*ca_pem != '\0') {
        struct message message = message_of(MESSAGE_TRUST);
        size_t size = utf8_prefix(ca_pem, TRUST_PIECE_BYTES);
        char *piece = memory_bytes(ca_pem, size);

        message.trust.pem = piece;
        channel_send(channel, &message);
        free(piece);
        ca_pem += size;
    }
}

void send_identity(struct channel *channel, const struct credential *credential)
{
    struct message message = message_of(MESSAGE_IDENTITY);

    message.identity.token = credential->token;
    message.identity.certificate_pem = credential->certificate_pem;
    message.identity.key_pem = credential->key_pem;
    channel_send(channel, &message);
}

void send_peer(struct channel *channel, enum role role, int descriptor)
{
    struct message message = message_of(MESSAGE_PEER);

    message.peer.role = role;
    message.descriptor = descriptor;
    channel_send(channel, &message);
}

void send_start(struct channel *channel)
{
    static const struct message start = {.type = MESSAGE_START, .descriptor = -1};

    channel_send(channel, &start);
}

void send_connection(struct channel *channel, int descriptor, const char *reason)
{
    struct message message =
        message_of(descriptor >= 0 ? MESSAGE_CONNECTION : MESSAGE_CONNECTION_FAILED);
    char *line = line_of(reason, MESSAGE_BOUND(connection_failed, reason));

    message.descriptor = descriptor;
    if (descriptor < 0)
        message.connection_failed.reason = line;
    channel_send(channel, &message);
    free(line);
}

void send_mint(struct channel *channel, enum role role, const struct config *config,
               const char *namespace)
{
    struct message message = message_of(MESSAGE_MINT);

    message.mint.role = role;
    message.mint.namespace = namespace;
    message.mint.account = config->credentials[role].account;
    message.mint.secret = config->token_secret;
    channel_send(channel, &message);
}

void send_ping(struct channel *channel, bool wants_answer)
{
    struct message ping = message_of(MESSAGE_PING);

    ping.ping.wants_answer = wants_answer;
    channel_send(channel, &ping);
}
