/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl calls back during a transfer runs here. It must not enter libcurl again: it records,
 * and leaves the rest to api.c. */
#include "common/api/transfer.h"

#include "common/api/credential.h"
#include "common/api/foreign.h"
#include "common/api/health.h"
#include "common/api/supply.h"
#include "common/api/verb.h"
#include "common/base/clock.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/projection.h"
#include "common/message/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ERROR_BODY_MAX = 64 * 1024,   /* bytes of an error's body that are read */
    RESPONSE_ROOM_MIN = 4 * 1024, /* bytes of the first buffer for a response */
};

static struct json_object *read_body(const struct api_call *, const struct api_response *,
                                     struct api_failure *);
static struct api_response response_of(const struct api_call *, CURLcode);
static const char *header_of(const struct api_call *, const char *name);
static void describe_failure(struct api_call *, CURLcode, struct api_failure *);
static void describe_refused_tunnel(long status, struct api_failure *);
static curl_socket_t open_socket(void *call, curlsocktype, struct curl_sockaddr *);
static int close_socket(void *supply, curl_socket_t descriptor);
static int on_connected(void *call, char *server_address, char *own_address, int server_port,
                        int own_port);
static size_t on_header(char *bytes, size_t one, size_t size, void *call);
static void on_headers(struct api_call *, int status);
static void record_multiplexing(struct api_call *);
static void record_etag(struct api_call *, const char *bytes, size_t size);
static size_t on_body(char *bytes, size_t one, size_t size, void *call);
static size_t take_part(struct api_call *, const char *bytes, size_t size);
static size_t collect(struct api_call *, const char *bytes, size_t size);
static void append(struct response *, const char *bytes, size_t size);
static bool is_success(int status);

void api_transfer_prepare(struct api_call *call, const struct api_handles *handles)
{
    CURL *easy = call->easy;
    char *url = memory_format("%s%s", api_handles_url(handles), call->path);
    struct curl_slist *headers = api_credential_headers(call->credential);

    API_HANDLE_SET(easy, CURLOPT_URL, url);
    free(url);
    API_HANDLE_SET(easy, CURLOPT_HTTPGET, 1L); /* and no body, whatever was sent before */
    if (call->body != NULL) {
        API_HANDLE_SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(call->body));
        API_HANDLE_SET(easy, CURLOPT_POSTFIELDS, call->body);
    }
    for (size_t i = 0; i < call->own_header_count; i++) {
        call->own_headers[i].next = headers;
        headers = &call->own_headers[i];
    }
    call->has_tls_proxy = api_handles_have_tls_proxy(handles);
    call->host = (struct curl_slist){.data = api_handles_host(handles), .next = headers};
    if (call->host.data != NULL)
        headers = &call->host;
    API_HANDLE_SET(easy, CURLOPT_CUSTOMREQUEST, call->method);
    API_HANDLE_SET(easy, CURLOPT_HTTPHEADER, headers);
    api_credential_apply(call->credential, easy);
    API_HANDLE_SET(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    API_HANDLE_SET(easy, CURLOPT_OPENSOCKETDATA, call);
    API_HANDLE_SET(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    API_HANDLE_SET(easy, CURLOPT_CLOSESOCKETDATA, call->supply);
    API_HANDLE_SET(easy, CURLOPT_PREREQFUNCTION, on_connected);
    API_HANDLE_SET(easy, CURLOPT_PREREQDATA, call);
    API_HANDLE_SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    API_HANDLE_SET(easy, CURLOPT_HEADERDATA, call);
    API_HANDLE_SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    API_HANDLE_SET(easy, CURLOPT_WRITEDATA, call);
    API_HANDLE_SET(easy, CURLOPT_ERRORBUFFER, call->error_text);
    API_HANDLE_SET(easy, CURLOPT_PRIVATE, call);
}

struct json_object *api_transfer_outcome(struct api_call *call, CURLcode code,
                                         struct api_failure *failure)
{
    const struct api_response response = response_of(call, code);

    *failure = (struct api_failure){.status = call->status};
    if (call->takes_anything && call->status != 0)
        return NULL;
    if (call->status != 0 && !is_success(call->status))
        /* Even if the connection broke within the body: the status says more than that. */
        api_status_of_response(failure, &response);
    else if (call->is_foreign || code == CURLE_BAD_CONTENT_ENCODING)
        api_status_of_foreign(failure, &response);
    else if (call->is_too_large || (code != CURLE_OK && !call->has_enough))
        describe_failure(call, code, failure);
    else if (call->on_data == NULL && call->status != 204)
        return read_body(call, &response, failure);
    return NULL;
}

/* NULL for text, too, which is not decoded here, and for what has come in parts. */
static struct json_object *read_body(const struct api_call *call,
                                     const struct api_response *response,
                                     struct api_failure *failure)
{
    struct json_object *body;
    const char *problem;

    if (call->on_part != NULL && call->received > 0)
        return NULL;
    if (!foreign_begins_as_json(response->body, response->size)) {
        api_status_of_foreign(failure, response);
        return NULL;
    }
    if (call->wants_text && response->size > 0)
        return NULL;
    body = api_status_parse(response->body, response->size, &problem);
    if (body == NULL) {
        bool is_sentence = strncmp(problem, "the response", strlen("the response")) == 0;

        failure->error = API_PROTOCOL;
        line_format(failure->message, sizeof(failure->message), "%s%s",
                    is_sentence ? "" : "the response cannot be read as JSON: ", problem);
    }
    return body;
}

/* Valid as long as CALL's handle is not used for anything else. */
static struct api_response response_of(const struct api_call *call, CURLcode code)
{
    curl_off_t retry_after = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after);
    return (struct api_response){.status = call->status,
                                 .content_type = header_of(call, "Content-Type"),
                                 .content_encoding = header_of(call, "Content-Encoding"),
                                 .location = header_of(call, "Location"),
                                 .body = call->response.bytes,
                                 .size = call->response.size,
                                 .is_cut = code != CURLE_OK && !call->is_too_large &&
                                           code != CURLE_BAD_CONTENT_ENCODING,
                                 .retry_after = retry_after};
}

