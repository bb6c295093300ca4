/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a request: connection, right, row of the table of requests; and the way back of the
 * pages that workers make. */
#include "supervisor/control/control.h"

#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "supervisor/control/client.h"
#include "supervisor/control/requests.h"
#include "supervisor/control/rights.h"
#include "supervisor/control/socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

struct control {
    struct control_daemon daemon;
    char *path;
    gid_t group;
    int socket;
    struct event *readable;
    struct event *changed; /* pending: watching clients get CHANGED soon */
    struct clients clients;
    channel_handler *handlers[MESSAGE_TYPES];
    struct channel_callbacks callbacks; /* of the clients' channels */
};

static void handle_requests(struct control *);
static void on_connection(evutil_socket_t, short events, void *context);
static void turn_away(struct control *, int descriptor, bool busy, const char *reason);
static void on_closed(bool violation, const char *reason, void *context);
static void on_request(struct message *, void *context);
static void on_page(struct child *, const struct message *, void *context);
static bool is_too_much(struct client_page *, const struct row_message *);
static void on_changed(evutil_socket_t, short events, void *context);

struct control *control_new(const struct control_daemon *daemon, const char *path, gid_t group)
{
    int socket = socket_listen(path, group);
    struct control *control;

    if (socket < 0)
        return NULL;
    control = memory_new(1, sizeof(*control));
    control->daemon = *daemon;
    control->path = memory_text(path);
    control->group = group;
    control->socket = socket;
    control->readable =
        loop_event(daemon->base, socket, EV_READ | EV_PERSIST, on_connection, control);
    event_add(control->readable, NULL);
    control->changed = loop_timer(daemon->base, on_changed, control);
    handle_requests(control);
    child_handle(&daemon->workers->handlers, MESSAGE_ROW, on_page, control);
    child_handle(&daemon->workers->handlers, MESSAGE_PAGE_END, on_page, control);
    return control;
}

static void handle_requests(struct control *control)
{
    for (enum message_type type = 0; type < MESSAGE_TYPES; type++) {
        if (requests_find(type) != NULL)
            control->handlers[type] = on_request;
    }
    control->callbacks =
        (struct channel_callbacks){.handlers = control->handlers, .on_closed = on_closed};
}

void control_free(struct control *control)
{
    if (control == NULL)
        return;
    while (control->clients.first != NULL)
        client_drop(control->clients.first, NULL);
    event_free(control->readable);
    event_free(control->changed);
    close(control->socket);
    unlink(control->path);
    free(control->path);
    free(control);
}

static void on_connection(evutil_socket_t listener, short events, void *context)
{
    struct control *control = context;
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    enum right right;

    (void)events;
    if (descriptor < 0)
        return;
    right = rights_of_socket(descriptor, control->group);
    if (right == RIGHT_NONE)
        turn_away(control, descriptor, false, rights_refusal(right, RIGHT_QUERY));
    else if (!clients_make_room(&control->clients))
        turn_away(control, descriptor, true, "too many clients are connected");
    else
        client_add(&control->clients, &control->daemon, descriptor, right, &control->callbacks);
}

/* Closes DESCRIPTOR, of somebody who has just connected. */
static void turn_away(struct control *control, int descriptor, bool busy, const char *reason)
{
    struct message refused = message_of(MESSAGE_REFUSED);
    struct channel *channel = channel_new(control->daemon.base, descriptor, ROLE_SUPERVISOR,
                                          ROLE_CONTROL, &control->callbacks, NULL);

    refused.refused.busy = busy;
    refused.refused.reason = reason;
    channel_send(channel, &refused);
    channel_free(channel);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    client_drop(context, violation ? reason : NULL);
}

static void on_request(struct message *message, void *context)
{
    const struct control_request *request = requests_find(message->type);
    struct client *client = context;
    struct message refused = message_of(MESSAGE_REFUSED);

    if (!client_may_request(client))
        return;
    refused.refused.reason = rights_refusal(client->right, request->needs);
    if (refused.refused.reason != NULL) {
        channel_send(client->channel, &refused);
        client_drop(client, "it may only query");
        return;
    }
    request->answer(client, message);
}

/* CHILD sent a ROW or PAGE_END, for a client that may have gone. */
static void on_page(struct child *child, const struct message *message, void *context)
{
    struct control *control = context;
    struct client *client = clients_find_page(&control->clients, message->row.ticket);
    struct message passed = *message;

    if (client == NULL)
        return;
    if (client->page.role != child->role) {
        child_kill_violator(child, "the result of a query to another worker");
        return;
    }
    if (message->type == MESSAGE_ROW && is_too_much(&client->page, &message->row)) {
        child_kill_violator(child, "a page that is too long");
        return;
    }
    passed.row.ticket = client->page.client_ticket;
    if (message->type == MESSAGE_PAGE_END) {
        passed.page_end.unhealthy = workers_unhealthy(control->daemon.workers);
        client_end_page(client);
    }
    channel_send(client->channel, &passed);
}

static bool is_too_much(struct client_page *page, const struct row_message *row)
{
    page->rows++;
    page->bytes += strlen(row->json);
    return page->rows > CLIENT_ROWS_MAX || page->bytes > CLIENT_BYTES_MAX;
}

void control_changed(struct control *control)
{
    const struct timeval delay = {.tv_sec = CONTROL_CHANGED_SECONDS};
    struct client *client, *next;

    if (control == NULL)
        return;
    DL_FOREACH_SAFE (control->clients.first, client, next) {
        const struct child *child = &control->daemon.workers->children[client->page.role];

        if (client->page.pending && child->state != CHILD_READY)
            client_fail_page(client, "ended before it answered");
    }
    if (control->clients.watching > 0 && !event_pending(control->changed, EV_TIMEOUT, NULL))
        event_add(control->changed, &delay);
}

static void on_changed(evutil_socket_t socket, short events, void *context)
{
    static const struct message changed = {.type = MESSAGE_CHANGED, .descriptor = -1};
    struct control *control = context;
    struct client *client, *next;

    (void)socket;
    (void)events;
    DL_FOREACH_SAFE (control->clients.first, client, next) {
        if (client->watches && channel_queued(client->channel) > 0)
            client_drop(client, "it does not read what it watches");
        else if (client->watches)
            channel_send(client->channel, &changed);
    }
}
