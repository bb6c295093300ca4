/* SPDX-License-Identifier: Apache-2.0 */
/* Servers, load balancers and libcurl report failures in many forms; strangers write their texts.
 */
#include "common/api/status.h"

#include "common/base/delays.h"
#include "common/base/json.h"
#include "common/base/utf8.h"

#include <stdio.h>
#include <string.h>

static bool is_broken_transport(const char *detail);
static void read_status_object(struct api_failure *, struct json_object *);
static void copy_member(char *to, size_t room, struct json_object *, const char *name);
static bool is_status_object(struct json_object *);
static void judge_stranger(struct api_failure *, const struct api_response *);
static bool is_plain_text(const struct api_response *);
static bool is_unknown_path(const struct api_response *);
static unsigned clamp_retry_after(long long seconds);

/* Codes that are not listed are errors of the protocol. CURLE_SSL_CONNECT_ERROR and
 * CURLE_OPERATION_TIMEDOUT depend on more than the code. */
static const struct {
    CURLcode code;
    enum api_error error;
} codes[] = {
    {CURLE_OK, API_OK},
    {CURLE_URL_MALFORMAT, API_BAD_REQUEST},
    {CURLE_COULDNT_RESOLVE_PROXY, API_UNREACHABLE},
    {CURLE_PROXY, API_UNREACHABLE},
    {CURLE_COULDNT_RESOLVE_HOST, API_UNREACHABLE},
    {CURLE_COULDNT_CONNECT, API_UNREACHABLE},
    {CURLE_INTERFACE_FAILED, API_UNREACHABLE},
    {CURLE_HTTP2, API_UNREACHABLE},
    {CURLE_HTTP2_STREAM, API_UNREACHABLE},
    {CURLE_SEND_ERROR, API_UNREACHABLE},
    {CURLE_RECV_ERROR, API_UNREACHABLE},
    {CURLE_GOT_NOTHING, API_UNREACHABLE},
    {CURLE_PARTIAL_FILE, API_UNREACHABLE},
    {CURLE_SEND_FAIL_REWIND, API_UNREACHABLE},
    {CURLE_NO_CONNECTION_AVAILABLE, API_UNREACHABLE},
    {CURLE_PEER_FAILED_VERIFICATION, API_UNTRUSTED},
    {CURLE_SSL_CACERT_BADFILE, API_UNTRUSTED},
    {CURLE_SSL_ISSUER_ERROR, API_UNTRUSTED},
    {CURLE_SSL_CERTPROBLEM, API_UNTRUSTED},
    {CURLE_SSL_CLIENTCERT, API_UNTRUSTED},
    {CURLE_SSL_CIPHER, API_UNTRUSTED},
    {CURLE_SSL_CRL_BADFILE, API_UNTRUSTED},
    {CURLE_SSL_INVALIDCERTSTATUS, API_UNTRUSTED},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, API_UNTRUSTED},
    {CURLE_USE_SSL_FAILED, API_UNTRUSTED},
    {CURLE_FILESIZE_EXCEEDED, API_TOO_LARGE},
};

enum api_error api_status_of_curl(CURLcode code, bool connected, const char *detail)
{
    if (code == CURLE_OPERATION_TIMEDOUT)
        return connected ? API_TIMEOUT : API_UNREACHABLE;
    if (code == CURLE_SSL_CONNECT_ERROR)
        return is_broken_transport(detail) ? API_UNREACHABLE : API_UNTRUSTED;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].code == code)
            return codes[i].error;
    }
    return API_PROTOCOL;
}

void api_status_of_response(struct api_failure *failure, const struct api_response *response)
{
    const char *problem;
    struct json_object *object = api_status_parse(response->body, response->size, &problem);

    *failure = (struct api_failure){.error = api_error_of_status(response->status),
                                    .status = response->status,
                                    .is_status = is_status_object(object)};
    if (failure->is_status)
        read_status_object(failure, object);
    else
        judge_stranger(failure, response);
    if (failure->message[0] == '\0')
        snprintf(failure->message, sizeof(failure->message),
                 "the API server answered %d without saying why", response->status);
    if (response->retry_after > 0)
        failure->retry_after = clamp_retry_after(response->retry_after);
    json_object_put(object);
}

void api_status_of_foreign(struct api_failure *failure, const struct api_response *response)
{
    *failure = (struct api_failure){.error = API_FOREIGN, .status = response->status};
    foreign_describe(response, failure->message, sizeof(failure->message));
}

