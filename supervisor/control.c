#include "supervisor/control.h"

#include "common/clock.h"
#include "common/memory.h"
#include "supervisor/supervisor.h"

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
    CLIENTS_MOST = 32,
    BACKLOG = 16,
    CLIENT_SECONDS = 10, /* for a question and its answer */
};

struct client {
    struct control *control;
    struct channel *channel;
    struct event *deadline;
    struct client *next, *prev;
};

struct control {
    struct supervisor *supervisor;
    char *path;
    int socket;
    struct event *readable;
    struct client *clients;
    unsigned count;
};

static int listen_at(const char *path);
static bool somebody_answers(const struct sockaddr_un *);
static void make_folder(const char *path);
static void on_connection(evutil_socket_t, short events, void *context);
static bool may_ask(int socket);
static void on_deadline(evutil_socket_t, short events, void *context);
static void on_closed(bool violation, const char *reason, void *context);
static void on_status_ask(struct message *, void *context);
static void send_worker(struct channel *, const struct child *);
static void drop(struct client *);

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_STATUS_ASK] = on_status_ask,
};

static const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};

struct control *control_new(struct supervisor *supervisor, const char *path)
{
    struct control *control;
    int socket = listen_at(path);

    if (socket < 0) {
        log_error("cannot listen at the control socket", LOG_TEXT("path", path),
                  LOG_TEXT("reason", errno == EADDRINUSE ? "another tlsrouted answers there"
                                                         : strerror(errno)));
        return NULL;
    }
    control = memory_new(1, sizeof(*control));
    control->supervisor = supervisor;
    control->path = memory_text(path);
    control->socket = socket;
    control->readable =
        event_new(supervisor->base, socket, EV_READ | EV_PERSIST, on_connection, control);
    event_add(control->readable, NULL);
    return control;
}

void control_free(struct control *control)
{
    struct client *client, *next;

    if (control == NULL)
        return;
    DL_FOREACH_SAFE (control->clients, client, next)
        drop(client);
    event_free(control->readable);
    close(control->socket);
    unlink(control->path);
    free(control->path);
    free(control);
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const char *path)
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
        close(descriptor);
        errno = EADDRINUSE;
        return -1;
    }
    unlink(path); /* left over by one that was killed */
    mask = umask(0177);
    result = bind(descriptor, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (result == 0)
        result = listen(descriptor, BACKLOG);
    if (result != 0) {
        result = errno;
        close(descriptor);
        errno = result;
        return -1;
    }
    return descriptor;
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
    const struct timeval patience = {.tv_sec = CLIENT_SECONDS};
    struct control *control = context;
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client;

    (void)events;
    if (descriptor < 0)
        return;
    if (control->count >= CLIENTS_MOST || !may_ask(descriptor)) {
        close(descriptor);
        return;
    }
    client = memory_new(1, sizeof(*client));
    client->control = control;
    client->channel = channel_new(control->supervisor->base, descriptor, ROLE_SUPERVISOR,
                                  ROLE_CONTROL, &callbacks, client);
    client->deadline = evtimer_new(control->supervisor->base, on_deadline, client);
    event_add(client->deadline, &patience);
    DL_APPEND(control->clients, client);
    control->count++;
}

/* The socket's mode says the same; this holds on file systems that ignore it. */
static bool may_ask(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void on_deadline(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    drop(context);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    if (violation)
        log_info("a control client was dropped", LOG_TEXT("reason", reason));
    drop(context);
}

/* Answers that nobody reads would gather in our memory, as fast as somebody can ask. */
static void on_status_ask(struct message *message, void *context)
{
    static const struct message end = {.type = MESSAGE_STATUS_END, .descriptor = -1};
    struct client *client = context;
    const struct supervisor *supervisor = client->control->supervisor;
    struct message daemon = message_of(MESSAGE_STATUS_DAEMON);

    (void)message;
    if (channel_queued(client->channel) > 0) {
        log_info("a control client was dropped",
                 LOG_TEXT("reason", "it does not read its answers"));
        drop(client);
        return;
    }
    daemon.status_daemon.version = PACKAGE_VERSION;
    daemon.status_daemon.pid = (uint64_t)getpid();
    daemon.status_daemon.uptime_seconds = (uint64_t)(clock_seconds() - supervisor->started);
    daemon.status_daemon.healthy = supervisor->healthy;
    daemon.status_daemon.sandbox = supervisor->sandbox;
    channel_send(client->channel, &daemon);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (supervisor->children[role].is_used)
            send_worker(client->channel, &supervisor->children[role]);
    }
    channel_send(client->channel, &end);
}

static void send_worker(struct channel *channel, const struct child *child)
{
    struct message message = message_of(MESSAGE_STATUS_WORKER);

    message.status_worker.role = child->role;
    message.status_worker.state = child_state_name(child->state);
    message.status_worker.pid = (uint64_t)child->pid;
    message.status_worker.restarts = child->restarts;
    message.status_worker.last_end = child->last_end;
    message.status_worker.healthy = child->healthy;
    message.status_worker.summary = child->summary;
    message.status_worker.sandbox = child->sandbox;
    channel_send(channel, &message);
}

static void drop(struct client *client)
{
    DL_DELETE(client->control->clients, client);
    client->control->count--;
    channel_free(client->channel);
    event_free(client->deadline);
    free(client);
}
