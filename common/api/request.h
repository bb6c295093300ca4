/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the API server, as its sender describes it. */
#ifndef TLSROUTED_COMMON_API_REQUEST_H
#define TLSROUTED_COMMON_API_REQUEST_H

#include "common/api/result.h"

#include <stddef.h>

enum api_limit {
    API_RESPONSE_MAX = 32 * 1024 * 1024, /* bytes of a one-shot response */
    API_PARALLEL_MAX = 64,               /* one-shot requests under way; others wait their turn */
    API_UNSHARED_MAX = 32, /* likewise, where each needs a connection of its own (HTTP/1.1) */

    /* Of HTTP/2, on each of several connections. An API server has one goroutine for all frames of
     * a connection (golang.org/x/net/http2), and libcurl looks at all transfers of one for each
     * that moves. */
    API_SHARED_MAX = 12,
};

/* The request has ended. */
typedef void api_done(const struct api_result *result, void *context);

/* SIZE bytes of a stream's body, in order. Only called for responses with status 2xx. */
typedef void api_data(const char *bytes, size_t size, void *context);

/* SIZE bytes of a body that is received in parts, in order; likewise. Returns whether more is
 * wanted: if not, the request ends, as if that were all. */
typedef bool api_part(const char *bytes, size_t size, void *context);

/* Whether the parts that have come are a whole body, so that nothing can follow. */
typedef bool api_whole(void *context);

/* A stream has been answered with status 2xx; its data may take long to come. */
typedef void api_opened(void *context);

/* Everything is copied by api_send(), BODY as text. */
struct api_request {
    const char *method;        /* "GET", "POST", "PATCH", "DELETE" */
    const char *path;          /* after the server's prefix: path and query, encoded, from '/' on */
    const char *content_type;  /* of the body; NULL: application/json */
    struct json_object *body;  /* or NULL */
    const char *accept;        /* media types of the response; NULL: application/json */
    const char *if_none_match; /* the ETag of an earlier response, or NULL */
    size_t response_max;       /* bytes; 0: API_RESPONSE_MAX */
    bool wants_text;           /* the result has the body as text, which is not decoded: for what
                                  others may have filled with anything */
    api_part *on_part;     /* if not NULL, the body goes here while it comes, however long it is, as
                              long as something comes; the result then has none */
    api_whole *is_whole;   /* with ON_PART */
    void *parts;           /* the context of these two */
    bool takes_anything;   /* it is about the connection: what the response says does not matter */
    bool is_urgent;        /* goes before all others, and beyond API_PARALLEL_MAX */
    api_data *on_data;     /* if not NULL, a stream: its body goes here, however long it is */
    api_opened *on_opened; /* of a stream, before its data; or NULL */
    api_done *on_done;     /* exactly once, unless the request is cancelled; never NULL */
    void *context;         /* of the other callbacks */
};

#endif
