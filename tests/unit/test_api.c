/* SPDX-License-Identifier: Apache-2.0 */
/* The API client: the pure part by tables, the rest against a TLS server in this process, on the
 * same event loop, with certificates made at the start. */
#include "tests/unit/check.h"

#include "common/api/api.h"
#include "common/api/status.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "tests/unit/identity.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

enum {
    WATCHDOG_SECONDS = 120,
    LARGE_BODY = 100 * 1000
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
    struct api_call *cancel_other;
    struct outcome *send_on_data, *send_on_done;
};

static struct identity authority, stranger, server_identity, client_identity;

static struct {
    struct event_base *base;
    SSL_CTX *tls;
    struct evhttp *http;
    uint16_t port;
    struct evhttp_request *stream; /* of /stream or /silent, until its connection is closed */
    unsigned streams;              /* that have been asked for */
    unsigned requests;
    struct api *api;
    uint16_t connect_to; /* the port of the connections that the client is given */
    unsigned asked;      /* so often */
    bool hold_connections;
    int log, saved_stderr;
} world;

/* ---- the server ---- */

static struct bufferevent *accept_tls(struct event_base *base, void *context)
{
    (void)context;
    return bufferevent_openssl_socket_new(base, -1, SSL_new(world.tls), BUFFEREVENT_SSL_ACCEPTING,
                                          BEV_OPT_CLOSE_ON_FREE);
}

static void forget_stream(struct evhttp_connection *connection, void *context)
{
    (void)connection;
    (void)context;
    world.stream = NULL;
}

static void hold_stream(struct evhttp_request *request)
{
    world.stream = request;
    world.streams++;
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), forget_stream, NULL);
}

static void reply(struct evhttp_request *request, int status, const char *text)
{
    struct evbuffer *body = evbuffer_new();

    evbuffer_add(body, text, strlen(text));
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
}

static void reply_echo(struct evhttp_request *request)
{
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    const char *token = evhttp_find_header(headers, "Authorization");
    const char *type = evhttp_find_header(headers, "Content-Type");
    const char *agent = evhttp_find_header(headers, "User-Agent");
    SSL *tls = bufferevent_openssl_get_ssl(
        evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
    X509 *peer = SSL_get1_peer_certificate(tls);
    char name[64] = "";
    char *body = memory_bytes(evbuffer_pullup(input, -1), evbuffer_get_length(input));
    char *text;

    if (peer != NULL)
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof(name));
    text = memory_format("{\"method\":%d,\"token\":\"%s\",\"type\":\"%s\",\"agent\":\"%s\","
                         "\"peer\":\"%s\",\"body\":%s}\n",
                         (int)evhttp_request_get_command(request), token != NULL ? token : "",
                         type != NULL ? type : "", agent != NULL ? agent : "", name,
                         body[0] != '\0' ? body : "null");
    reply(request, 200, text);
    X509_free(peer);
    free(body);
    free(text);
}

/* A document with an ETag, which is not sent again to those who have it. */
static void reply_document(struct evhttp_request *request, const char *etag)
{
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const char *accept = evhttp_find_header(headers, "Accept");
    const char *known = evhttp_find_header(headers, "If-None-Match");
    char *text = memory_format("{\"accept\":\"%s\",\"known\":%s}", accept != NULL ? accept : "",
                               known != NULL ? "true" : "false");

    evhttp_add_header(evhttp_request_get_output_headers(request), "eTaG", etag);
    if (known != NULL && strcmp(known, etag) == 0)
        evhttp_send_reply(request, 304, NULL, NULL);
    else
        reply(request, 200, text);
    free(text);
}

static void reply_large(struct evhttp_request *request, int status)
{
    char *text = memory_new(1, LARGE_BODY + 1);

    memset(text, ' ', LARGE_BODY);
    memcpy(text, "{}", 2);
    reply(request, status, text);
    free(text);
}

static const struct {
    const char *path;
    int status;
    const char *header[2];
    const char *body;
} answers[] = {
    {"/missing",
     404,
     {NULL},
     "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"pools \\\"a\\\" not found\"}\n"},
    {"/unauthorized", 401, {NULL}, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}"},
    {"/busy", 503, {"Retry-After", "7"}, "try later\nplease"},
    {"/redirect", 302, {"Location", "https://example.invalid/"}, ""},
    {"/text", 200, {NULL}, "ok"},
    {"/array", 200, {NULL}, "[]"},
    {"/empty", 200, {NULL}, ""},
    {"/nothing", 204, {NULL}, ""},
};

static void on_request(struct evhttp_request *request, void *context)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

    (void)context;
    world.requests++;
    if (strcmp(path, "/echo") == 0 || strcmp(path, "/prefix/echo") == 0) {
        reply_echo(request);
    } else if (strcmp(path, "/large") == 0) {
        reply_large(request, 200);
    } else if (strcmp(path, "/largeerror") == 0) {
        reply_large(request, 500);
    } else if (strcmp(path, "/document") == 0) {
        reply_document(request, "W/\"1 2\"");
    } else if (strcmp(path, "/longtag") == 0) {
        reply_document(request, "\"" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR "\"");
    } else if (strcmp(path, "/silent") == 0) {
        hold_stream(request);
    } else if (strcmp(path, "/stream") == 0) {
        hold_stream(request);
        evhttp_send_reply_start(request, 200, NULL);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(path, answers[i].path) == 0) {
            if (answers[i].header[0] != NULL)
                evhttp_add_header(evhttp_request_get_output_headers(request), answers[i].header[0],
                                  answers[i].header[1]);
            reply(request, answers[i].status, answers[i].body);
        }
    }
}

