/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter knows only what the supervisor reported last, so a request waits until that is
 * fresh; one query serves all requests that wait. */
#include "exporter/http.h"

#include "common/base/backoff.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "exporter/accept.h"
#include "exporter/guard.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct http {
    struct event_base *base;
    const struct state *state;
    http_query *query;
    void *context;
    struct evhttp *server;
    struct guard *guard;
    SSL_CTX *tls; /* or NULL */
    TAILQ_HEAD(, waiting) waiting;
    unsigned waiting_count;
    struct event *timeout; /* of the query that is under way; pending only then */
    uint64_t refreshed;    /* monotonic microseconds; 0: never */
};

typedef int page(const struct http *, struct evhttp_request *, struct evbuffer *);

/* A request that waits for the state to be refreshed. */
struct waiting {
    struct evhttp_request *request;
    page *write;
    TAILQ_ENTRY(waiting) link;
};

static page write_metrics, write_livez, write_readyz;
static struct bufferevent *on_connection(struct event_base *, void *context);
static struct bufferevent *secure(struct event_base *, SSL_CTX *);
static void on_request(struct evhttp_request *, void *context);
static page *page_at(const char *path);
static void wait_for_state(struct http *, struct evhttp_request *, page *);
static struct waiting *next_waiting(struct http *);
static void on_timeout(evutil_socket_t, short events, void *context);
static void serve(const struct http *, struct evhttp_request *, page *);
static int write_health(const struct http *, struct evhttp_request *, bool ready,
                        struct evbuffer *);
static bool is_verbose(struct evhttp_request *);
static const char *header_in(struct evhttp_request *, const char *name);
static void set_header(struct evhttp_request *, const char *name, const char *value);
static void refuse(struct evhttp_request *, int status, const char *text);
static struct evbuffer *new_body(void);
static void send_reply(struct evhttp_request *, int status, struct evbuffer *);

static const struct {
    const char *path;
    page *write;
} pages[] = {{"/metrics", write_metrics}, {"/livez", write_livez}, {"/readyz", write_readyz}};

struct http *http_new(struct event_base *base, const struct state *state, http_query *query,
                      void *context)
{
    struct http *http = memory_new(1, sizeof(*http));

    http->base = base;
    http->state = state;
    http->query = query;
    http->context = context;
    TAILQ_INIT(&http->waiting);
    http->timeout = loop_timer(base, on_timeout, http);
    http->guard = guard_new(base, GUARD_CONNECTIONS, GUARD_MILLISECONDS);
    http->server = evhttp_new(base);
    if (http->server == NULL)
        memory_out();
    evhttp_set_max_headers_size(http->server, HTTP_HEADERS_BYTES);
    evhttp_set_max_body_size(http->server, HTTP_BODY_BYTES);
    evhttp_set_timeout(http->server, HTTP_SILENCE_SECONDS);
    /* evhttp answers all others with 501. */
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                                 EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
                                                 EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    evhttp_set_bevcb(http->server, on_connection, http);
    evhttp_set_gencb(http->server, on_request, http);
    return http;
}

int http_listen(struct http *http, int descriptor)
{
    struct evhttp_bound_socket *bound = evhttp_accept_socket_with_handle(http->server, descriptor);

    if (bound == NULL) {
        errno = EINVAL;
        return -1;
    }
    guard_listener(http->guard, evhttp_bound_socket_get_listener(bound));
    return 0;
}

void http_use_tls(struct http *http, SSL_CTX *context)
{
    SSL_CTX_free(http->tls);
    http->tls = context;
}

void http_refreshed(struct http *http)
{
    struct waiting *waiting;

    event_del(http->timeout);
    http->refreshed = metric_now();
    while ((waiting = next_waiting(http)) != NULL) {
        serve(http, waiting->request, waiting->write);
        free(waiting);
    }
}

/* evhttp would make a plain bufferevent if this did not return one. */
static struct bufferevent *on_connection(struct event_base *base, void *context)
{
    struct http *http = context;
    struct bufferevent *connection = http->tls != NULL
                                         ? secure(base, http->tls)
                                         : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    if (connection == NULL)
        memory_out();
    guard_watch(http->guard, connection);
    return connection;
}

static struct bufferevent *secure(struct event_base *base, SSL_CTX *context)
{
    SSL *tls = SSL_new(context);
    struct bufferevent *connection;

    if (tls == NULL)
        memory_out();
    connection = bufferevent_openssl_socket_new(base, -1, tls, BUFFEREVENT_SSL_ACCEPTING,
                                                BEV_OPT_CLOSE_ON_FREE);
    if (connection != NULL)
        bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
    return connection;
}

static void on_request(struct evhttp_request *request, void *context)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
    page *write = path != NULL ? page_at(path) : NULL;
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    struct http *http = context;

    if (write == NULL) {
        refuse(request, HTTP_NOTFOUND, "not found: the pages are /metrics, /livez and /readyz\n");
    } else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        set_header(request, "Allow", "GET, HEAD");
        refuse(request, HTTP_BADMETHOD, "only GET and HEAD are allowed\n");
    } else if (http->refreshed != 0 &&
               metric_now() - http->refreshed < 1000ULL * HTTP_FRESH_MILLISECONDS) {
        serve(http, request, write);
    } else {
        wait_for_state(http, request, write);
    }
}

