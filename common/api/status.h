/* SPDX-License-Identifier: Apache-2.0 */
/* What a response of the API server, or the lack of one, means: HTTP statuses, libcurl's codes and
 * Kubernetes' Status objects. Pure: no state, no log. */
#ifndef TLSROUTED_COMMON_API_STATUS_H
#define TLSROUTED_COMMON_API_STATUS_H

#include "common/api/foreign.h"
#include "common/api/result.h"

#include <curl/curl.h>
#include <stddef.h>

enum api_status_limit {
    API_REASON_MAX = 64,    /* bytes of a Status's reason that are kept */
    API_MESSAGE_MAX = 1024, /* bytes of its message that are kept */
};

/* Why a request failed, with memory for the texts. */
struct api_failure {
    enum api_error error;
    int status;                        /* HTTP status, 0 if none */
    unsigned retry_after;              /* seconds, 0 if not given */
    bool is_status, has_causes;        /* as in api_result */
    bool is_of_proxy;                  /* it is the proxy that cannot be trusted */
    char reason[API_REASON_MAX + 1];   /* "" if none */
    char message[API_MESSAGE_MAX + 1]; /* one line, printable, valid UTF-8 */
};

/* The error that libcurl's CODE stands for. CONNECTED: the request had a connection when it failed.
 * DETAIL is the text of CURLOPT_ERRORBUFFER, perhaps empty. */
enum api_error api_status_of_curl(CURLcode code, bool connected, const char *detail);

/* Fills FAILURE from RESPONSE, whose status is outside 2xx: a Status object, or whatever somebody
 * else has sent. Its retry_after takes precedence over the Status object's. */
void api_status_of_response(struct api_failure *failure, const struct api_response *response);

/* Fills FAILURE from RESPONSE, whose status is 2xx, and which is not the API server's. */
void api_status_of_foreign(struct api_failure *failure, const struct api_response *response);

/* The JSON object in the SIZE bytes at BYTES. The caller releases it with json_object_put(). NULL
 * if they are anything but one object in valid UTF-8; *PROBLEM, a constant, then says what is
 * wrong. */
struct json_object *api_status_parse(const char *bytes, size_t size, const char **problem);

/* Copies the first SIZE bytes of FROM, or fewer if there is a NUL, to TO, which has room for ROOM
 * bytes including the final NUL. Control characters become spaces, bytes that are not UTF-8 become
 * '?', and no character is cut in two. */
void api_status_copy(char *to, size_t room, const char *from, size_t size);

#endif