static const char *header_of(const struct api_call *call, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(call->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? header->value
               : "";
}

/* Most incomplete ones show by their last byte. */
bool api_transfer_is_whole(const struct api_call *call)
{
    static const struct projection nothing = {0};
    const char *bytes = call->response.bytes;
    size_t size = call->response.size;
    struct projected projected;
    bool is_whole;

    if (call->on_part != NULL && !call->is_foreign)
        return call->is_whole(call->parts);
    while (size > 0 && bytes[size - 1] == '\n')
        size--;
    if (size == 0 || bytes[size - 1] != '}')
        return false;
    is_whole = projection_read(&nothing, bytes, size, &projected) == NULL;
    projected_clear(&projected);
    return is_whole;
}

void api_transfer_count(const struct api_call *call)
{
    metric_add(METRIC_API_REQUESTS, api_verb(call->method, call->path, call->on_data != NULL),
               metric_code(call->status), 1);
}

static void describe_failure(struct api_call *call, CURLcode code, struct api_failure *failure)
{
    const char *text = call->error_text[0] != '\0' ? call->error_text : curl_easy_strerror(code);
    curl_off_t connected = 0;
    long tunnel = 0;

    if (call->is_too_large) {
        failure->error = API_TOO_LARGE;
        snprintf(failure->message, sizeof(failure->message),
                 "the response is larger than %zu bytes", call->response_max);
        return;
    }
    /* Not zero once the request could be written, on a new connection or an old one. */
    curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    failure->error = api_status_of_curl(code, connected > 0, call->error_text);
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    failure->is_of_proxy = failure->error == API_UNTRUSTED && call->has_tls_proxy &&
                           tunnel == 0; /* not even answered */
    if (tunnel != 0 && tunnel / 100 != 2)
        describe_refused_tunnel(tunnel, failure);
    else if (code == CURLE_OPERATION_TIMEDOUT && call->status == 0 && connected > 0 &&
             call->on_data == NULL)
        snprintf(failure->message, sizeof(failure->message),
                 "the API server did not answer within %llu s",
                 (unsigned long long)(metric_now() - call->started) / 1000000);
    else
        api_status_copy(failure->message, sizeof(failure->message), text, strlen(text));
}

static void describe_refused_tunnel(long status, struct api_failure *failure)
{
    snprintf(failure->message, sizeof(failure->message),
             "the proxy refuses to connect to the API server (%ld): check %s", status,
             status == 407 ? "the credential that it demands"
                           : "that it allows, and can reach, the API server's address and port");
}

/* The one place where a connection to the API server begins. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct api_call *call = context;
    int descriptor = api_supply_take(call->supply);

    (void)purpose;
    (void)address;
    call->is_unconnected = descriptor < 0;
    call->is_opening = descriptor >= 0;
    return descriptor >= 0 ? descriptor : CURL_SOCKET_BAD;
}

/* A connection may outlive the call that it was opened for. */
static int close_socket(void *supply, curl_socket_t descriptor)
{
    api_supply_close(supply, descriptor);
    return 0;
}

static int on_connected(void *context, char *server_address, char *own_address, int server_port,
                        int own_port)
{
    struct api_call *call = context;

    (void)server_address;
    (void)own_address;
    (void)server_port;
    call->own_port = own_port;
    if (call->is_opening)
        api_supply_opened(call->supply);
    call->is_opening = false;
    if (*call->multiplexing == MULTIPLEXING_UNKNOWN)
        *call->multiplexing = MULTIPLEXING_UNANSWERED;
    return CURL_PREREQFUNC_OK;
}

/* The headers end with an empty line. That the server is back shows here for a stream, not when it
 * ends some minutes later. */
static size_t on_header(char *bytes, size_t one, size_t size, void *context)
{
    struct api_call *call = context;
    long status = 0;

    (void)one; /* libcurl always says 1 */
    if (size > 5 && strncasecmp(bytes, "etag:", 5) == 0)
        record_etag(call, bytes + 5, size - 5);
    if (size == 2 && memcmp(bytes, "\r\n", 2) == 0) {
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            on_headers(call, (int)status);
    }
    return size;
}

static void on_headers(struct api_call *call, int status)
{
    const char *content_type = NULL;

    call->status = status;
    api_transfer_count(call);
    record_multiplexing(call);
    if (call->on_data == NULL || !is_success(status))
        return;
    curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &content_type);
    call->is_foreign = !foreign_may_be_object(content_type);
    if (call->is_foreign)
        return;
    api_health_answered(call->health);
    if (call->on_opened != NULL && !call->is_cancelled)
        call->on_opened(call->context);
}

