/* SPDX-License-Identifier: Apache-2.0 */
/* TokenRequest (authentication.k8s.io/v1): the request, the response, and when a token is to be
 * replaced. Pure: no I/O, no clock. */
#ifndef TLSROUTED_COMMON_API_TOKEN_REQUEST_H
#define TLSROUTED_COMMON_API_TOKEN_REQUEST_H

#include "common/base/delays.h"
#include "common/message/message.h"

#include <json-c/json.h>
#include <stdint.h>

enum token_request_limit {
    TOKEN_RESPONSE_MAX = 256 * 1024,                 /* bytes of a response */
    TOKEN_REQUEST_MAX = MESSAGE_BOUND(token, token), /* bytes of a token */
};

/* The path of the request for a token of the ServiceAccount ACCOUNT. Both are names of objects,
 * which need no encoding. The caller frees it. */
char *token_request_path(const char *namespace, const char *account);

/* The body of the request for a token that is valid for SECONDS, if the server grants that, is
 * bound to SECRET and ends with it. A new reference. */
struct json_object *token_request_body(const char *secret, uint32_t seconds);

/* The token in RESPONSE, borrowed, and in *SECONDS how long it is valid. NULL if there is none, or
 * what is there cannot be a token. */
const char *token_request_read(struct json_object *response, uint32_t *seconds);

/* Overwrites the token in RESPONSE, which may have none. */
void token_request_wipe(struct json_object *response);

/* The milliseconds after which a token that is valid for SECONDS is to be replaced: 75 to 80 % of
 * its lifetime, depending on RANDOM (any 32 bits). */
uint32_t token_request_renewal(uint32_t seconds, uint32_t random);

#endif
