/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the API client share: a TLS server in this process, on the same event loop,
 * with certificates made at the start; a client of it; and what became of each request. */
#ifndef TLSROUTED_TESTS_UNIT_API_SERVER_H
#define TLSROUTED_TESTS_UNIT_API_SERVER_H

#include "common/api/api.h"
#include "common/api/status.h"
#include "tests/unit/check.h"
#include "tests/unit/identity.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <openssl/ssl.h>

enum {
    LARGE_BODY = 100 * 1000 /* bytes of /large and /largeerror */
};

/* How a call went on, copied from its callbacks. */
struct outcome {
    int ended;
    enum api_error error;
    int status;
    char reason[API_REASON_MAX + 1];
    char message[API_MESSAGE_MAX + 1];
    char etag[512];
    unsigned retry_after;
    struct json_object *body;
    struct evbuffer *data;
    size_t data_calls;
    struct api_call *call;
    bool cancel_on_data, pause_on_data;
    bool has_enough, is_whole; /* what is said of a body in parts */
    struct api_call *cancel_other;
    struct outcome *send_on_data, *send_on_done;
};

extern struct identity authority, stranger, server_identity, client_identity;

struct world {
    struct event_base *base;
    SSL_CTX *tls;
    struct evhttp *http;
    uint16_t port;
    struct evhttp_request *stream; /* of /stream or /silent, until its connection is closed */
    unsigned streams;              /* that the server has got */
    unsigned requests;             /* likewise */
    struct api *api;
    uint16_t connect_to; /* the port of the connections that the client is given */
    unsigned connects;   /* connections that the client has requested */
    bool hold_connections;
    unsigned connections_max; /* of the client that is opened next; 0: any number */
    unsigned seen;            /* a bit for each NUMBER of /stream?NUMBER that has come */
    unsigned idle_seconds;    /* likewise: how long its streams may be silent */
    unsigned crowded;         /* how often the client has said that it has too many streams */
    int log, saved_stderr;
};
extern struct world world;

/* For all tests of a program: makes the identities, and ends a program that hangs. */
int make_identities(void **state);
int free_identities(void **state);

/* For each test: the server is up, standard error goes to the log, and there is no client yet. */
int set_up(void **state);
int tear_down(void **state);
#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Starts the server again after evhttp_free() and SSL_CTX_free(). */
void start_server(void);

/* Sends a chunk of the open stream. */
void send_chunk(const char *text);

/* Runs the loop until the server has noticed that the client has closed the open stream. */
void run_until_stream_is_closed(void);

/* A client of the server, or of another one. */
void open_client(void);
void open_client_at(const char *host, uint16_t port, const char *ca_pem);

/* The api_connect of these clients. */
void request_connection(void *context);

/* Requests whose OUTCOME is cleared with clear(). get() waits for the end. */
void send_get(struct outcome *outcome, const char *path);
void send_stream(struct outcome *outcome, const char *path);
void send_for_parts(struct outcome *outcome, const char *path);
struct outcome get(const char *path);
void on_done(const struct api_result *result, void *outcome);
void clear(struct outcome *outcome);

/* How many of the COUNT outcomes have ended. */
size_t ended(const struct outcome *outcomes, size_t count);

/* Whether TEXT is all that has come. */
bool has_data(const struct outcome *outcome, const char *text);

/* The text of a member of the body. */
const char *member(const struct outcome *outcome, const char *name);

/* How often TEXT was logged since the test began. */
unsigned logged(const char *text);

/* Runs the loop until CONDITION holds; the watchdog ends a test that never gets there. */
#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        while (!(condition))                                                                       \
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);                    \
    } while (0)

#endif
