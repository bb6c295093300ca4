/* SPDX-License-Identifier: Apache-2.0 */
/* The API client on HTTP/2, as the real API server speaks it: against a server of libnghttp2 in
 * this process, which can be told to leave an answer without its end. */
#include "common/api/api.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "tests/unit/check.h"
#include "tests/unit/identity.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <linux/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    WATCHDOG_SECONDS = 60,
    REQUEST_SECONDS = 2,
    IDLE_SECONDS = 3,
    FRAME = 4096, /* bytes, as large as those of the real API server */
    LARGE = 63034 /* bytes; libcurl's buffer takes 16384 */
};

/* What the server answers: a JSON object, or a part of one, filled up with spaces. */
struct answer {
    const char *path, *status, *text;
    size_t size; /* at least; 0: that of the text */
    bool ends;   /* otherwise the stream is left open */
};

static const struct answer answers[] = {
    {"/whole", "200", "{\"kind\":\"PoolList\"}", 0, true},
    {"/large", "200", "{\"kind\":\"PoolList\",\"items\":[", LARGE, true},
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

struct connection {
    bool is_deaf; /* hangs, though its kernel takes everything */
    struct bufferevent *stream;
    nghttp2_session *session;
    struct body *bodies;
    struct connection *next;
};

struct outcome {
    struct api_call *call;
    bool pauses, is_whole; /* each part; all of the body */
    size_t received;
    int ended, data_calls;
    enum api_error error;
    char kind[32];
};

static struct identity authority, server_identity;

static struct {
    struct event_base *base;
    SSL_CTX *tls;
    struct evconnlistener *listener;
    struct connection *connections;
    unsigned connection_count;
    unsigned probes;
    uint16_t port;  /* of the listener */
    int descriptor; /* the client's last */
    struct api *api;
} world;

/* ---- the server ---- */

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

static void reply(struct connection *connection, int32_t stream, const struct answer *answer)
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
                     void *connection)
{
    (void)session;
    (void)flags;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        if (name_size == 5 && memcmp(name, ":path", 5) == 0 &&
            value_size == strlen(answers[i].path) &&
            memcmp(value, answers[i].path, value_size) == 0)
            reply(connection, frame->hd.stream_id, &answers[i]);
    }
    if (name_size == 5 && value_size == 6 && memcmp(value, "/livez", 6) == 0)
        world.probes++;
    return 0;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *bytes, size_t size, int flags,
                       void *context)
{
    struct connection *connection = context;

    (void)session;
    (void)flags;
    bufferevent_write(connection->stream, bytes, size);
    return (ssize_t)size;
}

static void on_readable(struct bufferevent *stream, void *context)
{
    struct connection *connection = context;
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t size = evbuffer_get_length(input);

    if (connection->is_deaf)
        return;
    assert_int_equal(
        nghttp2_session_mem_recv(connection->session, evbuffer_pullup(input, -1), size), size);
    evbuffer_drain(input, size);
    assert_int_equal(nghttp2_session_send(connection->session), 0);
}

static nghttp2_session *new_session(struct connection *connection)
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
    struct connection *connection = memory_new(1, sizeof(*connection));

    (void)listener;
    (void)address;
    (void)size;
    (void)context;
    connection->stream =
        bufferevent_openssl_socket_new(world.base, descriptor, SSL_new(world.tls),
                                       BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    connection->session = new_session(connection);
    connection->next = world.connections;
    world.connections = connection;
    world.connection_count++;
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

static uint16_t start_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    world.tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(world.tls, server_identity.certificate);
    SSL_CTX_use_PrivateKey(world.tls, server_identity.key);
    SSL_CTX_set_alpn_select_cb(world.tls, choose_http2, NULL);
    world.listener = evconnlistener_new_bind(world.base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, -1,
                                             (struct sockaddr *)&address, sizeof(address));
    assert_non_null(world.listener);
    getsockname(evconnlistener_get_fd(world.listener), (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

/* Opens what the client asks for, as the supervisor does. */
static void on_connect(evutil_socket_t unused, short events, void *context)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    (void)unused;
    (void)events;
    (void)context;
    /* connect() itself is the client's stand-in. */
    assert_int_equal(syscall(SYS_connect, descriptor, &address, sizeof(address)), 0);
    world.descriptor = descriptor;
    api_connected(world.api, descriptor);
}

static void ask_for_connection(void *context)
{
    (void)context;
    event_base_once(world.base, -1, EV_TIMEOUT, on_connect, NULL, NULL);
}

static int set_up(unsigned request_seconds, unsigned shared_max)
{
    char *server;

    world.base = event_base_new();
    world.port = start_server();
    server = memory_format("https://127.0.0.1:%u", world.port);
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = ask_for_connection,
                                                           .shared_max = shared_max,
                                                           .request_seconds = request_seconds,
                                                           .stream_idle_seconds = IDLE_SECONDS});
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    free(server);
    return 0;
}

