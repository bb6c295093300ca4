/* SPDX-License-Identifier: Apache-2.0 */
/* The client for the Kubernetes API: libcurl's multi interface on a libevent loop.
 *
 * One object serves one API server with one identity. One-shot requests and streams (watches)
 * are the same thing with other limits, and share one HTTP/2 connection. The server's certificate
 * is always verified against the given trust anchors and its name checked; TLS 1.2 is the least.
 * The client neither looks up names nor opens connections: it asks for them and is given them.
 * Nothing here blocks. Callbacks run from the event loop, never from within a function of this
 * file; in a callback every function of this file may be used but api_free(). */
#ifndef TLSROUTED_COMMON_API_API_H
#define TLSROUTED_COMMON_API_API_H

#include "common/base/delays.h"

#include <event2/event.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct api;
struct api_call;

enum api_limit {
    API_RESPONSE_MAX = 32 * 1024 * 1024, /* bytes of a one-shot response */
    API_MESSAGE_MAX = 1024,              /* bytes of an error's message that are kept */
    API_PARALLEL_MAX = 32,               /* one-shot requests under way; others wait their turn */
};

/* Why a request failed. The HTTP ones follow the Kubernetes API conventions ("Response Status
 * Kind", "HTTP Status codes"). */
enum api_error {
    API_OK,
    API_BAD_REQUEST,  /* 400 */
    API_UNAUTHORIZED, /* 401: the token is not, or no longer, valid */
    API_FORBIDDEN,    /* 403: RBAC, admission or an admission policy */
    API_NOT_FOUND,    /* 404 */
    API_CONFLICT,     /* 409 */
    API_EXPIRED,      /* 410: the resourceVersion or continue token is too old */
    API_INVALID,      /* 422 */
    API_TOO_MANY,     /* 429 */
    API_SERVER_ERROR, /* 5xx */
    API_NOT_MODIFIED, /* 304: what if_none_match names is still so */
    API_OTHER_STATUS, /* any other status outside 2xx */
    API_UNREACHABLE,  /* no connection: name, route, refused, reset, time limit of connect */
    API_UNTRUSTED,    /* the server's certificate did not verify, or TLS could not be agreed */
    API_TIMEOUT,      /* the request or the stream's silence took too long */
    API_TOO_LARGE,    /* the response exceeds the limit */
    API_PROTOCOL,     /* what came is not HTTP, or not JSON where JSON has to be */
};

/* How a request ended. Borrowed by the callback, gone after it. */
struct api_result {
    enum api_error error;
    int status;         /* HTTP status, 0 if none came */
    const char *reason; /* the Status object's reason, "" if none */
    /* One line of printable UTF-8 for a person: the Status's message, or what failed. */
    const char *message;
    const char *etag;     /* of the answer, "" if none */
    unsigned retry_after; /* seconds until a retry is welcome, at most 3600; 0 if not given */
    /* The object that answers a one-shot request; NULL for errors, streams and status 204. */
    struct json_object *body;
};

typedef void api_done(const struct api_result *result, void *context);

/* SIZE bytes of a stream's body, in order. Only called for responses with status 2xx. */
typedef void api_data(const char *bytes, size_t size, void *context);

/* A stream was answered with status 2xx; its data may be long in coming. */
typedef void api_opened(void *context);

/* One request. Everything is copied by api_send(), BODY as text. */
struct api_request {
    const char *method;        /* "GET", "POST", "PATCH", "DELETE" */
    const char *path;          /* after the server's prefix: path and query, encoded, from '/' on */
    const char *content_type;  /* of the body; NULL: application/json */
    struct json_object *body;  /* or NULL */
    const char *accept;        /* media types of the answer; NULL: application/json */
    const char *if_none_match; /* an ETag of an earlier answer, or NULL */
    size_t response_max;       /* bytes; 0: API_RESPONSE_MAX */
    bool is_urgent;            /* goes before all others, and beyond API_PARALLEL_MAX */
    api_data *on_data;         /* a stream if not NULL: its body goes here, unlimited in length */
    api_opened *on_opened;     /* of a stream, before its data; or NULL */
    api_done *on_done;         /* exactly once, unless the call is cancelled; never NULL */
    void *context;             /* for the callbacks */
};

