/* SPDX-License-Identifier: Apache-2.0 */
/* Real connections instead of stubs: how libcurl behaves is most of what can go wrong. */
#include "tests/unit/api_server.h"

#include "common/base/memory.h"

#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

enum {
    WATCHDOG_SECONDS = 120
};

struct identity authority, stranger, server_identity, client_identity;
struct world world;

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
    const char *number = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));

    world.stream = request;
    world.streams++;
    if (number != NULL)
        world.seen |= 1U << atoi(number);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), forget_stream, NULL);
}

static void reply_bytes(struct evhttp_request *request, int status, const char *bytes, size_t size)
{
    struct evbuffer *body = evbuffer_new();

    evbuffer_add(body, bytes, size);
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
}

static void reply(struct evhttp_request *request, int status, const char *text)
{
    reply_bytes(request, status, text, strlen(text));
}

static void reply_echo(struct evhttp_request *request)
{
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    const char *token = evhttp_find_header(headers, "Authorization");
    const char *type = evhttp_find_header(headers, "Content-Type");
    const char *agent = evhttp_find_header(headers, "User-Agent");
    const char *encoding = evhttp_find_header(headers, "Accept-Encoding");
    SSL *tls = bufferevent_openssl_get_ssl(
        evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
    X509 *peer = SSL_get1_peer_certificate(tls);
    char name[64] = "";
    char *body = memory_bytes(evbuffer_pullup(input, -1), evbuffer_get_length(input));
    char *text;

    if (peer != NULL)
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof(name));
    text = memory_format("{\"method\":%d,\"token\":\"%s\",\"type\":\"%s\",\"agent\":\"%s\","
                         "\"encoding\":\"%s\",\"peer\":\"%s\",\"body\":%s}\n",
                         (int)evhttp_request_get_command(request), token != NULL ? token : "",
                         type != NULL ? type : "", agent != NULL ? agent : "",
                         encoding != NULL ? encoding : "", name, body[0] != '\0' ? body : "null");
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

/* gzip of {"kind":"PoolList"} */
static const char zipped[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\xce\xcc\x4b\x51\xb2\x52\x0a\xc8\xcf"
    "\xcf\xf1\xc9\x2c\x2e\x51\xaa\x05\x00\x2d\xac\xd9\x8b\x13\x00\x00\x00";

static const struct {
    const char *path;
    int status;
    const char *headers[4]; /* names and values */
    const char *body;
    size_t size; /* 0: that of the text */
} answers[] = {
    {"/missing",
     404,
     {NULL},
     "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"pools \\\"a\\\" not found\"}\n",
     0},
    {"/unauthorized", 401, {NULL}, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", 0},
    {"/busy", 503, {"Retry-After", "7"}, "try later\nplease", 0},
    {"/redirect",
     302,
     {"Location", "https://example.invalid/login?secret=1", "Content-Type", "text/html"},
     "",
     0},
    {"/page",
     504,
     {"Content-Type", "text/html; charset=utf-8"},
     "<html>\n<head><title>Gateway Time-out</title></head></html>",
     0},
    {"/login", 200, {"Content-Type", "text/html"}, "<html><title>Sign in</title></html>", 0},
    {"/zipped", 200, {"Content-Encoding", "gzip"}, zipped, sizeof(zipped) - 1},
    {"/halfzipped", 200, {"Content-Encoding", "gzip"}, "{}", 0},
    {"/odd", 200, {"Content-Encoding", "rot13"}, "{}", 0},
    {"/text", 200, {NULL}, "ok", 0},
    {"/array", 200, {NULL}, "[]", 0},
    {"/empty", 200, {NULL}, "", 0},
    {"/nothing", 204, {NULL}, "", 0},
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
            for (size_t j = 0; j < 4 && answers[i].headers[j] != NULL; j += 2)
                evhttp_add_header(evhttp_request_get_output_headers(request), answers[i].headers[j],
                                  answers[i].headers[j + 1]);
            reply_bytes(request, answers[i].status, answers[i].body,
                        answers[i].size > 0 ? answers[i].size : strlen(answers[i].body));
        }
    }
}

void send_chunk(const char *text)
{
    struct evbuffer *chunk = evbuffer_new();

    assert_non_null(world.stream);
    evbuffer_add(chunk, text, strlen(text));
    evhttp_send_reply_chunk(world.stream, chunk);
    evbuffer_free(chunk);
}

void start_server(void)
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
    evhttp_set_default_content_type(world.http, "application/json");
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

void request_connection(void *context)
{
    (void)context;
    world.connects++;
    if (!world.hold_connections)
        event_base_once(world.base, -1, EV_TIMEOUT, on_connect, NULL, NULL);
}

static void count_crowded(void *context)
{
    (void)context;
    world.crowded++;
}

void open_client_at(const char *host, uint16_t port, const char *ca_pem)
{
    char *server = memory_format("https://%s:%u/", host, port);

    world.connect_to = port;
    world.api =
        api_new(world.base, &(struct api_settings){.server = server,
                                                   .ca_pem = ca_pem,
                                                   .user_agent = "tester/1",
                                                   .connect = request_connection,
                                                   .connections_max = world.connections_max,
                                                   .crowded = count_crowded,
                                                   .stream_idle_seconds = world.idle_seconds,
                                                   .request_seconds = 60});
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    free(server);
}

void open_client(void)
{
    open_client_at("127.0.0.1", world.port, authority.certificate_pem);
}

void on_done(const struct api_result *result, void *context)
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

void send_get(struct outcome *outcome, const char *path)
{
    outcome->call = api_send(
        world.api, &(struct api_request){
                       .method = "GET", .path = path, .on_done = on_done, .context = outcome});
}

void send_stream(struct outcome *outcome, const char *path)
{
    outcome->data = evbuffer_new();
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_data = on_data,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

static bool on_part(const char *bytes, size_t size, void *context)
{
    const struct outcome *outcome = context;

    on_data(bytes, size, context);
    return !outcome->has_enough;
}

static bool is_whole(void *context)
{
    const struct outcome *outcome = context;

    return outcome->is_whole;
}

void send_for_parts(struct outcome *outcome, const char *path)
{
    outcome->data = evbuffer_new();
    outcome->call = api_send(world.api, &(struct api_request){.method = "GET",
                                                              .path = path,
                                                              .on_part = on_part,
                                                              .is_whole = is_whole,
                                                              .parts = outcome,
                                                              .on_done = on_done,
                                                              .context = outcome});
}

void clear(struct outcome *outcome)
{
    json_object_put(outcome->body);
    if (outcome->data != NULL)
        evbuffer_free(outcome->data);
    *outcome = (struct outcome){0};
}

/* The server notices that its client has gone only when it writes. */
void run_until_stream_is_closed(void)
{
    struct evhttp_request *request = world.stream;

    while (world.stream != NULL) {
        send_chunk("more");
        event_base_loop(world.base, EVLOOP_NONBLOCK);
    }
    evhttp_send_reply_end(request); /* without a connection it is still the handler's to end */
}

struct outcome get(const char *path)
{
    static struct outcome outcome;

    outcome = (struct outcome){0};
    send_get(&outcome, path);
    RUN_UNTIL(outcome.ended);
    return outcome;
}

size_t ended(const struct outcome *outcomes, size_t count)
{
    size_t result = 0;

    for (size_t i = 0; i < count; i++)
        result += outcomes[i].ended > 0;
    return result;
}

bool has_data(const struct outcome *outcome, const char *text)
{
    size_t size = evbuffer_get_length(outcome->data);

    return size == strlen(text) && memcmp(evbuffer_pullup(outcome->data, -1), text, size) == 0;
}

const char *member(const struct outcome *outcome, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(outcome->body, name, &value);
    return json_object_get_string(value);
}

unsigned logged(const char *text)
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

int set_up(void **state)
{
    (void)state;
    world.base = event_base_new();
    world.connections_max = world.crowded = world.seen = 0;
    world.idle_seconds = 60; /* none times out, however slow the machine is */
    start_server();
    world.log = memfd_create("log", MFD_CLOEXEC);
    world.saved_stderr = dup(STDERR_FILENO);
    dup2(world.log, STDERR_FILENO);
    return 0;
}

int tear_down(void **state)
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

int make_identities(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    alarm(WATCHDOG_SECONDS);
    authority = identity_new("authority", NULL, NULL);
    stranger = identity_new("stranger", NULL, NULL);
    server_identity = identity_new("server", "IP:127.0.0.1", &authority);
    client_identity = identity_new("client", NULL, &authority);
    return 0;
}

int free_identities(void **state)
{
    (void)state;
    identity_free(&authority);
    identity_free(&stranger);
    identity_free(&server_identity);
    identity_free(&client_identity);
    return 0;
}