static void send_chunk(const char *text)
{
    struct evbuffer *chunk = evbuffer_new();

    assert_non_null(world.stream);
    evbuffer_add(chunk, text, strlen(text));
    evhttp_send_reply_chunk(world.stream, chunk);
    evbuffer_free(chunk);
}

static void start_server(void)
{
    struct evhttp_bound_socket *bound;
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    world.tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(world.tls, server_identity.certificate);
    SSL_CTX_use_PrivateKey(world.tls, server_identity.key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(world.tls), authority.certificate);
    SSL_CTX_set_verify(world.tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(world.tls, (const unsigned char *)"test", 4);
    world.http = evhttp_new(world.base);
    evhttp_set_allowed_methods(world.http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PATCH |
                                               EVHTTP_REQ_DELETE);
    evhttp_set_bevcb(world.http, accept_tls, NULL);
    evhttp_set_gencb(world.http, on_request, NULL);
    bound = evhttp_bind_socket_with_handle(world.http, "127.0.0.1", 0);
    assert_non_null(bound);
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size);
    world.port = ntohs(address.sin_port);
}

/* ---- the client ---- */

/* Opens what the client asks for, as the supervisor does. */
static void on_connect(evutil_socket_t unused, short events, void *context)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world.connect_to),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    (void)unused;
    (void)events;
    (void)context;
    /* connect() itself is the client's stand-in. */
    if (syscall(SYS_connect, descriptor, &address, sizeof(address)) == 0) {
        api_connected(world.api, descriptor);
    } else {
        close(descriptor);
        api_not_connected(world.api, "127.0.0.1 port 1: Connection refused");
    }
}

static void ask_for_connection(void *context)
{
    (void)context;
    world.asked++;
    if (!world.hold_connections)
        event_base_once(world.base, -1, EV_TIMEOUT, on_connect, NULL, NULL);
}

static void open_client_at(const char *host, uint16_t port, const char *ca_pem)
{
    char *server = memory_format("https://%s:%u/", host, port);

    world.connect_to = port;
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = ca_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = ask_for_connection,
                                                           .stream_idle_seconds = 1,
                                                           .request_seconds = 60});
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    free(server);
}

static void open_client(void)
{
    open_client_at("127.0.0.1", world.port, authority.certificate_pem);
}

static void send_get(struct outcome *outcome, const char *path);
static void send_stream(struct outcome *outcome, const char *path);

static void on_done(const struct api_result *result, void *context)
{
    struct outcome *outcome = context;

    outcome->ended++;
    outcome->error = result->error;
    outcome->status = result->status;
    outcome->retry_after = result->retry_after;
    outcome->body = json_object_get(result->body);
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", result->reason);
    snprintf(outcome->message, sizeof(outcome->message), "%s", result->message);
    snprintf(outcome->etag, sizeof(outcome->etag), "%s", result->etag);
    if (outcome->cancel_other != NULL)
        api_cancel(outcome->cancel_other);
    if (outcome->send_on_done != NULL)
        send_get(outcome->send_on_done, "/echo");
}

static void on_data(const char *bytes, size_t size, void *context)
{
    struct outcome *outcome = context;

    outcome->data_calls++;
    evbuffer_add(outcome->data, bytes, size);
    if (outcome->cancel_on_data)
        api_cancel(outcome->call);
    if (outcome->cancel_other != NULL)
        api_cancel(outcome->cancel_other);
    if (outcome->pause_on_data)
        api_pause(outcome->call, true);
    if (outcome->send_on_data != NULL)
        send_get(outcome->send_on_data, "/echo");
    outcome->send_on_data = NULL;
    outcome->cancel_other = NULL;
}

static void send_get(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(
        world.api, &(struct api_request){
                       .method = "GET", .path = path, .on_done = on_done, .context = outcome});
}

static void send_stream(struct outcome *outcome, const char *path)
{
    outcome->data = evbuffer_new();
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_data = on_data,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static void clear(struct outcome *outcome)
{
    json_object_put(outcome->body);
    if (outcome->data != NULL)
        evbuffer_free(outcome->data);
    *outcome = (struct outcome){0};
}

/* Runs the loop until CONDITION holds; the watchdog ends a test that never gets there. */
#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        while (!(condition))                                                                       \
            assert_int_not_equal(event_base_loop(world.base, EVLOOP_ONCE), -1);                    \
    } while (0)

/* The server notices that its client has gone only when it writes. */
static void run_until_stream_is_closed(void)
{
    struct evhttp_request *request = world.stream;

    while (world.stream != NULL) {
        send_chunk("more");
        event_base_loop(world.base, EVLOOP_NONBLOCK);
    }
    evhttp_send_reply_end(request); /* without a connection it is still the handler's to end */
}

static struct outcome get(const char *path)
{
    static struct outcome outcome;

    outcome = (struct outcome){0};
    send_get(&outcome, path);
    RUN_UNTIL(outcome.ended);
    return outcome;
}

static bool has_data(const struct outcome *outcome, const char *text)
{
    size_t size = evbuffer_get_length(outcome->data);

    return size == strlen(text) && memcmp(evbuffer_pullup(outcome->data, -1), text, size) == 0;
}

static const char *member(const struct outcome *outcome, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(outcome->body, name, &value);
    return json_object_get_string(value);
}

