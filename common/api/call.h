/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the client. Private to this folder: api.c decides when a call
 * starts and ends, transfer.c talks to libcurl about it, stall.c watches over it. */
#ifndef TLSROUTED_COMMON_API_CALL_H
#define TLSROUTED_COMMON_API_CALL_H

#include "common/api/request.h"

#include <curl/curl.h>
#include <stdint.h>
#include <sys/queue.h>

struct api;
struct api_credential;
struct api_health;
struct api_supply;

enum call_state {
    CALL_WAITING,
    CALL_UNCONNECTED, /* has been started, but there was no connection for it */
    CALL_ACTIVE,
    CALL_ENDED
};

enum {
    OWN_HEADERS_MAX = 3, /* content type, accept, if-none-match */
    API_ETAG_MAX = 256
};

/* Whether a connection takes many requests at a time: HTTP/2 does, HTTP/1.1 does not. */
enum multiplexing {
    MULTIPLEXING_UNKNOWN,    /* no connection yet, or none since one failed */
    MULTIPLEXING_UNANSWERED, /* there is a connection, and no answer yet */
    MULTIPLEXING_NO,
    MULTIPLEXING_YES
};

/* Bytes of a response. Wiped at the end because it may hold a token. */
struct response {
    char *bytes; /* with room for a NUL */
    size_t size, room;
};

TAILQ_HEAD(call_list, api_call);

struct api_call {
    TAILQ_ENTRY(api_call) link; /* in the list that STATE says */
    TAILQ_ENTRY(api_call) changed_link;
    struct api *api;
    struct api_health *health; /* the API's, like the next two */
    struct api_supply *supply;
    enum multiplexing *multiplexing;
    enum call_state state;
    bool is_changed;     /* in the API's list of changed calls */
    bool is_cancelled;   /* no more callbacks */
    bool is_paused;      /* by its sender */
    bool is_held;        /* libcurl holds data back until it is resumed */
    bool is_too_large;   /* the response exceeds response_max */
    bool has_enough;     /* its sender wants no more of the response */
    bool is_foreign;     /* the response of a stream, or one in parts, is not the API server's: its
                            body is kept */
    bool is_unconnected; /* libcurl requested a connection and there was none */
    bool is_opening;     /* it got one, whose handshake is not over */
    bool is_urgent;

    char *method;
    char *path;
    char *body; /* JSON, or NULL */
    size_t response_max;
    bool wants_text;
    api_part *on_part;
    api_whole *is_whole;
    void *parts;
    bool takes_anything;
    api_data *on_data;
    api_opened *on_opened;
    api_done *on_done;
    void *context;

    CURL *easy; /* while active, like the rest */
    struct api_credential *credential;
    struct curl_slist own_headers[OWN_HEADERS_MAX]; /* before those of the credential; the text is
                                                       ours */
    size_t own_header_count;
    struct curl_slist host; /* the header that names the server, if there is one */
    bool has_tls_proxy;
    char etag[API_ETAG_MAX];
    uint64_t started;               /* monotonic microseconds */
    int64_t last_data, last_probed; /* monotonic milliseconds */
    int own_port;                   /* of the connection, 0 before there is one */
    int status;                     /* of the response, 0 before its headers are complete */
    size_t received;                /* bytes of the body, whoever has them */
    size_t checked;                 /* of them, at the last check for a stall */
    struct response response;
    char error_text[CURL_ERROR_SIZE];
};

/* A call for REQUEST, all of which is copied. In no list yet. Released with api_call_free(). */
struct api_call *api_call_new(const struct api_request *request);

/* Frees CALL, which has left libcurl and all lists, and wipes its response. */
void api_call_free(struct api_call *call);

#endif
