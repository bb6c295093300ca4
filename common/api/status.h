/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer of the API server, or the lack of one, means: HTTP statuses, libcurl's codes and
 * Kubernetes' Status objects. Pure: no state, no log. api_error_of_status(), api_error_name() and
 * api_error_is_global() of common/api.h are here too. */
#ifndef TLSROUTED_COMMON_API_STATUS_H
#define TLSROUTED_COMMON_API_STATUS_H

#include "common/api/api.h"

#include <curl/curl.h>

enum api_status_limit {
    API_REASON_MAX = 64,           /* bytes of a Status's reason that are kept */
    API_RETRY_AFTER_MAX = 60 * 60, /* seconds: no server may silence us for longer */
};

/* Why a request failed, with texts of its own. */
struct api_failure {
    enum api_error error;
    int status;                        /* HTTP status, 0 if none */
    unsigned retry_after;              /* seconds, 0 if not given */
    char reason[API_REASON_MAX + 1];   /* "" if none */
    char message[API_MESSAGE_MAX + 1]; /* one line, printable, valid UTF-8 */
};

/* What libcurl's CODE stands for. CONNECTED: the request had a connection when it failed. DETAIL
 * is the text of CURLOPT_ERRORBUFFER, perhaps empty. */
enum api_error api_status_of_curl(CURLcode code, bool connected, const char *detail);

/* Fills FAILURE from an answer with STATUS, outside 2xx, whose body is the SIZE bytes at BODY: a
 * Status object, or any text, or nothing. RETRY_AFTER is what the header says in seconds, 0 or
 * less if nothing; it wins over the Status object's. */
void api_status_of_answer(struct api_failure *failure, int status, const char *body, size_t size,
                          long long retry_after);

/* The JSON object in the SIZE bytes at BYTES. The caller releases it with json_object_put(). NULL
 * if they are anything but one object in valid UTF-8; then *PROBLEM, a constant, says what is
 * wrong. */
struct json_object *api_status_parse(const char *bytes, size_t size, const char **problem);

/* Copies the first SIZE bytes of FROM, or less if a NUL comes first, to TO, which has room for
 * ROOM bytes with the final NUL. Control characters become spaces, what is not UTF-8 becomes '?',
 * and no character is cut in two. */
void api_status_copy(char *to, size_t room, const char *from, size_t size);

#endif