/* How often TEXT was logged since the test began. */
static unsigned logged(const char *text)
{
    static char lines[64 * 1024];
    ssize_t size = pread(world.log, lines, sizeof(lines) - 1, 0);
    unsigned count = 0;

    assert_true(size >= 0);
    lines[size] = '\0';
    for (const char *at = lines; (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

static int set_up(void **state)
{
    (void)state;
    world.base = event_base_new();
    start_server();
    world.log = memfd_create("log", MFD_CLOEXEC);
    world.saved_stderr = dup(STDERR_FILENO);
    dup2(world.log, STDERR_FILENO);
    return 0;
}

static int tear_down(void **state)
{
    char line[4096];
    ssize_t size;

    (void)state;
    api_free(world.api);
    evhttp_free(world.http);
    SSL_CTX_free(world.tls);
    event_base_free(world.base);
    dup2(world.saved_stderr, STDERR_FILENO);
    lseek(world.log, 0, SEEK_SET);
    while ((size = read(world.log, line, sizeof(line))) > 0)
        fwrite(line, 1, (size_t)size, stderr);
    close(world.saved_stderr);
    close(world.log);
    memset(&world, 0, sizeof(world));
    return 0;
}

/* ---- the pure part ---- */

static void test_statuses(void **state)
{
    static const struct {
        int status;
        enum api_error error;
    } cases[] = {
        {200, API_OK},           {201, API_OK},           {299, API_OK},
        {400, API_BAD_REQUEST},  {401, API_UNAUTHORIZED}, {403, API_FORBIDDEN},
        {304, API_NOT_MODIFIED}, {303, API_OTHER_STATUS}, {305, API_OTHER_STATUS},
        {404, API_NOT_FOUND},    {409, API_CONFLICT},     {410, API_EXPIRED},
        {422, API_INVALID},      {429, API_TOO_MANY},     {500, API_SERVER_ERROR},
        {503, API_SERVER_ERROR}, {599, API_SERVER_ERROR}, {600, API_OTHER_STATUS},
        {302, API_OTHER_STATUS}, {0, API_OTHER_STATUS},   {-1, API_OTHER_STATUS},
        {418, API_OTHER_STATUS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(api_error_of_status(cases[i].status), cases[i].error);
    for (int error = API_OK; error <= API_PROTOCOL; error++)
        assert_non_null(api_error_name((enum api_error)error));
    assert_string_equal(api_error_name(API_NOT_FOUND), "not found");
    assert_string_equal(api_error_name(API_NOT_MODIFIED), "not modified");
    assert_false(api_error_is_global(API_NOT_MODIFIED));
    assert_true(api_error_is_global(API_UNAUTHORIZED));
    assert_false(api_error_is_global(API_FORBIDDEN));
}

static void test_curl_codes(void **state)
{
    static const struct {
        CURLcode code;
        bool connected;
        const char *detail;
        enum api_error error;
    } cases[] = {
        {CURLE_OK, true, "", API_OK},
        {CURLE_COULDNT_RESOLVE_HOST, false, "", API_UNREACHABLE},
        {CURLE_COULDNT_CONNECT, false, "", API_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT, false, "", API_UNREACHABLE},
        {CURLE_OPERATION_TIMEDOUT, true, "", API_TIMEOUT},
        {CURLE_HTTP2, true, "", API_UNREACHABLE},
        {CURLE_HTTP2_STREAM, true, "", API_UNREACHABLE},
        {CURLE_SEND_ERROR, true, "", API_UNREACHABLE},
        {CURLE_RECV_ERROR, true, "", API_UNREACHABLE},
        {CURLE_GOT_NOTHING, true, "", API_UNREACHABLE},
        {CURLE_PARTIAL_FILE, true, "", API_UNREACHABLE},
        {CURLE_PEER_FAILED_VERIFICATION, false, "", API_UNTRUSTED},
        {CURLE_SSL_CACERT_BADFILE, false, "", API_UNTRUSTED},
        {CURLE_SSL_CERTPROBLEM, false, "", API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "error:0A00010B:SSL routines::wrong version number",
         API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "", API_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, false, "Send failure: Broken pipe", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false, "Recv failure: Connection reset by peer", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false,
         "OpenSSL SSL_connect: Connection reset by peer in connection to a:6443", API_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, false,
         "error:0A000126:SSL routines::unexpected eof while reading", API_UNREACHABLE},
        {CURLE_URL_MALFORMAT, false, "", API_BAD_REQUEST},
        {CURLE_WEIRD_SERVER_REPLY, true, "", API_PROTOCOL},
        {CURLE_UNSUPPORTED_PROTOCOL, false, "", API_PROTOCOL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(api_status_of_curl(cases[i].code, cases[i].connected, cases[i].detail),
                         cases[i].error);
}

static void test_error_bodies(void **state)
{
    static const struct {
        const char *body;
        long long header;
        const char *reason, *message;
        unsigned retry_after;
    } cases[] = {
        {"{\"reason\":\"Conflict\",\"message\":\"changed\"}", 0, "Conflict", "changed", 0},
        {"{\"message\":\"a\\nb\\u0007c\"}\n", 0, "", "a b c", 0},
        {"{\"message\":\"x\",\"details\":{\"retryAfterSeconds\":5}}", 0, "", "x", 5},
        {"{\"message\":\"x\",\"details\":{\"retryAfterSeconds\":5}}", 9, "", "x", 9},
        {"{\"message\":\"x\",\"details\":{\"retryAfterSeconds\":-5}}", -1, "", "x", 0},
        {"{\"message\":\"x\",\"details\":{\"retryAfterSeconds\":\"5\"}}", 0, "", "x", 0},
        {"{\"message\":\"x\",\"details\":[1]}", 999999, "", "x", API_RETRY_AFTER_MAX},
        {"{\"message\":7,\"reason\":{}}", 0, "", "the server answered 409", 0},
        {"", 0, "", "the server answered 409", 0},
        {"  \n\nfirst line\r\nsecond", 3, "", "first line", 3},
        {"\xff\xfe caf\xc3\xa9 \xc2\x9b", 0, "", "?? caf\xc3\xa9  ", 0},
        {"{\"message\":\"cut", 0, "", "{\"message\":\"cut", 0},
        {"[1]", 0, "", "[1]", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_failure failure;

        api_status_of_answer(&failure, 409, cases[i].body, strlen(cases[i].body), cases[i].header);
        assert_int_equal(failure.error, API_CONFLICT);
        assert_int_equal(failure.status, 409);
        assert_string_equal(failure.reason, cases[i].reason);
        assert_string_equal(failure.message, cases[i].message);
        assert_int_equal(failure.retry_after, cases[i].retry_after);
    }
}

static void test_long_message_is_cut_between_characters(void **state)
{
    char text[3000];
    struct api_failure failure;

    (void)state;
    text[0] = 'a';
    for (size_t i = 1; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    api_status_of_answer(&failure, 500, text, sizeof(text) - 1, 0);
    assert_int_equal(strlen(failure.message), API_MESSAGE_MAX - 1);
    api_status_of_answer(&failure, 500, text + 1, sizeof(text) - 2, 0);
    assert_int_equal(strlen(failure.message), API_MESSAGE_MAX);
}

static void test_copy(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"plain", "plain"},
        {"a\tb\x7f", "a b "},
        {"\xed\xa0\x80", "???"}, /* a surrogate */
        {"\xc0\xaf", "??"},      /* overlong */
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xf4\x90\x80\x80", "????"}, /* beyond Unicode */
        {"\xe2\x82", "??"},           /* cut */
        {"\x1b[31m", " [31m"},
    };
    char small[4];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char copy[32];

        api_status_copy(copy, sizeof(copy), cases[i].from, strlen(cases[i].from));
        assert_string_equal(copy, cases[i].to);
    }
    api_status_copy(small, sizeof(small), "abcdef", 6);
    assert_string_equal(small, "abc");
    api_status_copy(small, sizeof(small), NULL, 0);
    assert_string_equal(small, "");
}

static void test_json(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"{}", true},       {" {\"a\":[1,2]} \n", true},
        {"{}x", false},     {"{} {}", false},
        {"[]", false},      {"null", false},
        {"7", false},       {"\"a\"", false},
        {"{\"a\":", false}, {"", false},
        {"ok", false},      {"{\"a\":\"\xff\"}", false},
        {"{a:1}", false},   {"{\"a\":1,}", false},
    };
    const char *problem;
    char deep[2 * JSON_DEPTH_MAX + 16] = "{\"a\":";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_object *object =
            api_status_parse(cases[i].text, strlen(cases[i].text), &problem);

        assert_int_equal(object != NULL, cases[i].good);
        assert_true(cases[i].good || problem[0] != '\0');
        json_object_put(object);
    }
    assert_null(api_status_parse("{}\0x", 4, &problem));
    memset(deep + 5, '[', JSON_DEPTH_MAX);
    memset(deep + 5 + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    deep[5 + 2 * JSON_DEPTH_MAX] = '}';
    assert_null(api_status_parse(deep, strlen(deep), &problem));
}

/* ---- one-shot requests ---- */

static void test_get(void **state)
{
    struct outcome outcome;

    (void)state;
    open_client();
    outcome = get("/echo");
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    assert_string_equal(outcome.message, "");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    assert_string_equal(member(&outcome, "agent"), "tester/1");
    assert_string_equal(member(&outcome, "type"), "");
    clear(&outcome);
    assert_int_equal(api_counts(world.api).sent, 1);
    assert_int_equal(api_counts(world.api).active, 0);
    assert_int_equal(api_counts(world.api).failed, 0);
}

/* All methods one after the other on the same handle: none inherits from the one before. */
static void test_methods(void **state)
{
    static const struct {
        const char *method, *type, *body;
        int command;
    } cases[] = {
        {"POST", NULL, "{\"a\":1}", EVHTTP_REQ_POST},
        {"GET", NULL, NULL, EVHTTP_REQ_GET},
        {"PATCH", "application/json-patch+json", "[ ]", EVHTTP_REQ_PATCH},
        {"DELETE", NULL, NULL, EVHTTP_REQ_DELETE},
        {"DELETE", NULL, "{\"kind\":\"DeleteOptions\"}", EVHTTP_REQ_DELETE},
        {"GET", NULL, NULL, EVHTTP_REQ_GET},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = {0};
        struct json_object *body = cases[i].body != NULL ? json_tokener_parse(cases[i].body) : NULL;
        const char *type = cases[i].type != NULL ? cases[i].type : "application/json";

        api_send(world.api, &(struct api_request){.method = cases[i].method,
                                                  .path = "/echo",
                                                  .content_type = cases[i].type,
                                                  .body = body,
                                                  .on_done = on_done,
                                                  .context = &outcome});
        RUN_UNTIL(outcome.ended);
        assert_int_equal(outcome.error, API_OK);
        assert_int_equal(atoi(member(&outcome, "method")), cases[i].command);
        assert_string_equal(member(&outcome, "type"), body != NULL ? type : "");
        assert_true(json_object_equal(json_object_object_get(outcome.body, "body"), body));
        json_object_put(body);
        clear(&outcome);
    }
}

static void test_error_answers(void **state)
{
    static const struct {
        const char *path;
        enum api_error error;
        int status;
        unsigned retry_after;
        const char *message;
    } cases[] = {
        {"/missing", API_NOT_FOUND, 404, 0, "pools \"a\" not found"},
        {"/busy", API_SERVER_ERROR, 503, 7, "try later"},
        {"/redirect", API_OTHER_STATUS, 302, 0, "the server answered 302"},
        {"/largeerror", API_SERVER_ERROR, 500, 0, "the server answered 500"},
        {"/text", API_PROTOCOL, 200, 0, NULL},
        {"/array", API_PROTOCOL, 200, 0, "the response is not a JSON object"},
        {"/empty", API_PROTOCOL, 200, 0, "the response is empty"},
        {"/nothing", API_OK, 204, 0, ""},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = get(cases[i].path);

        assert_int_equal(outcome.error, cases[i].error);
        assert_int_equal(outcome.status, cases[i].status);
        assert_int_equal(outcome.retry_after, cases[i].retry_after);
        if (cases[i].message != NULL)
            assert_int_equal(strncmp(outcome.message, cases[i].message, strlen(cases[i].message)),
                             0);
        assert_null(outcome.body);
    }
    assert_int_equal(api_counts(world.api).failed, 7);
    assert_int_equal(logged("level="), 0);
}

/* A document is asked for again with its ETag: the server says that it is still so, or sends what
 * is new. */
static void test_conditional(void **state)
{
    static const struct {
        const char *path, *if_none_match, *accept;
        enum api_error error;
        int status;
        const char *etag, *accepted; /* NULL: no body */
        bool known;
    } cases[] = {
        {"/document", NULL, NULL, API_OK, 200, "W/\"1 2\"", "application/json", false},
        {"/document", "W/\"1 2\"", NULL, API_NOT_MODIFIED, 304, "W/\"1 2\"", NULL, true},
        {"/document", "W/\"1 1\"", NULL, API_OK, 200, "W/\"1 2\"", "application/json", true},
        {"/document", NULL, "application/json;as=APIGroupDiscoveryList", API_OK, 200, "W/\"1 2\"",
         "application/json;as=APIGroupDiscoveryList", false},
        {"/document", "\"x\"", "text/plain", API_OK, 200, "W/\"1 2\"", "text/plain", true},
        {"/document", NULL, NULL, API_OK, 200, "W/\"1 2\"", "application/json", false},
        {"/longtag", NULL, NULL, API_OK, 200, "", "application/json", false},
        {"/missing", "\"x\"", NULL, API_NOT_FOUND, 404, "", NULL, false},
    };

    (void)state;
    open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome outcome = {0};

        api_send(world.api, &(struct api_request){.method = "GET",
                                                  .path = cases[i].path,
                                                  .accept = cases[i].accept,
                                                  .if_none_match = cases[i].if_none_match,
                                                  .on_done = on_done,
                                                  .context = &outcome});
        RUN_UNTIL(outcome.ended);
        assert_int_equal(outcome.error, cases[i].error);
        assert_int_equal(outcome.status, cases[i].status);
        assert_string_equal(outcome.etag, cases[i].etag);
        assert_int_equal(outcome.body != NULL, cases[i].accepted != NULL);
        if (outcome.body != NULL) {
            assert_string_equal(member(&outcome, "accept"), cases[i].accepted);
            assert_string_equal(member(&outcome, "known"), cases[i].known ? "true" : "false");
        }
        clear(&outcome);
    }
    assert_int_equal(api_counts(world.api).failed, 1); /* that nothing has changed is no failure */
    assert_int_equal(logged("level="), 0);
}

/* All headers of our own at once, with a body. */
static void test_own_headers(void **state)
{
    struct outcome outcome = {0};
    struct json_object *body = json_tokener_parse("{\"a\":1}");

    (void)state;
    open_client();
    api_send(world.api, &(struct api_request){.method = "POST",
                                              .path = "/echo",
                                              .content_type = "application/merge-patch+json",
                                              .accept = "text/plain",
                                              .if_none_match = "\"x\"",
                                              .body = body,
                                              .on_done = on_done,
                                              .context = &outcome});
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_string_equal(outcome.etag, "");
    assert_string_equal(member(&outcome, "type"), "application/merge-patch+json");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    assert_true(json_object_equal(json_object_object_get(outcome.body, "body"), body));
    json_object_put(body);
    clear(&outcome);
}

static void test_large_response(void **state)
{
    struct outcome outcome = {0};
    struct outcome whole;

    (void)state;
    open_client();
    api_send(world.api, &(struct api_request){.method = "GET",
                                              .path = "/large",
                                              .response_max = LARGE_BODY - 1,
                                              .on_done = on_done,
                                              .context = &outcome});
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_TOO_LARGE);
    whole = get("/large");
    assert_int_equal(whole.error, API_OK);
    clear(&whole);
}

static void test_many_requests(void **state)
{
    enum {
        MANY = 200
    };
    static struct outcome outcomes[MANY];
    unsigned ended = 0;

    (void)state;
    open_client();
    for (size_t i = 0; i < MANY; i++)
        send_get(&outcomes[i], "/echo");
    assert_int_equal(api_counts(world.api).active, MANY);
    RUN_UNTIL(api_counts(world.api).active == 0);
    for (size_t i = 0; i < MANY; i++) {
        ended += outcomes[i].ended == 1 && outcomes[i].error == API_OK;
        clear(&outcomes[i]);
    }
    assert_int_equal(ended, MANY);
}

static void test_new_identity(void **state)
{
    struct outcome outcome;

    (void)state;
    open_client();
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "Bearer one");
    clear(&outcome);
    api_set_identity(world.api, &(struct api_identity){.token = "two"});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "Bearer two");
    assert_string_equal(member(&outcome, "peer"), "");
    clear(&outcome);
    api_set_identity(world.api,
                     &(struct api_identity){.certificate_pem = client_identity.certificate_pem,
                                            .key_pem = client_identity.key_pem});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "");
    assert_string_equal(member(&outcome, "peer"), "client");
    clear(&outcome);
    api_set_identity(world.api, &(struct api_identity){.token = "evil\r\nX-Other: 1"});
    outcome = get("/echo");
    assert_string_equal(member(&outcome, "token"), "");
    assert_string_equal(member(&outcome, "peer"), "");
    assert_int_equal(logged("bearer token"), 1);
    assert_int_equal(logged("evil"), 0);
    clear(&outcome);
}

