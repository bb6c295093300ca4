/* SPDX-License-Identifier: Apache-2.0 */
/* Clients are strangers to each other, and none of them may cost the others or the daemon much:
 * places, time, memory and log lines are limited here. */
#include "supervisor/control/client.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <utlist.h>

enum {
    REQUESTS_MAX = 2000, /* of one client in a second */
};

static void on_deadline(evutil_socket_t, short events, void *context);
static void wait_for_request(struct client *);
static void log_drop(struct clients *, const char *reason);

struct client *client_add(struct clients *clients, const struct control_daemon *daemon,
                          int descriptor, enum right right,
                          const struct channel_callbacks *callbacks)
{
    struct client *client = memory_new(1, sizeof(*client));

    client->clients = clients;
    client->daemon = daemon;
    client->right = right;
    client->last_request = (uint64_t)clock_milliseconds();
    client->channel =
        channel_new(daemon->base, descriptor, ROLE_SUPERVISOR, ROLE_CONTROL, callbacks, client);
    client->deadline = loop_timer(daemon->base, on_deadline, client);
    wait_for_request(client);
    DL_APPEND(clients->first, client);
    clients->count++;
    return client;
}

void client_drop(struct client *client, const char *reason)
{
    struct clients *clients = client->clients;

    if (reason != NULL)
        log_drop(clients, reason);
    DL_DELETE(clients->first, client);
    clients->count--;
    clients->watching -= client->watches ? 1 : 0;
    channel_free(client->channel);
    event_free(client->deadline);
    free(client);
}

bool clients_make_room(struct clients *clients)
{
    uint64_t now = (uint64_t)clock_milliseconds();
    struct client *client, *victim = NULL;

    if (clients->count < CLIENTS_MAX)
        return true;
    DL_FOREACH (clients->first, client) {
        uint64_t patience =
            client->has_spoken ? CONTROL_IDLE_MILLISECONDS : CONTROL_MUTE_MILLISECONDS;

        if (!client->watches && !client->page.pending && now - client->last_request >= patience &&
            (victim == NULL || client->last_request < victim->last_request))
            victim = client;
    }
    if (victim != NULL)
        client_drop(victim, "it was silent while others waited");
    return victim != NULL;
}

/* Results that nobody reads would fill our memory as fast as somebody can send requests. */
bool client_may_request(struct client *client)
{
    uint64_t now = (uint64_t)clock_milliseconds();

    if (now / 1000 != client->second)
        client->requests = 0;
    client->second = now / 1000;
    client->last_request = now;
    client->has_spoken = true;
    if (channel_queued(client->channel) > 0) {
        client_drop(client, "it does not read the results");
        return false;
    }
    if (++client->requests > REQUESTS_MAX) {
        client_drop(client, "it sends too many requests");
        return false;
    }
    wait_for_request(client);
    return true;
}

uint64_t client_begin_page(struct client *client, const struct child *child, uint64_t client_ticket,
                           unsigned seconds)
{
    const struct timeval patience = {.tv_sec = seconds};

    client->page = (struct client_page){.pending = true,
                                        .role = child->role,
                                        .ticket = ++client->clients->tickets,
                                        .client_ticket = client_ticket};
    event_add(client->deadline, &patience);
    return client->page.ticket;
}

void client_end_page(struct client *client)
{
    client->page.pending = false;
    wait_for_request(client);
}

void client_fail_page(struct client *client, const char *problem)
{
    struct message end = message_of(MESSAGE_PAGE_END);
    char *text = memory_format("the %s %s", role_name(client->page.role), problem);

    client_end_page(client);
    end.page_end.ticket = client->page.client_ticket;
    end.page_end.problem = text;
    channel_send(client->channel, &end);
    free(text);
}

struct client *clients_find_page(struct clients *clients, uint64_t ticket)
{
    struct client *client;

    DL_FOREACH (clients->first, client) {
        if (client->page.pending && client->page.ticket == ticket)
            return client;
    }
    return NULL;
}

/* A client that watches says nothing more, and is noticed when something changes. */
static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    struct client *client = context;

    (void)socket;
    (void)events;
    if (client->page.pending)
        client_fail_page(client, "does not answer");
    else if (!client->watches)
        client_drop(client, NULL);
}

static void wait_for_request(struct client *client)
{
    const struct timeval patience = {.tv_sec = CONTROL_CLIENT_SECONDS};

    event_add(client->deadline, &patience);
}

/* A crowd must not fill the log: one line a second stands for all. */
static void log_drop(struct clients *clients, const char *reason)
{
    int64_t second = clock_seconds();
    struct log_field others = {.name = "others"};

    if (second == clients->drop_logged) {
        clients->drops++;
        return;
    }
    if (clients->drops > 0)
        others = LOG_NUMBER("others", clients->drops);
    log_info("a control client was dropped", LOG_TEXT("reason", reason), others);
    clients->drop_logged = second;
    clients->drops = 0;
}
