/* SPDX-License-Identifier: Apache-2.0 */
/* A server as the API client needs it for its tests, of libnghttp2 and libevent. */
#include "tests/unit/http2_server.h"

#include "common/base/memory.h"
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 4096 /* bytes, as large as those of the real API server */
};

/* What the server answers: a JSON object, or a part of one, filled up with spaces. */
struct answer {
    const char *path, *status, *text;
    size_t size; /* at least; 0: that of the text */
    bool ends;   /* otherwise the stream is left open */
};

static const struct answer answers[] = {
    {"/whole", "200", "{\"kind\":\"PoolList\"}", 0, true},
    {"/large", "200", "{\"kind\":\"PoolList\",\"items\":[", HTTP2_LARGE, true},
    {"/endless", "200", "{\"kind\":\"PoolList\"}\n", 0, false},
    {"/refused", "404", "{\"kind\":\"Status\",\"reason\":\"NotFound\"}", 0, false},
    {"/livez", "403", "{\"kind\":\"Status\"}", 0, true},
    {"/part", "200", "{\"kind\":\"PoolList\",\"items\":[{}", 0, false},
};

/* The body of one answer on its way. */
struct body {
    char *bytes;
    size_t size, sent;
    bool ends;
    struct body *next;
};

struct http2_connection {
    struct http2_server *server;
    bool is_deaf;
    struct bufferevent *stream;
    nghttp2_session *session;
    struct body *bodies;
    struct http2_connection *next;
};

static struct body *new_body(const struct answer *answer)
{
    struct body *body = memory_new(1, sizeof(*body));
    size_t length = strlen(answer->text);

    body->ends = answer->ends;
    body->size = answer->size > length ? answer->size : length;
    body->bytes = memory_new(1, body->size);
    memset(body->bytes, ' ', body->size);
    memcpy(body->bytes, answer->text, length);
    if (answer->size > length)
        memcpy(body->bytes + body->size - 2, "]}", 2);
    return body;
}

static ssize_t give_body(nghttp2_session *session, int32_t stream, uint8_t *bytes, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *connection)
{
    struct body *body = source->ptr;
    size_t most = room < FRAME ? room : FRAME;
    size_t size = body->size - body->sent < most ? body->size - body->sent : most;

    (void)session;
    (void)stream;
    (void)connection;
    memcpy(bytes, body->bytes + body->sent, size);
    body->sent += size;
    if (body->sent == body->size && body->ends)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return size == 0 && !body->ends ? NGHTTP2_ERR_DEFERRED : (ssize_t)size;
}

static void reply(struct http2_connection *connection, int32_t stream, const struct answer *answer)
{
    struct body *body = new_body(answer);
    nghttp2_data_provider provider = {.source.ptr = body, .read_callback = give_body};
    nghttp2_nv status = {.name = (uint8_t *)":status",
                         .value = (uint8_t *)answer->status,
                         .namelen = 7,
                         .valuelen = 3};

    body->next = connection->bodies;
    connection->bodies = body;
    assert_int_equal(nghttp2_submit_response(connection->session, stream, &status, 1, &provider),
                     0);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *context)
{
    struct http2_connection *connection = context;

    (void)session;
    (void)flags;
    connection->server->asked = connection;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        if (name_size == 5 && memcmp(name, ":path", 5) == 0 &&
            value_size == strlen(answers[i].path) &&
            memcmp(value, answers[i].path, value_size) == 0)
            reply(connection, frame->hd.stream_id, &answers[i]);
    }
    if (name_size == 5 && value_size == 6 && memcmp(value, "/livez", 6) == 0)
        connection->server->probes++;
    return 0;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *bytes, size_t size, int flags,
                       void *context)
{
    struct http2_connection *connection = context;

    (void)session;
    (void)flags;
    bufferevent_write(connection->stream, bytes, size);
    return (ssize_t)size;
}

static void on_readable(struct bufferevent *stream, void *context)
{
    struct http2_connection *connection = context;
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t size = evbuffer_get_length(input);

    if (connection->is_deaf)
        return;
    assert_int_equal(
        nghttp2_session_mem_recv(connection->session, evbuffer_pullup(input, -1), size), size);
    evbuffer_drain(input, size);
    assert_int_equal(nghttp2_session_send(connection->session), 0);
}

static nghttp2_session *new_session(struct http2_connection *connection)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;

    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_server_new(&session, callbacks, connection);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0);
    return session;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t descriptor,
                      struct sockaddr *address, int size, void *context)
{
    struct http2_server *server = context;
    struct http2_connection *connection = memory_new(1, sizeof(*connection));

    (void)listener;
    (void)address;
    (void)size;
    connection->server = server;
    connection->stream =
        bufferevent_openssl_socket_new(server->base, descriptor, SSL_new(server->tls),
                                       BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    connection->session = new_session(connection);
    connection->next = server->connections;
    server->connections = connection;
    server->connection_count++;
    bufferevent_setcb(connection->stream, on_readable, NULL, NULL, connection);
    bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
}

static int choose_http2(SSL *tls, const unsigned char **chosen, unsigned char *size,
                        const unsigned char *offered, unsigned int offered_size, void *context)
{
    (void)tls;
    (void)context;
    return nghttp2_select_next_protocol((unsigned char **)chosen, size, offered, offered_size) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void http2_server_open(struct http2_server *server, struct event_base *base,
                       const struct identity *identity)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server->base = base;
    server->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server->tls, identity->certificate);
    SSL_CTX_use_PrivateKey(server->tls, identity->key);
    SSL_CTX_set_alpn_select_cb(server->tls, choose_http2, NULL);
    server->listener = evconnlistener_new_bind(base, on_accept, server, LEV_OPT_CLOSE_ON_FREE, -1,
                                               (struct sockaddr *)&address, sizeof(address));
    assert_non_null(server->listener);
    getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
}

static void free_connection(struct http2_connection *connection)
{
    struct body *body;

    nghttp2_session_del(connection->session);
    bufferevent_free(connection->stream);
    while ((body = connection->bodies) != NULL) {
        connection->bodies = body->next;
        free(body->bytes);
        free(body);
    }
    free(connection);
}

void http2_server_close(struct http2_server *server)
{
    struct http2_connection *connection;

    while ((connection = server->connections) != NULL) {
        server->connections = connection->next;
        free_connection(connection);
    }
    evconnlistener_free(server->listener);
    SSL_CTX_free(server->tls);
}

void http2_server_deafen(struct http2_server *server)
{
    server->asked->is_deaf = true;
}