/* One that is too long is not kept: the next request then has none. */
static void record_etag(struct api_call *call, const char *bytes, size_t size)
{
    while (size > 0 && (*bytes == ' ' || *bytes == '\t')) {
        bytes++;
        size--;
    }
    while (size > 0 && strchr(" \t\r\n", bytes[size - 1]) != NULL)
        size--;
    if (size < sizeof(call->etag)) {
        memcpy(call->etag, bytes, size);
        call->etag[size] = '\0';
    }
}

static void record_multiplexing(struct api_call *call)
{
    long version = 0;

    curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    *call->multiplexing = version >= CURL_HTTP_VERSION_2_0 ? MULTIPLEXING_YES : MULTIPLEXING_NO;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    struct api_call *call = context;

    (void)one;
    call->last_data = clock_milliseconds();
    if (call->is_cancelled)
        return CURL_WRITEFUNC_ERROR;
    if (call->is_paused) {
        call->is_held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (call->on_part != NULL && call->received == 0)
        call->is_foreign = !foreign_begins_as_json(bytes, size);
    call->received += size;
    if (call->is_foreign || !is_success(call->status))
        return collect(call, bytes, size);
    if (call->on_part != NULL)
        return take_part(call, bytes, size);
    if (call->on_data == NULL)
        return collect(call, bytes, size);
    call->on_data(bytes, size, call->context);
    return call->is_cancelled ? CURL_WRITEFUNC_ERROR : size;
}

static size_t take_part(struct api_call *call, const char *bytes, size_t size)
{
    call->has_enough = !call->on_part(bytes, size, call->parts);
    return call->has_enough || call->is_cancelled ? CURL_WRITEFUNC_ERROR : size;
}

/* A response that exceeds the limit ends the transfer. Of an error's body the start is enough. */
static size_t collect(struct api_call *call, const char *bytes, size_t size)
{
    size_t max = call->response_max;

    if ((call->is_foreign || !is_success(call->status)) && max > ERROR_BODY_MAX)
        max = ERROR_BODY_MAX;
    if (size > max - call->response.size) {
        call->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    append(&call->response, bytes, size);
    return size;
}

/* Without realloc(), which would leave a copy behind that is not wiped. */
static void append(struct response *response, const char *bytes, size_t size)
{
    if (response->size + size >= response->room) {
        struct response larger = {.size = response->size, .room = response->room * 2};

        if (larger.room < RESPONSE_ROOM_MIN)
            larger.room = RESPONSE_ROOM_MIN;
        while (response->size + size >= larger.room)
            larger.room *= 2;
        larger.bytes = memory_new(larger.room, 1);
        if (response->size > 0)
            memcpy(larger.bytes, response->bytes, response->size);
        memory_wipe(response->bytes, response->size);
        *response = larger;
    }
    memcpy(response->bytes + response->size, bytes, size);
    response->size += size;
    response->bytes[response->size] = '\0';
}

static bool is_success(int status)
{
    return api_error_of_status(status) == API_OK;
}
