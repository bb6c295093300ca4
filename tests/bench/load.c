/* SPDX-License-Identifier: Apache-2.0 */
/* The baseline of the benches: sends requests that were made before on one HTTP/2 connection, as
 * many at a time as asked for, and does nothing else. h2load knows only one body for all requests,
 * which the admission policies would refuse.
 *
 * load ADDRESS PORT CA-FILE STREAMS PAUSE-MS TIMES-FILE TOKEN-FILE... <REQUESTS
 *
 * Requests are as requests.h has them, and use the tokens in turn. With a pause, they begin no
 * sooner than that after each other. TIMES-FILE gets a line for each request, in their order: when
 * it was sent and when it was answered, in seconds of CLOCK_MONOTONIC. */
#include "tests/bench/requests.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>

enum {
    BUFFER_BYTES = 64 * 1024, /* one write for all frames that fit */
    WINDOW_BYTES = 1 << 30,   /* the server never waits for us */
    ACCOUNTS_MAX = 2,
    QUIET_MS = 60 * 1000, /* without an answer for so long, something is wrong */
};

struct load {
    struct requests requests;
    size_t begun, ended;
    size_t streams;
    double pause; /* seconds */
    const char *host;
    char *authorizations[ACCOUNTS_MAX];
    size_t accounts;
    SSL *tls;
    int descriptor;
    nghttp2_session *session;
};

/* Connection */

static int connect_to(const char *address, const char *port)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (inet_pton(AF_INET, address, &server.sin_addr) != 1 ||
        connect(descriptor, (struct sockaddr *)&server, sizeof(server)) != 0)
        fail("cannot connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return descriptor;
}

static SSL *shake_hands(int descriptor, const char *address, const char *ca_file)
{
    SSL_CTX *context = demand(SSL_CTX_new(TLS_client_method()));
    SSL *tls;

    if (SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1)
        fail("the CA certificate cannot be read");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\x02h2", 3);
    tls = demand(SSL_new(context));
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), address);
    SSL_set_fd(tls, descriptor);
    if (SSL_connect(tls) != 1)
        fail("no TLS");
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    SSL_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return tls;
}

/* Waits until the connection can be read, or written, or the time in milliseconds is over. */
static void wait_for(const struct load *load, short events, int milliseconds)
{
    struct pollfd connection = {.fd = load->descriptor, .events = events};

    if (poll(&connection, 1, milliseconds) == 0 && milliseconds == QUIET_MS)
        fail("no answer for a minute");
}

static void write_all(struct load *load, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        int written = SSL_write(load->tls, bytes, (int)count);

        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (SSL_get_error(load->tls, written) == SSL_ERROR_WANT_WRITE) {
            wait_for(load, POLLOUT, QUIET_MS);
        } else {
            fail("the connection broke");
        }
    }
}

static void send_frames(struct load *load)
{
    static uint8_t buffer[BUFFER_BYTES];
    const uint8_t *frame;
    size_t used = 0;
    ssize_t size;

    while ((size = nghttp2_session_mem_send(load->session, &frame)) > 0) {
        if (used + (size_t)size > sizeof(buffer)) {
            write_all(load, buffer, used);
            used = 0;
        }
        memcpy(buffer + used, frame, (size_t)size); /* a frame has 16 KB at most */
        used += (size_t)size;
    }
    if (size < 0)
        fail("a frame cannot be made");
    write_all(load, buffer, used);
}

/* Reads what there is. Returns false when there was nothing. */
static bool receive(struct load *load)
{
    static uint8_t buffer[BUFFER_BYTES];
    int count = SSL_read(load->tls, buffer, sizeof(buffer));

    if (count <= 0) {
        if (SSL_get_error(load->tls, count) != SSL_ERROR_WANT_READ)
            fail("the API server ended the connection");
        return false;
    }
    if (nghttp2_session_mem_recv(load->session, buffer, (size_t)count) != count)
        fail("the answer is no HTTP/2");
    return true;
}

/* Requests */

