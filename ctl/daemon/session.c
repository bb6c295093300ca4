/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon turns clients away when it is busy, and drops those that are in the way of others.
 * Both are handled here, so that commands either get a reply or a reason to print. */
#include "ctl/daemon/session.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define UNEXPECTED_REPLY "tlsrouted sent an unexpected reply"

enum {
    BUSY_TRIES = 50
};

struct session {
    const char *path;
    int socket;       /* -1: not connected */
    int64_t deadline; /* clock_milliseconds(); 0: none */
    uint64_t tickets; /* used so far */
    char *problem;    /* or NULL */
    char bytes[MESSAGE_BYTES_MAX];
    uint64_t unhealthy; /* workers, of the last page */
};

/* What came of waiting for a message. */
enum outcome {
    OUTCOME_MESSAGE,
    OUTCOME_LATE,
    OUTCOME_CLOSED,
    OUTCOME_INVALID,
    OUTCOME_UNREACHABLE, /* session_problem() says why */
};

static enum outcome try(struct session *, const struct message *, struct message *reply);
static bool is_worth_another_try(enum outcome, const struct message *reply);
static bool connect_to_daemon(struct session *);
static void limit_sending(const struct session *);
static void disconnect(struct session *);
static void explain_unreachable(struct session *, int error);
static void send_message(const struct session *, const struct message *);
static enum outcome receive(struct session *, struct message *, unsigned milliseconds);
static int wait_milliseconds(const struct session *, unsigned milliseconds);
static bool conclude(struct session *, enum outcome, struct message *);
static bool has_time_to_retry(const struct session *);
static void pause_before_retry(void);
static bool read_page(struct session *, struct message *first, struct json_object *rows,
                      char **after, bool *more);

struct session *session_new(const char *path, unsigned milliseconds)
{
    struct session *session = memory_new(1, sizeof(*session));

    session->path = path;
    session->socket = -1;
    session->deadline = milliseconds > 0 ? clock_milliseconds() + milliseconds : 0;
    return session;
}

void session_free(struct session *session)
{
    disconnect(session);
    free(session->problem);
    free(session);
}

uint64_t session_unhealthy(const struct session *session)
{
    return session->unhealthy;
}

const char *session_problem(const struct session *session)
{
    return session->problem != NULL ? session->problem : UNEXPECTED_REPLY;
}

bool session_exchange(struct session *session, const struct message *message, struct message *reply)
{
    enum outcome outcome = try(session, message, reply);

    for (int tries = 1;
         tries < BUSY_TRIES && is_worth_another_try(outcome, reply) && has_time_to_retry(session);
         tries++) {
        if (outcome == OUTCOME_MESSAGE)
            message_clear(reply);
        disconnect(session);
        pause_before_retry();
        outcome = try(session, message, reply);
    }
    return conclude(session, outcome, reply);
}

bool session_receive(struct session *session, struct message *reply, unsigned milliseconds)
{
    return conclude(session, receive(session, reply, milliseconds), reply);
}

struct json_object *session_query(struct session *session, enum view view, const char *namespace,
                                  const char *name)
{
    struct json_object *rows = json_object_new_array();
    struct message query = message_of(MESSAGE_QUERY), reply;
    char *after = NULL;
    bool more = true, ok = true;

    query.query.view = view;
    query.query.namespace = namespace;
    query.query.name = name;
    while (more && ok) {
        query.query.ticket = ++session->tickets;
        query.query.after = after;
        ok = session_exchange(session, &query, &reply) &&
             read_page(session, &reply, rows, &after, &more);
    }
    free(after);
    if (ok)
        return rows;
    json_object_put(rows);
    return NULL;
}

struct json_object *session_page(struct session *session, const struct message *request)
{
    struct json_object *rows = json_object_new_array();
    struct message reply;
    char *after = NULL;
    bool more;

    if (!session_exchange(session, request, &reply) ||
        !read_page(session, &reply, rows, &after, &more)) {
        json_object_put(rows);
        rows = NULL;
    }
    free(after);
    return rows;
}

/* Appends the rows of a page that begins with FIRST, which is released, to ROWS. If there are MORE,
 * they come AFTER. */
static bool read_page(struct session *session, struct message *first, struct json_object *rows,
                      char **after, bool *more)
{
    struct message message = *first;
    bool ok = true;

    while (ok && message.type == MESSAGE_ROW) {
        const char *problem;
        struct json_object *row = json_decode(message.row.json, strlen(message.row.json), &problem);

        json_object_array_add(rows, row);
        message_clear(&message);
        ok = session_receive(session, &message, CTL_REPLY_MILLISECONDS);
    }
    if (!ok)
        return false;
    if (message.type != MESSAGE_PAGE_END || message.page_end.problem[0] != '\0') {
        memory_replace(&session->problem, message.type == MESSAGE_PAGE_END
                                              ? message.page_end.problem
                                              : UNEXPECTED_REPLY);
        ok = false;
    } else {
        memory_replace(after, message.page_end.next);
        *more = message.page_end.more;
        session->unhealthy = message.page_end.unhealthy;
    }
    message_clear(&message);
    return ok;
}

static enum outcome try(struct session *session, const struct message *message,
                        struct message *reply)
{
    if (session->socket < 0 && !connect_to_daemon(session))
        return OUTCOME_UNREACHABLE;
    send_message(session, message);
    return receive(session, reply, CTL_REPLY_MILLISECONDS);
}

