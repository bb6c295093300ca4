/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a patch of a Certificate to the API server. */
#ifndef TLSROUTED_CERTPATCHER_PATCH_SEND_H
#define TLSROUTED_CERTPATCHER_PATCH_SEND_H

#include "common/api/api.h"

#include <json-c/json.h>

/* Sends PATCH, a JSON Patch whose reference is taken over, for the object at PATH, in tlsrouted's
 * name. DRY_RUN: nothing is to be stored. DONE is called with CONTEXT and the text of the answer.
 */
struct api_call *patch_send(struct api *api, const char *path, struct json_object *patch,
                            bool dry_run, api_done *done, void *context);

#endif
