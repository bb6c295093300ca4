/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker has that talks to the API server: trust anchors, an identity, a client. Apart from
 * the skeleton, so that a worker without it does not even have libcurl in its memory. */
#ifndef TLSROUTED_COMMON_WORKER_API_WORKER_H
#define TLSROUTED_COMMON_WORKER_API_WORKER_H

#include "common/worker/worker.h"

/* For struct worker_role. It sets the worker's api, before the role's own start. */
extern const struct api_worker api_worker;

#endif