/* Whoever is turned away, or has to make room for others, may come again. */
static bool is_worth_another_try(enum outcome outcome, const struct message *reply)
{
    return outcome == OUTCOME_CLOSED ||
           (outcome == OUTCOME_MESSAGE && reply->type == MESSAGE_REFUSED && reply->refused.busy);
}

static bool connect_to_daemon(struct session *session)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(session->path) >= sizeof(address.sun_path)) {
        explain_unreachable(session, ENAMETOOLONG);
        return false;
    }
    strcpy(address.sun_path, session->path);
    session->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (session->socket >= 0)
        limit_sending(session);
    if (session->socket >= 0 &&
        connect(session->socket, (struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    explain_unreachable(session, errno);
    disconnect(session);
    return false;
}

/* connect() and send() block while the daemon is too busy to accept or to read. */
static void limit_sending(const struct session *session)
{
    int milliseconds = wait_milliseconds(session, 0);
    const struct timeval limit = {.tv_sec = milliseconds / 1000,
                                  .tv_usec = milliseconds % 1000 * 1000 + 1}; /* 0: no limit */

    if (milliseconds >= 0)
        setsockopt(session->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static void disconnect(struct session *session)
{
    if (session->socket >= 0)
        close(session->socket);
    session->socket = -1;
}

static void explain_unreachable(struct session *session, int error)
{
    const char *advice = "";
    struct stat file;

    if (error == ECONNREFUSED && stat(session->path, &file) == 0 && !S_ISSOCK(file.st_mode))
        error = ENOTSOCK;
    if (error == EACCES || error == EPERM)
        advice = ". Run this as root, as the user that tlsrouted runs as, or as a member of its "
                 "control group.";
    else if (error == ENOENT || error == ECONNREFUSED)
        advice = ". Is the service running?";
    free(session->problem);
    session->problem =
        memory_format("cannot reach tlsrouted at %s: %s%s", session->path, strerror(error), advice);
}

/* An error is ignored: if the daemon has closed the connection, it has sent the reason before,
 * which is still to be received. */
static void send_message(const struct session *session, const struct message *message)
{
    msgpack_sbuffer buffer;
    ssize_t ignored;

    msgpack_sbuffer_init(&buffer);
    message_encode(message, &buffer);
    ignored = send(session->socket, buffer.data, buffer.size, MSG_NOSIGNAL);
    (void)ignored;
    msgpack_sbuffer_destroy(&buffer);
}

static enum outcome receive(struct session *session, struct message *message, unsigned milliseconds)
{
    struct pollfd waiting = {.fd = session->socket, .events = POLLIN};
    ssize_t size;
    int ready;

    do {
        ready = poll(&waiting, 1, wait_milliseconds(session, milliseconds));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return OUTCOME_LATE;
    size = recv(session->socket, session->bytes, sizeof(session->bytes), 0);
    if (size < 0 && errno == ECONNRESET) /* reported once, before what has come until then */
        size = recv(session->socket, session->bytes, sizeof(session->bytes), 0);
    if (size <= 0)
        return OUTCOME_CLOSED;
    if (message_decode(session->bytes, (size_t)size, message) != NULL)
        return OUTCOME_INVALID;
    if (message_allowed(message->type, ROLE_SUPERVISOR, ROLE_CONTROL))
        return OUTCOME_MESSAGE;
    message_clear(message);
    return OUTCOME_INVALID;
}

/* For poll(2): MILLISECONDS (0: no limit), or less if the session ends before. */
static int wait_milliseconds(const struct session *session, unsigned milliseconds)
{
    int64_t left = session->deadline - clock_milliseconds();

    if (session->deadline == 0 || (milliseconds > 0 && milliseconds < left))
        return milliseconds > 0 ? (int)milliseconds : -1;
    return left > 0 ? (int)left : 0;
}

/* Returns whether OUTCOME is a reply to be used; if not, *MESSAGE is released. */
static bool conclude(struct session *session, enum outcome outcome, struct message *message)
{
    static const char *const texts[] = {
        [OUTCOME_LATE] = "tlsrouted did not reply in time",
        [OUTCOME_CLOSED] = "tlsrouted closed the connection",
        [OUTCOME_INVALID] = "tlsrouted sent an invalid reply; check that tlsroutectl and tlsrouted "
                            "are the same version",
    };

    if (outcome == OUTCOME_MESSAGE && message->type != MESSAGE_REFUSED)
        return true;
    if (outcome == OUTCOME_MESSAGE) {
        memory_replace(&session->problem, message->refused.reason);
        message_clear(message);
    } else if (outcome != OUTCOME_UNREACHABLE) {
        memory_replace(&session->problem, texts[outcome]);
    }
    return false;
}

static bool has_time_to_retry(const struct session *session)
{
    return session->deadline == 0 ||
           clock_milliseconds() + CTL_BUSY_MILLISECONDS < session->deadline;
}

/* Clients that were turned away together do not come again together. */
static void pause_before_retry(void)
{
    unsigned milliseconds = CTL_BUSY_MILLISECONDS + (unsigned)getpid() % CTL_BUSY_MILLISECONDS;
    const struct timespec delay = {.tv_nsec = (long)milliseconds * 1000000};

    nanosleep(&delay, NULL);
}