static void test_nothing_is_sent_without_identity(void **state)
{
    char *server = memory_format("https://127.0.0.1:%u/prefix/", world.port);
    struct outcome outcome = {0};

    (void)state;
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = ask_for_connection});
    world.connect_to = world.port;
    free(server);
    send_get(&outcome, "/echo");
    for (int i = 0; i < 10; i++)
        event_base_loop(world.base, EVLOOP_NONBLOCK);
    assert_int_equal(outcome.ended, 0);
    assert_int_equal(world.requests, 0);
    api_set_identity(world.api, &(struct api_identity){.token = "late"});
    RUN_UNTIL(outcome.ended);
    assert_string_equal(member(&outcome, "token"), "Bearer late");
    clear(&outcome);
}

static void test_follow_up_and_cancel_in_done(void **state)
{
    struct outcome second = {0};
    struct outcome other = {0};
    struct outcome first = {.send_on_done = &second};

    (void)state;
    open_client();
    send_get(&other, "/silent");
    RUN_UNTIL(world.stream != NULL);
    first.cancel_other = other.call;
    send_get(&first, "/echo");
    RUN_UNTIL(second.ended && api_counts(world.api).active == 0);
    assert_int_equal(second.error, API_OK);
    assert_int_equal(other.ended, 0);
    clear(&first);
    clear(&second);
}

