/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/daemon/session.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_TRIES = 50,
    BUSY_MILLISECONDS = 100, /* to 200, between two tries */
};

struct session {
    const char *path;
    int socket;
    uint64_t tickets;
    bool quiet;
    char bytes[MESSAGE_BYTES_MAX];
};

/* What came of a try to receive. */
enum outcome {
    OUTCOME_MESSAGE,
    OUTCOME_LATE,
    OUTCOME_GONE,
    OUTCOME_NONSENSE
};

static int connect_to(const char *path);
static void send_message(const struct session *, const struct message *);
static enum outcome receive(struct session *, struct message *, unsigned milliseconds);
static bool explain(const struct session *, enum outcome, struct message *);
static void complain(const struct session *, const char *text);
static void wait_a_bit(void);
static bool take_page(struct session *, struct message *first, struct json_object *rows,
                      char **after, bool *more);

struct session *session_open(const char *path)
{
    struct session *session;
    int descriptor = connect_to(path);

    if (descriptor < 0) {
        fprintf(stderr, "tlsroutectl: %s: %s; is tlsrouted running, and may you ask it?\n", path,
                strerror(errno));
        return NULL;
    }
    session = memory_new(1, sizeof(*session));
    session->path = path;
    session->socket = descriptor;
    return session;
}

void session_close(struct session *session)
{
    if (session == NULL)
        return;
    if (session->socket >= 0)
        close(session->socket);
    free(session);
}

void session_be_quiet(struct session *session, bool quiet)
{
    session->quiet = quiet;
}

/* Who is turned away at the door, or has to give way to others, may come again. */
bool session_ask(struct session *session, const struct message *question, struct message *answer)
{
    enum outcome outcome = OUTCOME_GONE;

    for (int tries = 0; tries < BUSY_TRIES; tries++) {
        if (session->socket < 0)
            session->socket = connect_to(session->path);
        if (session->socket < 0)
            break;
        send_message(session, question);
        outcome = receive(session, answer, SESSION_MILLISECONDS);
        if (outcome != OUTCOME_GONE && !(outcome == OUTCOME_MESSAGE &&
                                         answer->type == MESSAGE_REFUSED && answer->refused.busy))
            break;
        close(session->socket);
        session->socket = -1;
        if (tries + 1 < BUSY_TRIES) {
            if (outcome == OUTCOME_MESSAGE)
                message_clear(answer);
            wait_a_bit();
        }
    }
    return explain(session, outcome, answer);
}

bool session_next(struct session *session, struct message *answer, unsigned milliseconds)
{
    return explain(session, receive(session, answer, milliseconds), answer);
}

struct json_object *session_rows(struct session *session, enum view view, const char *namespace,
                                 const char *name)
{
    struct json_object *rows = json_object_new_array();
    struct message question = message_of(MESSAGE_QUERY), answer;
    char *after = NULL;
    bool more = true, good = true;

    question.query.view = view;
    question.query.namespace = namespace;
    question.query.name = name;
    while (more && good) {
        question.query.ticket = ++session->tickets;
        question.query.after = after;
        good = session_ask(session, &question, &answer) &&
               take_page(session, &answer, rows, &after, &more);
    }
    free(after);
    if (!good) {
        json_object_put(rows);
        return NULL;
    }
    return rows;
}

/* FIRST is taken over. */
static bool take_page(struct session *session, struct message *first, struct json_object *rows,
                      char **after, bool *more)
{
    struct message message = *first;
    bool good = true;

    while (good && message.type == MESSAGE_ROW) {
        const char *problem;
        struct json_object *row = json_decode(message.row.json, strlen(message.row.json), &problem);

        json_object_array_add(rows, row);
        message_clear(&message);
        good = session_next(session, &message, SESSION_MILLISECONDS);
    }
    if (!good)
        return false;
    if (message.type != MESSAGE_PAGE_END || message.page_end.problem[0] != '\0') {
        complain(session, message.type == MESSAGE_PAGE_END ? message.page_end.problem
                                                           : "an answer to another question");
        good = false;
    } else {
        memory_replace(after, message.page_end.next);
        *more = message.page_end.more;
    }
    message_clear(&message);
    return good;
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

/* If the daemon has closed its end it has said why before: that is still to be read. */
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
        ready = poll(&waiting, 1, milliseconds > 0 ? (int)milliseconds : -1);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return OUTCOME_LATE;
    size = recv(session->socket, session->bytes, sizeof(session->bytes), 0);
    if (size < 0 && errno == ECONNRESET) /* told once, before what came until then */
        size = recv(session->socket, session->bytes, sizeof(session->bytes), 0);
    if (size <= 0)
        return OUTCOME_GONE;
    if (message_decode(session->bytes, (size_t)size, message) != NULL)
        return OUTCOME_NONSENSE;
    if (message_allowed(message->type, ROLE_SUPERVISOR, ROLE_CONTROL))
        return OUTCOME_MESSAGE;
    message_clear(message);
    return OUTCOME_NONSENSE;
}

/* Returns whether there is an answer; if not it says why, and *MESSAGE is released. */
static bool explain(const struct session *session, enum outcome outcome, struct message *message)
{
    static const char *const texts[] = {
        [OUTCOME_LATE] = "no answer in time",
        [OUTCOME_GONE] = "tlsrouted ended the conversation",
        [OUTCOME_NONSENSE] = "the answer cannot be understood; are tlsroutectl and tlsrouted of "
                             "one version?",
    };

    if (outcome != OUTCOME_MESSAGE) {
        complain(session, texts[outcome]);
        return false;
    }
    if (message->type != MESSAGE_REFUSED)
        return true;
    complain(session, message->refused.reason);
    message_clear(message);
    return false;
}

static void complain(const struct session *session, const char *text)
{
    char *clean = text_clean(text, strlen(text));

    if (!session->quiet)
        fprintf(stderr, "tlsroutectl: %s\n", clean);
    free(clean);
}

/* Not all at the same time again. */
static void wait_a_bit(void)
{
    unsigned milliseconds = BUSY_MILLISECONDS + (unsigned)getpid() % BUSY_MILLISECONDS;
    const struct timespec delay = {.tv_nsec = (long)milliseconds * 1000000};

    nanosleep(&delay, NULL);
}