static int set_up_hasty(void **state)
{
    (void)state;
    return set_up(REQUEST_SECONDS, 0);
}

static int set_up_unshared(void **state)
{
    (void)state;
    return set_up(REQUEST_SECONDS, 1);
}

/* Where no request may time out, however slow the machine is. */
static int set_up_patient(void **state)
{
    (void)state;
    return set_up(WATCHDOG_SECONDS, 0);
}

static int set_up_shared(void **state)
{
    (void)state;
    return set_up(WATCHDOG_SECONDS, API_SHARED_MAX);
}

static void free_connection(struct connection *connection)
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

static int tear_down(void **state)
{
    struct connection *connection;

    (void)state;
    api_free(world.api);
    while ((connection = world.connections) != NULL) {
        world.connections = connection->next;
        free_connection(connection);
    }
    evconnlistener_free(world.listener);
    SSL_CTX_free(world.tls);
    event_base_free(world.base);
    memset(&world, 0, sizeof(world));
    return 0;
}

/* ---- the client ---- */

static void on_done(const struct api_result *result, void *context)
{
    struct outcome *outcome = context;

    outcome->ended++;
    outcome->error = result->error;
    snprintf(outcome->kind, sizeof(outcome->kind), "%s",
             result->body != NULL ? json_text_at(result->body, "kind") : "");
}

static void send_get(struct outcome *outcome, const char *path)
{
    api_send(world.api, &(struct api_request){
                            .method = "GET", .path = path, .on_done = on_done, .context = outcome});
}

static bool on_part(const char *bytes, size_t size, void *context)
{
    struct outcome *outcome = context;

    (void)bytes;
    outcome->received += size;
    outcome->is_whole = outcome->is_whole || outcome->received == LARGE;
    if (outcome->pauses)
        api_pause(outcome->call, true);
    return true;
}

static bool is_whole(void *context)
{
    const struct outcome *outcome = context;

    return outcome->is_whole;
}

static void send_for_parts(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_part = on_part,
                                                              .is_whole = is_whole,
                                                              .parts = outcome,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct outcome *outcome = context;

    (void)bytes;
    (void)size;
    outcome->data_calls++;
}

static void send_stream_to(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_data = on_data,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static void send_stream(struct outcome *outcome)
{
    send_stream_to(outcome, "/endless");
    while (outcome->data_calls == 0)
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
}

static void run_until_ended(const struct outcome *outcome)
{
    while (outcome->ended == 0)
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
}

/* ---- the tests ---- */

static void test_many_share_a_connection(void **state)
{
    struct outcome outcomes[2 * API_PARALLEL_MAX] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        send_get(&outcomes[i], i % 2 == 0 ? "/whole" : "/large");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        run_until_ended(&outcomes[i]);
        assert_int_equal(outcomes[i].error, API_OK);
        assert_string_equal(outcomes[i].kind, "PoolList");
    }
    assert_int_equal(world.connection_count, 1);
}