static ssize_t give_body(nghttp2_session *session, int32_t stream, uint8_t *bytes, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *context)
{
    struct request *request = source->ptr;
    size_t left = strlen(request->parts[BODY]) - request->sent_bytes;
    size_t count = left < room ? left : room;

    (void)session, (void)stream, (void)context;
    memcpy(bytes, request->parts[BODY] + request->sent_bytes, count);
    request->sent_bytes += count;
    if (count == left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)count;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

static void begin_request(struct load *load)
{
    size_t number = load->begun++;
    struct request *request = &load->requests.all[number];
    nghttp2_nv headers[] = {
        header(":method", request->parts[METHOD]),
        header(":scheme", "https"),
        header(":authority", load->host),
        header(":path", request->parts[PATH]),
        header("authorization", load->authorizations[number % load->accounts]),
        header("content-type", request->parts[TYPE]),
        header("accept", "application/json"),
    };
    nghttp2_data_provider body = {.source.ptr = request, .read_callback = give_body};

    request->sent = now();
    if (nghttp2_submit_request(load->session, NULL, headers, sizeof(headers) / sizeof(*headers),
                               request->parts[BODY][0] != '\0' ? &body : NULL, request) < 0)
        fail("a request cannot be made");
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *context)
{
    struct request *request = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    (void)value_size, (void)flags, (void)context;
    if (request != NULL && name_size == strlen(":status") &&
        memcmp(name, ":status", name_size) == 0)
        request->status = (int)strtol((const char *)value, NULL, 10);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *context)
{
    struct load *load = context;
    struct request *request = nghttp2_session_get_stream_user_data(session, stream);

    (void)error;
    if (request != NULL) {
        request->answered = now();
        load->ended++;
    }
    return 0;
}

static void new_session(struct load *load)
{
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES};
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        fail("out of memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&load->session, callbacks, load) != 0)
        fail("out of memory");
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(load->session, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(load->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
}

/* The milliseconds until the next request may begin: 0 if now; QUIET_MS if only an answer helps. */
static int time_to_next(const struct load *load)
{
    double due;

    if (load->begun == load->requests.count || load->begun - load->ended >= load->streams)
        return QUIET_MS;
    due = load->begun == 0 ? 0 : load->requests.all[load->begun - 1].sent + load->pause;
    return due > now() ? 1 + (int)(1000 * (due - now())) : 0;
}

static void run(struct load *load)
{
    while (load->ended < load->requests.count) {
        while (time_to_next(load) == 0)
            begin_request(load);
        send_frames(load);
        if (!receive(load))
            wait_for(load, POLLIN, time_to_next(load));
    }
}

/* Output */

static void write_times(const struct load *load, const char *path)
{
    FILE *file = demand(fopen(path, "w"));

    for (size_t i = 0; i < load->requests.count; i++)
        fprintf(file, "%.6f %.6f\n", load->requests.all[i].sent, load->requests.all[i].answered);
    fclose(file);
}

static void print_summary(const struct load *load)
{
    int failure;
    size_t succeeded = count_succeeded(&load->requests, &failure);

    printf("{\"succeeded\": %zu, \"failure\": %d, \"sent_bytes\": %ju, \"received_bytes\": %ju, "
           "\"cpu_seconds\": %.3f, \"switches\": %ld, \"streams_max\": %u}\n",
           succeeded, failure, (uintmax_t)BIO_number_written(SSL_get_wbio(load->tls)),
           (uintmax_t)BIO_number_read(SSL_get_rbio(load->tls)), used_seconds(), used_switches(),
           nghttp2_session_get_remote_settings(load->session,
                                               NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
}

int main(int count, char **arguments)
{
    struct load load = {0};

    if (count < 8 || count > 7 + ACCOUNTS_MAX)
        fail(
            "usage: load ADDRESS PORT CA-FILE STREAMS PAUSE-MS TIMES-FILE TOKEN-FILE... <REQUESTS");
    load.host = arguments[1];
    load.streams = strtoul(arguments[4], NULL, 10);
    load.pause = strtod(arguments[5], NULL) / 1000;
    while (arguments[7 + load.accounts] != NULL) {
        load.authorizations[load.accounts] = read_authorization(arguments[7 + load.accounts]);
        load.accounts++;
    }
    load.requests = read_requests();
    load.descriptor = connect_to(arguments[1], arguments[2]);
    load.tls = shake_hands(load.descriptor, arguments[1], arguments[3]);
    new_session(&load);
    run(&load);
    write_times(&load, arguments[6]);
    print_summary(&load);
    return 0;
}
