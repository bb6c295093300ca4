/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/control/control.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "supervisor/control/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utlist.h>

enum {
    CLIENTS_MAX = 64,
    BACKLOG = 128,
    REQUESTS_MAX = 2000, /* of one client in a second */
};

static int listen_at(const char *path, gid_t group);
static int give_up(int socket, const char *path);
static int open_to(int socket, const char *path, gid_t group);
static bool somebody_answers(const struct sockaddr_un *);
static void make_folder(const char *path);
static void on_connection(evutil_socket_t, short events, void *context);
static bool make_room(struct control *);
static void turn_away(struct control *, int descriptor, bool busy, const char *reason);
static void on_deadline(evutil_socket_t, short events, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_request(struct message *, void *context);
static bool is_bearable(struct client *);
static void on_tell(evutil_socket_t, short events, void *context);
static void tell_drop(struct control *, const char *reason);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_STATUS_QUERY] = on_request,   [MESSAGE_QUERY] = on_request,
    [MESSAGE_WATCH_QUERY] = on_request,    [MESSAGE_RESYNC_COMMAND] = on_request,
    [MESSAGE_RELOAD_COMMAND] = on_request, [MESSAGE_LEVEL_QUERY] = on_request,
    [MESSAGE_LEVEL_COMMAND] = on_request,
};

static const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};

struct control *control_new(struct supervisor *supervisor, const char *path, gid_t group)
{
    struct control *control;
    int socket = listen_at(path, group);

    if (socket < 0) {
        log_error("cannot listen at the control socket", LOG_TEXT("path", path),
                  LOG_TEXT("reason", errno == EADDRINUSE ? "another tlsrouted answers there"
                                     : errno == ENOTSUP ? "it cannot be given to control.group; be "
                                                          "root, or a member of that group"
                                                        : strerror(errno)));
        return NULL;
    }
    control = memory_new(1, sizeof(*control));
    control->supervisor = supervisor;
    control->path = memory_text(path);
    control->group = group;
    control->socket = socket;
    control->readable =
        loop_event(supervisor->base, socket, EV_READ | EV_PERSIST, on_connection, control);
    event_add(control->readable, NULL);
    control->tell = loop_timer(supervisor->base, on_tell, control);
    return control;
}

void control_free(struct control *control)
{
    struct client *client, *next;

    if (control == NULL)
        return;
    DL_FOREACH_SAFE (control->clients, client, next)
        control_drop(client, NULL);
    event_free(control->readable);
    event_free(control->tell);
    close(control->socket);
    unlink(control->path);
    free(control->path);
    free(control);
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const char *path, gid_t group)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask;
    int result;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (descriptor < 0)
        return -1;
    make_folder(path);
    if (somebody_answers(&address)) {
        errno = EADDRINUSE;
        return give_up(descriptor, NULL);
    }
    unlink(path); /* left over by one that was killed */
    mask = umask(0177);
    result = bind(descriptor, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (result != 0)
        return give_up(descriptor, NULL);
    return open_to(descriptor, path, group) == 0 ? descriptor : give_up(descriptor, path);
}

/* Closes SOCKET, which was bound to PATH unless that is NULL. Returns -1, errno as it is. */
static int give_up(int socket, const char *path)
{
    int error = errno;

    if (path != NULL)
        unlink(path);
    close(socket);
    errno = error;
    return -1;
}

/* The kernel keeps strangers away, so that they cannot even use up the places of others. Returns 0,
 * or -1 with errno set. */
static int open_to(int socket, const char *path, gid_t group)
{
    if (group != RIGHTS_NO_GROUP && chown(path, (uid_t)-1, group) != 0) {
        if (errno == EPERM)
            errno = ENOTSUP; /* EPERM of bind() means something else */
        return -1;
    }
    if (group != RIGHTS_NO_GROUP && chmod(path, 0660) != 0)
        return -1;
    return listen(socket, BACKLOG);
}

static bool somebody_answers(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool answers = descriptor >= 0 &&
                   connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) == 0;

    if (descriptor >= 0)
        close(descriptor);
    return answers;
}

/* /run is empty after a boot. If this fails, bind() says why. */
static void make_folder(const char *path)
{
    char *folder = memory_text(path);
    char *slash = strrchr(folder, '/');

    if (slash != NULL && slash != folder) {
        *slash = '\0';
        mkdir(folder, 0755);
    }
    free(folder);
}

static void on_connection(evutil_socket_t listener, short events, void *context)
{
    const struct timeval patience = {.tv_sec = CONTROL_CLIENT_SECONDS};
    struct control *control = context;
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client;
    enum right right;

    (void)events;
    if (descriptor < 0)
        return;
    right = rights_of_socket(descriptor, control->group);
    if (right == RIGHT_NONE) {
        turn_away(control, descriptor, false, rights_refusal(right, MESSAGE_STATUS_QUERY));
        return;
    }
    if (!make_room(control)) {
        turn_away(control, descriptor, true, "too many others ask");
        return;
    }
    client = memory_new(1, sizeof(*client));
    client->control = control;
    client->right = right;
    client->last = (uint64_t)clock_milliseconds();
    client->channel = channel_new(control->supervisor->base, descriptor, ROLE_SUPERVISOR,
                                  ROLE_CONTROL, &callbacks, client);
    client->deadline = loop_timer(control->supervisor->base, on_deadline, client);
    event_add(client->deadline, &patience);
    DL_APPEND(control->clients, client);
    control->count++;
}

