/* tlsroutectl status: asks a running tlsrouted over its control socket. */
#include "common/channel.h"
#include "ctl/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ANSWER_SECONDS = 5
};

/* A question under way. */
struct question {
    struct event_base *base;
    bool healthy, complete; /* what the answer said, and whether it came to its end */
};

static int ask(const char *socket_path);
static int connect_to(const char *path);
static void on_status_daemon(struct message *, void *context);
static void on_status_worker(struct message *, void *context);
static void on_status_end(struct message *, void *context);
static void on_closed(bool violation, const char *reason, void *context);

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static channel_handler *const handlers[MESSAGE_TYPES] = {
    [MESSAGE_STATUS_DAEMON] = on_status_daemon,
    [MESSAGE_STATUS_WORKER] = on_status_worker,
    [MESSAGE_STATUS_END] = on_status_end,
};

static const struct channel_callbacks callbacks = {.handlers = handlers, .on_closed = on_closed};

int status_run(int argc, char **argv, const struct ctl_globals *globals)
{
    const char *socket_path = globals->socket_path;

    for (int option; (option = getopt_long(argc, argv, "s:h", options, NULL)) != -1;) {
        switch (option) {
        case 's':
            socket_path = optarg;
            break;
        case 'h':
            return ctl_usage(stdout, CTL_FINE);
        default:
            return ctl_usage(stderr, CTL_USAGE);
        }
    }
    if (optind != argc)
        return ctl_usage(stderr, CTL_USAGE);
    return ask(socket_path);
}

static int ask(const char *socket_path)
{
    static const struct message status_ask = {.type = MESSAGE_STATUS_ASK, .descriptor = -1};
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    struct question question = {0};
    int descriptor = connect_to(socket_path);
    struct channel *channel;

    if (descriptor < 0) {
        fprintf(stderr, "tlsroutectl: %s: %s; is tlsrouted running, and may you ask it?\n",
                socket_path, strerror(errno));
        return CTL_NO_ANSWER;
    }
    question.base = event_base_new();
    channel = channel_new(question.base, descriptor, ROLE_CONTROL, ROLE_SUPERVISOR, &callbacks,
                          &question);
    channel_send(channel, &status_ask);
    event_base_loopexit(question.base, &patience);
    event_base_dispatch(question.base);
    if (!question.complete)
        fprintf(stderr, "tlsroutectl: no complete answer within %d seconds\n", ANSWER_SECONDS);
    channel_free(channel);
    event_base_free(question.base);
    if (!question.complete)
        return CTL_NO_ANSWER;
    return question.healthy ? CTL_FINE : CTL_NOT_SO;
}

/* Returns the connected socket, or -1 with errno set. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int error = errno;

        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

static void on_status_daemon(struct message *message, void *context)
{
    struct question *question = context;
    const struct status_daemon_message *daemon = &message->status_daemon;
    unsigned long long uptime = daemon->uptime_seconds;

    printf("tlsrouted %s, pid %llu, up %llud %02llu:%02llu:%02llu, %s\n", daemon->version,
           (unsigned long long)daemon->pid, uptime / 86400, uptime / 3600 % 24, uptime / 60 % 60,
           uptime % 60, daemon->healthy ? "healthy" : "NOT healthy");
    printf("sandbox: %s\n", daemon->sandbox);
    printf("%-12s %-9s %8s %8s  %s\n", "WORKER", "STATE", "PID", "RESTARTS", "STATUS");
    question->healthy = daemon->healthy;
}

static void on_status_worker(struct message *message, void *context)
{
    const struct status_worker_message *worker = &message->status_worker;

    (void)context;
    printf("%-12s %-9s %8llu %8llu  %s%s\n", role_name((enum role)worker->role), worker->state,
           (unsigned long long)worker->pid, (unsigned long long)worker->restarts,
           worker->healthy ? "" : "not in sync: ", worker->summary);
    if (worker->sandbox[0] != '\0')
        printf("%-12s sandbox: %s\n", "", worker->sandbox);
    if (worker->last_end[0] != '\0')
        printf("%-12s last end: %s\n", "", worker->last_end);
}

static void on_status_end(struct message *message, void *context)
{
    struct question *question = context;

    (void)message;
    question->complete = true;
    event_base_loopbreak(question->base);
}

static void on_closed(bool violation, const char *reason, void *context)
{
    struct question *question = context;

    (void)violation;
    fprintf(stderr, "tlsroutectl: the daemon ended the conversation: %s\n", reason);
    event_base_loopbreak(question->base);
}
