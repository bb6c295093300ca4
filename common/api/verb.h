/* SPDX-License-Identifier: Apache-2.0 */
/* The verb by which the API server knows a request, as RBAC and audit logs have it. */
#ifndef TLSROUTED_COMMON_API_VERB_H
#define TLSROUTED_COMMON_API_VERB_H

#include <stdbool.h>

/* In the order of the metrics' label. */
enum api_verb {
    API_VERB_GET,
    API_VERB_LIST,
    API_VERB_WATCH,
    API_VERB_CREATE,
    API_VERB_UPDATE,
    API_VERB_PATCH,
    API_VERB_DELETE
};

/* That of METHOD at PATH, which is a path and perhaps a query; IS_STREAM: it is a watch.
 * (Kubernetes, "Request verbs") */
enum api_verb api_verb(const char *method, const char *path, bool is_stream);

#endif
