/* SPDX-License-Identifier: Apache-2.0 */
/* One call at libcurl: what is sent, how the response is received, and what it means. */
#ifndef TLSROUTED_COMMON_API_TRANSFER_H
#define TLSROUTED_COMMON_API_TRANSFER_H

#include "common/api/call.h"
#include "common/api/handle.h"
#include "common/api/status.h"

/* Sets what belongs to CALL alone on its handle, which is one of HANDLES: address, method, headers,
 * body, credential and the functions that receive the response. */
void api_transfer_prepare(struct api_call *call, const struct api_handles *handles);

/* Counts CALL in the metrics, by its status: when the response begins, so that watches are counted
 * as they are opened; or when the call ends without a response. */
void api_transfer_count(const struct api_call *call);

/* The outcome of CALL, which libcurl has ended with CODE. Fills FAILURE, also on success, and
 * returns the decoded body of a one-shot request, which the caller releases, or NULL. */
struct json_object *api_transfer_outcome(struct api_call *call, CURLcode code,
                                         struct api_failure *failure);

/* Whether CALL has received a whole JSON object, so that nothing can follow. */
bool api_transfer_is_whole(const struct api_call *call);

#endif
