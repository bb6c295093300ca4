/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the API server can be used at all: one log line when it no longer can, one when it can
 * again. Requests that fail meanwhile need no line of their own. */
#ifndef TLSROUTED_COMMON_API_HEALTH_H
#define TLSROUTED_COMMON_API_HEALTH_H

#include "common/api/status.h"

#include <curl/curl.h>
#include <time.h>

struct api_health {
    const char *server;     /* borrowed, for the log */
    enum api_error failure; /* API_OK, or the global failure that lasts */
    time_t since;           /* its start, monotonic seconds */
    time_t returned;        /* when the last such failure ended, or 0 if there was none */
    time_t foreign_logged;  /* when something else last answered and that was logged, or 0 */
};

/* A request has failed with a global error (see api_error_is_global()). CODE is libcurl's, CURLE_OK
 * if the server did answer. */
void api_health_failed(struct api_health *health, const struct api_failure *failure, CURLcode code);

/* The server has answered a request, and not with 401. */
void api_health_answered(struct api_health *health);

/* Makes FAILURE an API_STARTING where it is RBAC's refusal by a server that has returned less than
 * API_RBAC_SECONDS ago. */
void api_health_judge(const struct api_health *health, struct api_failure *failure);

#endif