static page *page_at(const char *path)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(pages[i].path, path) == 0)
            return pages[i].write;
    }
    return NULL;
}

/* A request whose client goes away meanwhile remains, without its connection, until it is replied
 * to. (libevent, evhttp_connection_incoming_fail()) */
static void wait_for_state(struct http *http, struct evhttp_request *request, page *write)
{
    const struct timeval limit = backoff_timeval(HTTP_ANSWER_MILLISECONDS);
    struct waiting *waiting;

    if (http->waiting_count == HTTP_WAITING_MAX) {
        refuse(request, HTTP_SERVUNAVAIL, "too many clients wait for the supervisor\n");
        return;
    }
    guard_requested(http->guard,
                    evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
    waiting = memory_new(1, sizeof(*waiting));
    waiting->request = request;
    waiting->write = write;
    TAILQ_INSERT_TAIL(&http->waiting, waiting, link);
    http->waiting_count++;
    if (event_pending(http->timeout, EV_TIMEOUT, NULL))
        return;
    event_add(http->timeout, &limit);
    http->query(http->context);
}

static void on_timeout(evutil_socket_t socket, short events, void *context)
{
    struct http *http = context;
    struct waiting *waiting;

    (void)socket;
    (void)events;
    while ((waiting = next_waiting(http)) != NULL) {
        refuse(waiting->request, HTTP_SERVUNAVAIL, "the supervisor does not answer\n");
        free(waiting);
    }
}

/* Takes the oldest one from the list; NULL: none is left. */
static struct waiting *next_waiting(struct http *http)
{
    struct waiting *waiting = TAILQ_FIRST(&http->waiting);

    if (waiting == NULL)
        return NULL;
    TAILQ_REMOVE(&http->waiting, waiting, link);
    http->waiting_count--;
    return waiting;
}

static void serve(const struct http *http, struct evhttp_request *request, page *write)
{
    struct evbuffer *body = new_body();
    int status;

    set_header(request, "Content-Type", "text/plain; charset=utf-8");
    status = write(http, request, body);
    send_reply(request, status, body);
    evbuffer_free(body);
}

static int write_metrics(const struct http *http, struct evhttp_request *request,
                         struct evbuffer *body)
{
    enum render_format format =
        accept_open_metrics(header_in(request, "Accept")) ? RENDER_OPEN_METRICS : RENDER_PROMETHEUS;

    evhttp_remove_header(evhttp_request_get_output_headers(request), "Content-Type");
    set_header(request, "Content-Type", render_type(format));
    state_metrics(http->state, format, body);
    return HTTP_OK;
}

static int write_livez(const struct http *http, struct evhttp_request *request,
                       struct evbuffer *body)
{
    return write_health(http, request, false, body);
}

static int write_readyz(const struct http *http, struct evhttp_request *request,
                        struct evbuffer *body)
{
    return write_health(http, request, true, body);
}

static int write_health(const struct http *http, struct evhttp_request *request, bool ready,
                        struct evbuffer *body)
{
    return state_page(http->state, ready, is_verbose(request), body);
}

/* "?verbose", with or without a value, as for the health pages of the API server. */
static bool is_verbose(struct evhttp_request *request)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    const size_t length = strlen("verbose");

    while (query != NULL && *query != '\0') {
        if (strncmp(query, "verbose", length) == 0 && strchr("&=", query[length]) != NULL)
            return true;
        query += strcspn(query, "&");
        query += *query == '&' ? 1 : 0;
    }
    return false;
}

static const char *header_in(struct evhttp_request *request, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

static void set_header(struct evhttp_request *request, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

static void refuse(struct evhttp_request *request, int status, const char *text)
{
    struct evbuffer *body = new_body();

    evbuffer_add_printf(body, "%s", text);
    set_header(request, "Content-Type", "text/plain; charset=utf-8");
    send_reply(request, status, body);
    evbuffer_free(body);
}

static struct evbuffer *new_body(void)
{
    struct evbuffer *body = evbuffer_new();

    if (body == NULL)
        memory_out();
    return body;
}

/* A connection serves one request, so that every client has its turn. libevent 2.1 then leaves out
 * the length, and sends a body even for HEAD. */
static void send_reply(struct evhttp_request *request, int status, struct evbuffer *body)
{
    char length[24];

    snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
    set_header(request, "Content-Length", length);
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD)
        evbuffer_drain(body, evbuffer_get_length(body));
    set_header(request, "Connection", "close");
    set_header(request, "Cache-Control", "no-store");
    set_header(request, "X-Content-Type-Options", "nosniff");
    metric_add(METRIC_HTTP_REQUESTS, metric_code(status), 0, 1);
    evhttp_send_reply(request, status, NULL, body);
}