static void test_cancel_before_the_start_and_free_under_way(void **state)
{
    struct outcome outcomes[3] = {0};

    (void)state;
    open_client();
    send_get(&outcomes[0], "/echo");
    api_cancel(outcomes[0].call);
    send_get(&outcomes[1], "/silent");
    RUN_UNTIL(world.stream != NULL);
    send_get(&outcomes[2], "/echo");
    assert_int_equal(api_counts(world.api).active, 2);
    api_free(world.api);
    world.api = NULL;
    assert_int_equal(outcomes[0].ended + outcomes[1].ended + outcomes[2].ended, 0);
}

/* ---- global failures ---- */

static void test_unauthorized_is_logged_once(void **state)
{
    (void)state;
    open_client();
    for (int i = 0; i < 3; i++) {
        struct outcome outcome = get("/unauthorized");

        assert_int_equal(outcome.error, API_UNAUTHORIZED);
        assert_string_equal(outcome.message, "Unauthorized");
    }
    assert_int_equal(logged("refuses the credential (401)"), 1);
    assert_int_equal(logged("answers again"), 0);
    get("/missing");
    get("/missing");
    assert_int_equal(logged("answers again"), 1);
    get("/unauthorized");
    assert_int_equal(logged("refuses the credential (401)"), 2);
    assert_int_equal(logged("one"), 0);
}

