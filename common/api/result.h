/* SPDX-License-Identifier: Apache-2.0 */
/* How a request ended, and what each kind of error means to those who sent it. */
#ifndef TLSROUTED_COMMON_API_RESULT_H
#define TLSROUTED_COMMON_API_RESULT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Why a request failed. Those of HTTP follow the Kubernetes API conventions ("Response Status
 * Kind", "HTTP Status codes"). */
enum api_error {
    API_OK,
    API_BAD_REQUEST,  /* 400 */
    API_UNAUTHORIZED, /* 401: the token is not, or no longer, valid */
    API_FORBIDDEN,    /* 403: RBAC, admission or an admission policy */
    API_NOT_FOUND,    /* 404 */
    API_CONFLICT,     /* 409 */
    API_EXPIRED,  /* 410, or 504 with the cause ResourceVersionTooLarge: the server no longer has
                     that resourceVersion or continue token, or has it not yet */
    API_INVALID,  /* 422 */
    API_TOO_MANY, /* 429 */
    API_SERVER_ERROR, /* 5xx */
    API_NOT_MODIFIED, /* 304: the object still has the ETag of if_none_match */
    API_OTHER_STATUS, /* any other status outside 2xx */
    API_UNREACHABLE,  /* no connection: name, route, refused, reset, time limit of connect */
    API_UNTRUSTED,    /* the server's certificate did not verify, or TLS could not be agreed on */
    API_TIMEOUT,      /* the request took, or the stream was silent for, too long */
    API_TOO_LARGE,    /* the response exceeds the limit */
    API_PROTOCOL,     /* the response is not HTTP, or not the JSON that is expected */
    API_FOREIGN,      /* the response is not the API server's, but of something before it */
    API_STARTING,     /* 403: RBAC, on a server that is back since a moment. kube-apiserver answers
                         before its authorizer has read all roles and bindings. (pkg/registry/rbac/rest,
                         the "rbac/bootstrap-roles" check of /readyz) */
};

/* How a request ended. Borrowed by the callback, gone after it. */
struct api_result {
    enum api_error error;
    int status;         /* HTTP status, 0 if none came */
    const char *reason; /* the Status object's reason, "" if none */
    /* One line of printable UTF-8 for people: the Status's message, or what failed. */
    const char *message;
    bool is_status;       /* the body was a Status object: the API server itself speaks */
    bool has_causes;      /* and says what is wrong with the object in the request */
    const char *etag;     /* of the response, "" if none */
    unsigned retry_after; /* seconds to wait before a retry, up to API_RETRY_AFTER_SECONDS_MAX; 0 if
                             the server did not say */
    /* The object in the response to a one-shot request; NULL for errors, streams and status 204. */
    struct json_object *body;
    /* For a request that wants text, instead of BODY: the body as it came, SIZE bytes; else NULL.
     */
    const char *text;
    size_t size;
};

/* The error that an HTTP status stands for, API_OK for 2xx. Also for the "code" of a Status object.
 */
enum api_error api_error_of_status(int status);

/* The error that a Status OBJECT with CODE stands for, which came as a response or as an ERROR
 * event of a watch. Its causes may say more than the code. (apimachinery, metav1.CauseType) */
enum api_error api_error_of_object(int code, struct json_object *object);

/* A short name of ERROR for logs ("not found", "unreachable"). */
const char *api_error_name(enum api_error error);

/* Whether ERROR says that the server as a whole cannot be used now (unreachable, untrusted,
 * unauthorized, starting, or something else in its place). The client itself logs these, with
 * advice, when they begin and when they end; callers need not. */
bool api_error_is_global(enum api_error error);

/* Whether ERROR says that the server is overloaded, so that fewer requests at a time are wise. */
bool api_error_is_overload(enum api_error error);

/* Whether RESULT refuses a write for what it says, so that the same would be refused again. A JSON
 * Patch whose tests fail, since somebody else was faster, is 422 too, but has no causes. */
bool api_is_content_refused(const struct api_result *result);

/* Whether RESULT says that the one object of the request does not exist. Anything between us and
 * the API server may answer 404, and says nothing about objects. */
bool api_is_object_absent(const struct api_result *result);

/* Whether STATUS and MESSAGE are a refusal by RBAC, which somebody can grant. (apiserver,
 * responsewriters.ForbiddenStatusError: "User ... cannot list resource ...") */
bool api_is_rbac_refusal(int status, const char *message);

/* Whether RESULT refuses a write because the namespace or the CRD is being deleted, which nobody
 * has to mend. */
bool api_is_terminating(const struct api_result *result);

#endif
