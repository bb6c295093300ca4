/* SPDX-License-Identifier: Apache-2.0 */
/* The verb that a request has for the API server, as in RBAC rules and audit logs. */
#ifndef TLSROUTED_COMMON_API_VERB_H
#define TLSROUTED_COMMON_API_VERB_H

#include <stdbool.h>

/* In the order of the label of the metric. */
enum api_verb {
    API_VERB_GET,
    API_VERB_LIST,
    API_VERB_WATCH,
    API_VERB_CREATE,
    API_VERB_UPDATE,
    API_VERB_PATCH,
    API_VERB_DELETE
};

/* The verb of METHOD on PATH, a path with or without a query. IS_STREAM: the request is a watch.
 * (Kubernetes, "Request verbs") */
enum api_verb api_verb(const char *method, const char *path, bool is_stream);

#endif