static void test_wrong_authority(void **state)
{
    (void)state;
    open_client_at("127.0.0.1", world.port, stranger.certificate_pem);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = get("/echo");

        assert_int_equal(outcome.error, API_UNTRUSTED);
        assert_int_equal(outcome.status, 0);
        assert_true(outcome.message[0] != '\0');
    }
    assert_int_equal(world.requests, 0);
    assert_int_equal(logged("certificate does not verify"), 1);
    assert_int_equal(logged("level=error"), 1);
}

static void test_unreadable_authority(void **state)
{
    (void)state;
    open_client_at("127.0.0.1", world.port, "not a certificate");
    assert_int_equal(get("/echo").error, API_UNTRUSTED);
    assert_int_equal(world.requests, 0);
}

/* No name is looked up: only its certificate says that this is another server. */
static void test_wrong_name(void **state)
{
    static const char *const names[] = {"localhost", "no-such-host.invalid",
                                        "No-Such-Host.invalid.", "10.255.255.1"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        open_client_at(names[i], world.port, authority.certificate_pem);
        CHECK_ROW(names[i], get("/echo").error == API_UNTRUSTED);
        api_free(world.api);
        world.api = NULL;
    }
    assert_int_equal(world.requests, 0);
}

static void test_refused_connection(void **state)
{
    (void)state;
    open_client();
    evhttp_free(world.http);
    for (int i = 0; i < 3; i++)
        assert_int_equal(get("/echo").error, API_UNREACHABLE);
    assert_int_equal(logged("level=warning"), 1);
    assert_int_equal(logged("cannot reach the API server; still trying"), 1);
    SSL_CTX_free(world.tls);
    start_server();
    api_free(world.api);
    world.api = NULL;
}