/* Asks another process for a TCP connection to the API server, or to the proxy. To be answered with
 * api_connected() or api_not_connected(), later, not from within. Never asked twice before that. */
typedef void api_connect(void *context);

/* The server has refused the identity with 401. Until there is another one, or for some seconds,
 * nothing more is sent; called once each time that this begins. */
typedef void api_refused(void *context);

/* What says where the API server is and who we are. PEM as text. */
struct api_settings {
    const char *server; /* https://HOST[:PORT][/PREFIX] */
    const char *proxy;  /* http://HOST:PORT, or NULL or "" */
    const char *ca_pem; /* trust anchors */
    const char *user_agent;
    api_connect *connect;
    api_refused *refused; /* or NULL: then requests go on being sent after a 401 */
    void *context;        /* for these two */

    /* Limits in place of those above, for tests; 0 for those above. */
    unsigned connect_seconds;
    unsigned request_seconds;
    unsigned stream_idle_seconds;
};

/* Who we are: a bearer token, or a client certificate with its key (PEM as text), or both. NULL
 * for none. A token that holds spaces, line ends or control characters is logged and not sent. */
struct api_identity {
    const char *token;
    const char *certificate_pem;
    const char *key_pem;
};

/* A client on the loop BASE. SETTINGS is copied. Nothing is sent before api_set_identity(), but
 * requests are accepted and wait for it.
 * Never NULL; a setting that libcurl refuses is logged and aborts (our own mistake: settings have
 * been checked when they were read). The caller releases it with api_free(). */
struct api *api_new(struct event_base *base, const struct api_settings *settings);

/* Cancels all calls without their callbacks, wipes the identity, closes the connections. API may
 * be NULL. Not to be called from a callback. */
void api_free(struct api *api);

/* Replaces the identity; it is copied. Requests that start from now on use it, requests under way
 * and streams that are open go on with the old one, which is wiped when the last of them ends. */
void api_set_identity(struct api *api, const struct api_identity *identity);

/* Answer the api_connect that was called last: with DESCRIPTOR, a connected TCP socket that is
 * API's from now on, or with the reason why there is none, one line, which those requests fail with
 * that need one. Without having been asked, or with nobody waiting any more, the socket is closed.
 */
void api_connected(struct api *api, int descriptor);
void api_not_connected(struct api *api, const char *reason);

/* Sends REQUEST, or has it wait while API_PARALLEL_MAX others are under way (streams never wait);
 * its limit of time starts with the sending. The result is owned by the API, and valid until
 * on_done is called or the call is cancelled. */
struct api_call *api_send(struct api *api, const struct api_request *request);

/* Ends CALL, which is gone then, without calling it back. May be called from its own on_data and
 * from the callbacks of other calls, but not from its own on_done. */
void api_cancel(struct api_call *call);

/* Stops and resumes the flow of a stream's data, when the receiver has no room. No on_data comes
 * after a pause until it is resumed, and none from within this function. Meanwhile libcurl may hold
 * what the server has sent already, up to 32 MB with HTTP/2; other calls are not held up. */
void api_pause(struct api_call *call, bool pause);

/* The error that an HTTP status stands for, API_OK for 2xx. Also for the "code" of a Status object
 * that comes as an ERROR event inside a watch. */
enum api_error api_error_of_status(int status);

/* A short name of ERROR for logs ("not found", "unreachable"). */
const char *api_error_name(enum api_error error);

/* Whether ERROR says that the server as a whole cannot be used now (unreachable, untrusted,
 * unauthorized): the client itself logs those, once when they begin and once when they end, with
 * what to do; callers need not. */
bool api_error_is_global(enum api_error error);

/* Whether ERROR says that the server has more to do than it can: fewer requests at a time are wise.
 */
bool api_error_is_overload(enum api_error error);

/* Whether RESULT refuses a write because the namespace or the CRD is just being deleted: nothing
 * that anybody has to mend. */
bool api_is_terminating(const struct api_result *result);

/* For status reports: requests and streams given to api_send() since the start, those of them that
 * ended with an error, and those that wait or are under way now. */
struct api_counts {
    unsigned long long sent, failed;
    unsigned active;
};
struct api_counts api_counts(const struct api *api);

#endif