struct json_object *api_status_parse(const char *bytes, size_t size, const char **problem)
{
    struct json_object *object;

    *problem = "the response is empty";
    if (size == 0)
        return NULL;
    object = json_decode(bytes, size, problem);
    if (object == NULL || json_object_is_type(object, json_type_object))
        return object;
    *problem = "the response is not a JSON object";
    json_object_put(object);
    return NULL;
}

void api_status_copy(char *to, size_t room, const char *from, size_t size)
{
    const char *at = from != NULL ? from : "";
    const char *end = at + strnlen(at, size);
    size_t used = 0;

    while (at < end) {
        size_t length = utf8_length(at, (size_t)(end - at));
        bool plain = length > 0 && !utf8_is_control(at, length);

        if (used + (plain ? length : 1) >= room)
            break;
        if (plain)
            memcpy(to + used, at, length);
        else
            to[used] = length > 0 ? ' ' : '?';
        used += plain ? length : 1;
        at += length > 0 ? length : 1;
    }
    to[used] = '\0';
}

/* A connection that breaks during the TLS handshake has the same code as a handshake that TLS
 * itself refuses. A load balancer without backends breaks connections, and no certificate is to
 * blame for that, so libcurl's text decides. Unknown texts count as TLS's. */
static bool is_broken_transport(const char *detail)
{
    static const char *const texts[] = {
        "OpenSSL SSL_connect:",           /* libcurl 7.88; followed by the system's error */
        "Send failure:", "Recv failure:", /* libcurl 8 */
        "unexpected eof",                 /* OpenSSL 3 */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strstr(detail, texts[i]) != NULL)
            return true;
    }
    return false;
}

static void read_status_object(struct api_failure *failure, struct json_object *object)
{
    struct json_object *seconds = json_at(object, "details.retryAfterSeconds");
    struct json_object *causes = json_at(object, "details.causes");

    failure->error = api_error_of_object(failure->status, object);
    copy_member(failure->reason, sizeof(failure->reason), object, "reason");
    copy_member(failure->message, sizeof(failure->message), object, "message");
    failure->has_causes = json_object_is_type(causes, json_type_array) && json_count(causes) > 0;
    if (json_object_is_type(seconds, json_type_int))
        failure->retry_after = clamp_retry_after(json_object_get_int64(seconds));
}

static void copy_member(char *to, size_t room, struct json_object *object, const char *name)
{
    struct json_object *member;

    if (json_object_object_get_ex(object, name, &member) &&
        json_object_is_type(member, json_type_string))
        api_status_copy(to, room, json_object_get_string(member),
                        (size_t)json_object_get_string_len(member));
}

static bool is_status_object(struct json_object *object)
{
    return object != NULL && strcmp(json_text_at(object, "kind"), "Status") == 0;
}

/* What is not a Status object may still be the API server's: a line of text, when it is busy or
 * does not know a path. The status also counts where it means the same whoever it is from. */
static void judge_stranger(struct api_failure *failure, const struct api_response *response)
{
    bool is_meant = failure->error == API_SERVER_ERROR || failure->error == API_TOO_MANY ||
                    failure->error == API_UNAUTHORIZED || failure->error == API_NOT_MODIFIED ||
                    (failure->error == API_NOT_FOUND && is_unknown_path(response));
    size_t length;
    const char *line = foreign_line(response, &length);

    if (response->is_cut && !foreign_is_page(response))
        return; /* what is missing may have been the Status object */
    if (!is_meant)
        failure->error = API_FOREIGN;
    if (is_meant && is_plain_text(response))
        api_status_copy(failure->message, sizeof(failure->message), line, length);
    else
        foreign_describe(response, failure->message, sizeof(failure->message));
}

/* As the API server writes it without JSON; perhaps nothing. */
static bool is_plain_text(const struct api_response *response)
{
    return !foreign_is_page(response) &&
           (response->size == 0 || !foreign_begins_as_json(response->body, response->size));
}

/* Go's http.NotFound, which the API server uses. */
static bool is_unknown_path(const struct api_response *response)
{
    static const char text[] = "404 page not found";
    size_t length;
    const char *line = foreign_line(response, &length);

    return is_plain_text(response) && length == strlen(text) && memcmp(line, text, length) == 0;
}

static unsigned clamp_retry_after(long long seconds)
{
    if (seconds <= 0)
        return 0;
    return seconds < API_RETRY_AFTER_SECONDS_MAX ? (unsigned)seconds : API_RETRY_AFTER_SECONDS_MAX;
}