/* What many requests need is asked for once; and given once, it serves all of them. */
static void test_connection_is_asked_for_once(void **state)
{
    enum {
        SOME = 5
    };
    struct outcome outcomes[SOME] = {0};
    int pair[2];

    (void)state;
    open_client();
    world.hold_connections = true;
    for (size_t i = 0; i < SOME; i++)
        send_get(&outcomes[i], "/echo");
    RUN_UNTIL(world.asked == 1);
    check_settle(world.base);
    assert_int_equal(world.asked, 1);
    assert_int_equal(api_counts(world.api).active, SOME);
    api_cancel(outcomes[0].call);
    assert_int_equal(api_counts(world.api).active, SOME - 1);
    api_not_connected(world.api, "no\nway");
    assert_int_equal(outcomes[1].ended, 0); /* not from within */
    RUN_UNTIL(api_counts(world.api).active == 0);
    assert_int_equal(outcomes[0].ended, 0);
    for (size_t i = 1; i < SOME; i++) {
        assert_int_equal(outcomes[i].ended, 1);
        assert_int_equal(outcomes[i].error, API_UNREACHABLE);
        assert_string_equal(outcomes[i].message, "no way");
    }
    assert_int_equal(logged("cannot reach the API server; still trying"), 1);
    assert_int_equal(api_counts(world.api).failed, SOME - 1);
    api_not_connected(world.api, "nobody asked");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    api_connected(world.api, pair[0]);
    assert_int_equal(read(pair[1], outcomes, 1), 0); /* nobody asked: it is closed */
    close(pair[1]);
    world.hold_connections = false;
    outcomes[0] = get("/echo");
    assert_int_equal(outcomes[0].error, API_OK);
    assert_int_equal(world.asked, 2);
    clear(&outcomes[0]);
}

/* The one that needed it has been cancelled meanwhile. */
static void test_connection_that_nobody_needs(void **state)
{
    struct outcome outcome = {0};
    char byte;
    int pair[2];

    (void)state;
    open_client();
    world.hold_connections = true;
    send_get(&outcome, "/echo");
    RUN_UNTIL(world.asked == 1);
    api_cancel(outcome.call);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    api_connected(world.api, pair[0]);
    check_settle(world.base);
    assert_int_equal(read(pair[1], &byte, 1), 0);
    close(pair[1]);
}

static void count_refusal(void *context)
{
    ++*(unsigned *)context;
}

/* After a 401 nothing is sent until there is another identity, or for some seconds. */
static void test_refused_identity(void **state)
{
    char *server = memory_format("https://127.0.0.1:%u", world.port);
    struct outcome outcomes[2] = {0};
    unsigned refusals = 0, requests;
    double started;

    (void)state;
    world.connect_to = world.port;
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = ask_for_connection,
                                                           .refused = count_refusal,
                                                           .context = &refusals});
    free(server);
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    assert_int_equal(get("/unauthorized").error, API_UNAUTHORIZED);
    assert_int_equal(refusals, 1);
    requests = world.requests;
    send_get(&outcomes[0], "/echo");
    send_stream(&outcomes[1], "/echo");
    check_settle(world.base);
    assert_int_equal(world.requests, requests);
    started = check_now();
    api_set_identity(world.api, &(struct api_identity){.token = "two"});
    RUN_UNTIL(outcomes[0].ended && outcomes[1].ended);
    assert_true(check_now() - started < API_REFUSED_SECONDS - 1);
    assert_string_equal(member(&outcomes[0], "token"), "Bearer two");
    clear(&outcomes[0]);
    clear(&outcomes[1]);
    assert_int_equal(get("/unauthorized").error, API_UNAUTHORIZED);
    assert_int_equal(refusals, 2);
    started = check_now();
    outcomes[0] = get("/echo");
    assert_int_equal(outcomes[0].error, API_OK);
    clear(&outcomes[0]);
    assert_in_range((int)(check_now() - started), API_REFUSED_SECONDS - 1, API_REFUSED_SECONDS);
    assert_int_equal(refusals, 2);
}

static void close_at_once(struct evconnlistener *listener, evutil_socket_t descriptor,
                          struct sockaddr *address, int size, void *context)
{
    (void)listener;
    (void)address;
    (void)size;
    if (context != NULL)
        assert_int_equal(write(descriptor, "HTTP/1.1 400 no\r\n\r\n", 19), 19);
    close(descriptor);
}

/* A load balancer without backends, and a port that does not speak TLS. */
static void test_not_a_tls_server(void **state)
{
    for (int speaks = 0; speaks < 2; speaks++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        struct evconnlistener *listener = evconnlistener_new_bind(
            world.base, close_at_once, speaks ? state : NULL, LEV_OPT_CLOSE_ON_FREE, -1,
            (struct sockaddr *)&address, sizeof(address));

        getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
        open_client_at("127.0.0.1", ntohs(address.sin_port), authority.certificate_pem);
        assert_int_equal(get("/echo").error, speaks ? API_UNTRUSTED : API_UNREACHABLE);
        assert_int_equal(logged("still trying"), 1);
        assert_int_equal(logged("no TLS connection"), speaks);
        api_free(world.api);
        world.api = NULL;
        evconnlistener_free(listener);
    }
}

/* ---- streams ---- */

static void test_stream(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    send_chunk("bc");
    RUN_UNTIL(has_data(&outcome, "abc"));
    assert_int_equal(outcome.data_calls, 2);
    assert_int_equal(outcome.ended, 0);
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    assert_int_equal(outcome.status, 200);
    assert_null(outcome.body);
    clear(&outcome);
}

static void test_pause(void **state)
{
    struct outcome outcome = {.pause_on_data = true};
    struct outcome probe;

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    send_chunk("b");
    for (int i = 0; i < 5; i++) { /* time for "b" to come, if it did */
        probe = get("/echo");
        assert_int_equal(probe.error, API_OK);
        clear(&probe);
    }
    assert_true(has_data(&outcome, "a"));
    api_pause(outcome.call, false); /* on_data pauses again */
    assert_true(has_data(&outcome, "a"));
    RUN_UNTIL(has_data(&outcome, "ab"));
    outcome.pause_on_data = false;
    send_chunk("c");
    api_pause(outcome.call, false);
    RUN_UNTIL(has_data(&outcome, "abc"));
    evhttp_send_reply_end(world.stream);
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_OK);
    clear(&outcome);
}