/* As few as are needed, and only as long as they are. */
static void test_several_connections(void **state)
{
    static const struct {
        const char *row;
        unsigned streams;
        bool rests; /* before */
        unsigned connections;
    } rows[] = {
        {"one", 1, false, 1},
        {"as many as a connection carries", API_SHARED_MAX, false, 1},
        {"one more", API_SHARED_MAX + 1, false, 2},
        {"many", 5 * API_SHARED_MAX, false, 5},
        {"again", 5 * API_SHARED_MAX, false, 5},
        {"after they were closed", 1, true, 5 + 1},
        {"a single one is kept", API_SHARED_MAX, true, 5 + 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcomes[5 * API_SHARED_MAX] = {0}, after = {0};

        if (rows[i].rests)
            api_rest(world.api);
        for (size_t j = 0; j < rows[i].streams; j++)
            send_stream_to(&outcomes[j], "/endless");
        for (size_t j = 0; j < rows[i].streams; j++) {
            while (outcomes[j].data_calls == 0)
                assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        }
        CHECK_ROW(rows[i].row, world.connection_count == rows[i].connections);
        for (size_t j = 0; j < rows[i].streams; j++)
            api_cancel(outcomes[j].call);
        send_get(&after, "/whole");
        run_until_ended(&after);
    }
}

/* That carried data, of the client's last connection. */
static unsigned packets_sent(void)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    assert_int_equal(getsockopt(world.descriptor, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_data_segs_out;
}

static void send_post(struct outcome *outcome)
{
    struct json_object *body = json_object_new_object();

    json_object_object_add(body, "kind", json_object_new_string("Pool"));
    api_send(world.api, &(struct api_request){.method = "POST",
                                              .path = "/whole",
                                              .body = body,
                                              .on_done = on_done,
                                              .context = outcome});
    json_object_put(body);
}

/* Each request is a frame with its head and one with its body. */
static void test_requests_share_packets(void **state)
{
    static const struct {
        const char *row;
        unsigned requests;
    } rows[] = {
        {"that begins the connection", 1}, /* there it does not matter */
        {"one", 1},
        {"as many as are under way at once", API_PARALLEL_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcomes[API_PARALLEL_MAX] = {0};
        const unsigned before = i > 0 ? packets_sent() : 0;

        for (size_t j = 0; j < rows[i].requests; j++)
            send_post(&outcomes[j]);
        while (i > 0 && packets_sent() == before)
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        CHECK_ROW(rows[i].row, i == 0 || packets_sent() == before + 1);
        for (size_t j = 0; j < rows[i].requests; j++)
            run_until_ended(&outcomes[j]);
    }
    assert_int_equal(world.connection_count, 1);
}

/* libcurl 7.88 may not notice an end that has come; here it never comes. */
static void test_answers_without_their_end(void **state)
{
    static const struct {
        const char *path;
        enum api_error error;
        const char *kind;
    } rows[] = {
        {"/endless", API_OK, "PoolList"},
        {"/refused", API_NOT_FOUND, ""},
        {"/part", API_TIMEOUT, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = {0};

        send_get(&outcome, rows[i].path);
        run_until_ended(&outcome);
        CHECK_ROW(rows[i].path, outcome.error == rows[i].error);
        CHECK_ROW_TEXT(rows[i].path, outcome.kind, rows[i].kind);
    }
}

/* Nor where the body comes in parts: its receiver knows whether it is whole. */
static void test_parts_without_their_end(void **state)
{
    static const struct {
        const char *path;
        bool is_whole;
        enum api_error error;
    } rows[] = {
        {"/endless", true, API_OK},
        {"/endless", false, API_TIMEOUT},
        {"/refused", true, API_NOT_FOUND},
        {"/unanswered", true, API_TIMEOUT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = {.is_whole = rows[i].is_whole};

        send_for_parts(&outcome, rows[i].path);
        run_until_ended(&outcome);
        CHECK_ROW(rows[i].path, outcome.error == rows[i].error);
    }
}

/* A receiver that needs longer than the time limit for a part holds the next ones back, and nothing
 * is lost. */
static void test_parts_that_are_held_back(void **state)
{
    const struct timeval longer = {.tv_sec = REQUEST_SECONDS + 1};
    struct outcome outcome = {.pauses = true};

    (void)state;
    send_for_parts(&outcome, "/large");
    for (size_t part = 0; outcome.ended == 0; part++) {
        const size_t before = outcome.received;

        while (outcome.ended == 0 && outcome.received == before)
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        if (part == 0) {
            event_base_loopexit(world.base, &longer);
            assert_int_not_equal(event_base_dispatch(world.base), -1);
            assert_int_equal(outcome.ended, 0);
        }
        if (outcome.ended == 0)
            api_pause(outcome.call, false);
    }
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.received, LARGE);
}

/* Bookmarks may be late; the connection is what has to live. */
static void test_silent_streams_are_probed(void **state)
{
    struct outcome first = {0}, second = {0};

    (void)state;
    send_stream(&first);
    send_stream(&second);
    while (world.probes < 3) {
        assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);
        assert_int_equal(first.ended + second.ended, 0);
    }
    assert_int_equal(world.connection_count, 1);
}

/* A server that hangs takes what is sent, so that TCP has nothing to complain about. */
static void test_dead_connections_are_given_up(void **state)
{
    struct outcome first = {0}, second = {0}, after = {0};

    (void)state;
    send_stream(&first);
    send_stream(&second);
    world.connections->is_deaf = true;
    run_until_ended(&first);
    run_until_ended(&second);
    assert_int_not_equal(first.error, API_OK);
    send_get(&after, "/whole");
    run_until_ended(&after);
    assert_int_equal(after.error, API_OK);
    assert_int_equal(world.connection_count, 2);
}

/* That others are answered on its connection, probes too, does not help a stream that is not. */
static void test_unanswered_streams_end(void **state)
{
    struct outcome answered = {0}, unanswered = {0}, after = {0};

    (void)state;
    send_stream(&answered);
    send_stream_to(&unanswered, "/unanswered");
    run_until_ended(&unanswered);
    assert_int_equal(unanswered.error, API_TIMEOUT);
    assert_int_equal(answered.ended, 0);
    send_get(&after, "/whole");
    run_until_ended(&after);
    assert_int_equal(after.error, API_OK);
    assert_int_equal(world.connection_count, 1);
}

/* Without streams it is the requests that show it. */
static void test_unanswered_requests_have_the_connection_probed(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    send_get(&outcome, "/whole");
    run_until_ended(&outcome);
    world.connections->is_deaf = true;
    for (unsigned attempt = 0; attempt == 0 || outcome.error != API_OK; attempt++) {
        assert_in_range(attempt, 0, 2);
        outcome = (struct outcome){0};
        send_get(&outcome, "/whole");
        run_until_ended(&outcome);
    }
    assert_int_equal(world.connection_count, 2);
}

/* Two requests at once, each on a connection of its own; whether both were answered. */
static bool get_two(void)
{
    struct outcome outcomes[2] = {0};

    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        send_get(&outcomes[i], "/whole");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        run_until_ended(&outcomes[i]);
    return outcomes[0].error == API_OK && outcomes[1].error == API_OK;
}

/* Whichever of two it is: it costs some requests, and then it is given up. */
static void test_one_dead_connection_of_several(void **state)
{
    (void)state;
    for (unsigned dead = 0; dead < 2; dead++) {
        unsigned failures = 0, successes = 0;

        assert_true(get_two());
        (dead == 0 ? world.connections->next : world.connections)->is_deaf = true;
        while (successes < 3) {
            successes = get_two() ? successes + 1 : 0;
            failures += successes == 0 ? 1 : 0;
            assert_in_range(failures, 0, 4);
        }
        assert_in_range(failures, 1, 4);
    }
}

#define LIVE(test)    cmocka_unit_test_setup_teardown(test, set_up_hasty, tear_down)
#define PATIENT(test) cmocka_unit_test_setup_teardown(test, set_up_patient, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(test_many_share_a_connection),
        cmocka_unit_test_setup_teardown(test_several_connections, set_up_shared, tear_down),
        PATIENT(test_requests_share_packets),
        LIVE(test_answers_without_their_end),
        LIVE(test_parts_without_their_end),
        LIVE(test_parts_that_are_held_back),
        LIVE(test_silent_streams_are_probed),
        LIVE(test_dead_connections_are_given_up),
        LIVE(test_unanswered_streams_end),
        LIVE(test_unanswered_requests_have_the_connection_probed),
        cmocka_unit_test_setup_teardown(test_one_dead_connection_of_several, set_up_unshared,
                                        tear_down),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    alarm(WATCHDOG_SECONDS);
    authority = identity_new("authority", NULL, NULL);
    server_identity = identity_new("server", "IP:127.0.0.1", &authority);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    identity_free(&authority);
    identity_free(&server_identity);
    return failed;
}