/* Whether there is a place; if not, who has been silent for the longest time has to go. */
static bool make_room(struct control *control)
{
    uint64_t now = (uint64_t)clock_milliseconds();
    struct client *client, *victim = NULL;

    if (control->count < CLIENTS_MAX)
        return true;
    DL_FOREACH (control->clients, client) {
        uint64_t patience = client->asked ? CONTROL_IDLE_MILLISECONDS : CONTROL_MUTE_MILLISECONDS;

        if (!client->watches && !client->question.open && now - client->last >= patience &&
            (victim == NULL || client->last < victim->last))
            victim = client;
    }
    if (victim != NULL)
        control_drop(victim, "it was silent while others waited");
    return victim != NULL;
}

/* Closes DESCRIPTOR, of somebody who has just connected. */
static void turn_away(struct control *control, int descriptor, bool busy, const char *reason)
{
    struct message refused = message_of(MESSAGE_REFUSED);
    struct channel *channel = channel_new(control->supervisor->base, descriptor, ROLE_SUPERVISOR,
                                          ROLE_CONTROL, &callbacks, NULL);

    refused.refused.busy = busy;
    refused.refused.reason = reason;
    channel_send(channel, &refused);
    channel_free(channel);
}

/* Who watches is heard of when something changes. */
static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    struct client *client = context;

    (void)socket;
    (void)events;
    if (client->question.open)
        control_give_up(client, "does not answer");
    else if (!client->watches)
        control_drop(client, NULL);
}

void control_close_question(struct client *client)
{
    const struct timeval patience = {.tv_sec = CONTROL_CLIENT_SECONDS};

    client->question.open = false;
    event_add(client->deadline, &patience);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    control_drop(context, violation ? reason : NULL);
}

static void on_request(struct message *message, void *context)
{
    const struct timeval patience = {.tv_sec = CONTROL_CLIENT_SECONDS};
    struct client *client = context;
    struct message refused = message_of(MESSAGE_REFUSED);

    if (!is_bearable(client))
        return;
    refused.refused.reason = rights_refusal(client->right, message->type);
    if (refused.refused.reason != NULL) {
        channel_send(client->channel, &refused);
        control_drop(client, "it asked for what it may not have");
        return;
    }
    event_add(client->deadline, &patience);
    control_answer(client, message);
}

/* Answers that nobody reads would gather in our memory, as fast as somebody can ask. */
static bool is_bearable(struct client *client)
{
    uint64_t now = (uint64_t)clock_milliseconds();

    if (now / 1000 != client->second)
        client->requests = 0;
    client->second = now / 1000;
    client->last = now;
    client->asked = true;
    if (channel_queued(client->channel) > 0) {
        control_drop(client, "it does not read its answers");
        return false;
    }
    if (++client->requests > REQUESTS_MAX) {
        control_drop(client, "it asks too much");
        return false;
    }
    return true;
}

void control_changed(struct control *control)
{
    const struct timeval delay = {.tv_sec = CONTROL_CHANGED_SECONDS};
    struct client *client, *next;

    if (control == NULL)
        return;
    DL_FOREACH_SAFE (control->clients, client, next) {
        if (client->question.open &&
            control->supervisor->children[client->question.role].state != CHILD_READY)
            control_give_up(client, "ended before it answered");
    }
    if (control->watching > 0 && !event_pending(control->tell, EV_TIMEOUT, NULL))
        event_add(control->tell, &delay);
}

static void on_tell(evutil_socket_t socket, short events, void *context)
{
    static const struct message changed = {.type = MESSAGE_CHANGED, .descriptor = -1};
    struct control *control = context;
    struct client *client, *next;

    (void)socket;
    (void)events;
    DL_FOREACH_SAFE (control->clients, client, next) {
        if (client->watches && channel_queued(client->channel) > 0)
            control_drop(client, "it does not read what it watches");
        else if (client->watches)
            channel_send(client->channel, &changed);
    }
}

void control_drop(struct client *client, const char *reason)
{
    struct control *control = client->control;

    if (reason != NULL)
        tell_drop(control, reason);
    DL_DELETE(control->clients, client);
    control->count--;
    control->watching -= client->watches ? 1 : 0;
    channel_free(client->channel);
    event_free(client->deadline);
    free(client);
}

/* A crowd must not fill the log: one line a second stands for all. */
static void tell_drop(struct control *control, const char *reason)
{
    int64_t second = clock_seconds();
    struct log_field others = {.name = "others"};

    if (second == control->drop_told) {
        control->drops++;
        return;
    }
    if (control->drops > 0)
        others = LOG_NUMBER("others", control->drops);
    log_info("a control client was dropped", LOG_TEXT("reason", reason), others);
    control->drop_told = second;
    control->drops = 0;
}
