/* SPDX-License-Identifier: Apache-2.0 */
/* One request from within: what api.c, which decides when it starts and ends, and api_transfer.c,
 * which talks to libcurl about it, both know. Private to these two. */
#ifndef TLSROUTED_COMMON_API_CALL_H
#define TLSROUTED_COMMON_API_CALL_H

#include "common/api/credential.h"
#include "common/api/health.h"
#include "common/api/status.h"
#include "common/api/supply.h"

#include <curl/curl.h>
#include <stdint.h>
#include <sys/queue.h>

enum call_state {
    CALL_WAITING,
    CALL_LACKING, /* was begun, but there was no connection for it */
    CALL_ACTIVE,
    CALL_ENDED
};

enum {
    OWN_HEADERS = 3, /* content type, accept, if-none-match */
    API_ETAG_MAX = 256
};

/* Whether a connection takes many requests at a time: HTTP/2 does, HTTP/1.1 does not. */
enum multiplexing {
    MULTIPLEXING_UNKNOWN, /* no connection yet, or none since one failed */
    MULTIPLEXING_NO,      /* or not answered yet */
    MULTIPLEXING_YES
};

/* Bytes of a response. Wiped at the end because it may hold a token. */
struct response {
    char *bytes; /* with room for a NUL */
    size_t size, room;
    size_t size_before; /* when it was last looked whether it goes on */
};

TAILQ_HEAD(call_list, api_call);

struct api_call {
    TAILQ_ENTRY(api_call) link; /* in waiting, lacking or active, as STATE says */
    TAILQ_ENTRY(api_call) changed_link;
    struct api *api;
    struct api_health *health;
    struct api_supply *supply;
    enum multiplexing *multiplexing; /* the API's */
    enum call_state state;
    bool is_changed;   /* in api->changed */
    bool is_cancelled; /* no more callbacks */
    bool is_paused;    /* as the caller wishes */
    bool is_held;      /* libcurl holds data back and has to be told to go on */
    bool is_too_large; /* the response went over response_max */
    bool is_lacking;   /* libcurl wanted a connection and there was none */
    bool is_urgent;

    char *method;
    char *path;
    char *body; /* JSON, or NULL */
    size_t response_max;
    api_data *on_data;
    api_opened *on_opened;
    api_done *on_done;
    void *context;

    CURL *easy; /* while active, like what follows */
    struct api_credential *credential;
    struct curl_slist
        own_headers[OWN_HEADERS]; /* before those of the credential; their text is ours */
    size_t own_header_count;
    char etag[API_ETAG_MAX];
    uint64_t began;        /* being sent; monotonic microseconds */
    int64_t heard, probed; /* last; monotonic milliseconds */
    int own_port;          /* of the connection, 0 before there is one */
    int status;            /* of the answer, 0 before its headers are complete */
    struct response response;
    char error_text[CURL_ERROR_SIZE];
};

/* Sets what belongs to CALL alone on its handle: address, method, headers, body, credential and the
 * functions that receive the answer. SERVER is the server's address. */
void api_transfer_prepare(struct api_call *call, const char *server);

/* Counts CALL among the metrics, by its status: when the answer begins, so that watches are counted
 * as they are opened, or when it ends without one. */
void api_transfer_count(const struct api_call *call);

/* What CALL has come to, now that libcurl ended it with CODE. Fills FAILURE, also for success, and
 * returns the decoded body of a one-shot request, which is the caller's to release, or NULL. */
struct json_object *api_transfer_judge(struct api_call *call, CURLcode code,
                                       struct api_failure *failure);

/* Whether what CALL has received by now is a whole JSON object, so that nothing can follow. */
bool api_transfer_is_whole(const struct api_call *call);

#endif