static void test_cancel_in_data(void **state)
{
    struct outcome outcome = {.cancel_on_data = true};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    run_until_stream_is_closed();
    assert_int_equal(outcome.data_calls, 1);
    assert_int_equal(outcome.ended, 0);
    assert_int_equal(api_counts(world.api).active, 0);
    clear(&outcome);
}

/* While resuming, libcurl calls on_data from within curl_easy_pause(). */
static void test_cancel_in_data_after_resume(void **state)
{
    struct outcome outcome = {0};
    struct outcome probe;

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    api_pause(outcome.call, true);
    send_chunk("a");
    for (int i = 0; i < 5; i++) {
        probe = get("/echo");
        clear(&probe);
    }
    assert_int_equal(outcome.data_calls, 0);
    outcome.cancel_on_data = true;
    api_pause(outcome.call, false);
    run_until_stream_is_closed();
    assert_int_equal(outcome.data_calls, 1);
    assert_int_equal(outcome.ended, 0);
    assert_int_equal(api_counts(world.api).active, 0);
    clear(&outcome);
}

static void test_send_and_cancel_other_in_data(void **state)
{
    struct outcome follow = {0};
    struct outcome other = {0};
    struct outcome outcome = {.send_on_data = &follow};

    (void)state;
    open_client();
    send_get(&other, "/silent");
    RUN_UNTIL(world.stream != NULL);
    world.stream = NULL;
    outcome.cancel_other = other.call;
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(follow.ended);
    assert_int_equal(follow.error, API_OK);
    assert_int_equal(other.ended, 0);
    assert_int_equal(api_counts(world.api).active, 1);
    clear(&follow);
    clear(&outcome);
}

/* The server speaks HTTP/1.1, so each needs a connection of its own. */
static void test_streams_at_once(void **state)
{
    struct outcome streams[3] = {0};

    (void)state;
    open_client();
    world.streams = 0;
    for (size_t i = 0; i < 3; i++)
        send_stream(&streams[i], "/stream");
    RUN_UNTIL(world.streams == 3);
    assert_int_equal(api_counts(world.api).active, 3);
    for (size_t i = 0; i < 3; i++)
        clear(&streams[i]);
}

static void test_stream_error(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/missing");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_NOT_FOUND);
    assert_string_equal(outcome.reason, "NotFound");
    assert_int_equal(outcome.data_calls, 0);
    clear(&outcome);
}

static void test_silence(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_TIMEOUT);
    assert_int_equal(logged("level="), 0);
    clear(&outcome);
}

static void test_stream_breaks(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_client();
    send_stream(&outcome, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&outcome, "a"));
    evhttp_connection_free(evhttp_request_get_connection(world.stream));
    RUN_UNTIL(outcome.ended);
    assert_int_equal(outcome.error, API_UNREACHABLE);
    assert_int_equal(outcome.status, 200);
    assert_true(outcome.message[0] != '\0');
    assert_int_equal(logged("level="), 0);
    clear(&outcome);
}

/* An answer that never comes because the server goes away, and its return. The second request goes
 * on a stream: its headers are enough. */
static void test_outage(void **state)
{
    struct outcome lost = {0};
    struct outcome back = {0};

    (void)state;
    open_client();
    send_get(&lost, "/silent");
    RUN_UNTIL(world.stream != NULL);
    evhttp_connection_free(evhttp_request_get_connection(world.stream));
    RUN_UNTIL(lost.ended);
    assert_int_equal(lost.error, API_UNREACHABLE);
    assert_int_equal(logged("still trying"), 1);
    send_stream(&back, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&back, "a"));
    assert_int_equal(logged("answers again"), 1);
    clear(&back);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_curl_codes),
        cmocka_unit_test(test_error_bodies),
        cmocka_unit_test(test_long_message_is_cut_between_characters),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_json),
        LIVE(test_get),
        LIVE(test_methods),
        LIVE(test_error_answers),
        LIVE(test_conditional),
        LIVE(test_own_headers),
        LIVE(test_large_response),
        LIVE(test_many_requests),
        LIVE(test_new_identity),
        LIVE(test_nothing_is_sent_without_identity),
        LIVE(test_follow_up_and_cancel_in_done),
        LIVE(test_cancel_before_the_start_and_free_under_way),
        LIVE(test_unauthorized_is_logged_once),
        LIVE(test_wrong_authority),
        LIVE(test_unreadable_authority),
        LIVE(test_wrong_name),
        LIVE(test_refused_connection),
        LIVE(test_connection_is_asked_for_once),
        LIVE(test_connection_that_nobody_needs),
        LIVE(test_refused_identity),
        LIVE(test_not_a_tls_server),
        LIVE(test_stream),
        LIVE(test_pause),
        LIVE(test_cancel_in_data),
        LIVE(test_cancel_in_data_after_resume),
        LIVE(test_send_and_cancel_other_in_data),
        LIVE(test_streams_at_once),
        LIVE(test_stream_error),
        LIVE(test_silence),
        LIVE(test_stream_breaks),
        LIVE(test_outage),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    alarm(WATCHDOG_SECONDS);
    authority = identity_new("authority", NULL, NULL);
    stranger = identity_new("stranger", NULL, NULL);
    server_identity = identity_new("server", "IP:127.0.0.1", &authority);
    client_identity = identity_new("client", NULL, &authority);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    identity_free(&authority);
    identity_free(&stranger);
    identity_free(&server_identity);
    identity_free(&client_identity);
    return failed;
}
