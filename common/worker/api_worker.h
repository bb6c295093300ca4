/* SPDX-License-Identifier: Apache-2.0 */
/* What only those workers have that talk to the API server: trust anchors, a credential, an API
 * client. It is apart from the skeleton so that a worker without it does not even load libcurl. */
#ifndef TLSROUTED_COMMON_WORKER_API_WORKER_H
#define TLSROUTED_COMMON_WORKER_API_WORKER_H

#include "common/api/api.h"
#include "common/worker/worker.h"

/* For struct worker_role. It sets the worker's api before the role's own start. */
extern const struct api_worker api_worker;

#endif
