/* SPDX-License-Identifier: Apache-2.0 */
/* TokenRequest (authentication.k8s.io/v1): what is asked, what the answer says, and when to ask
 * again. Pure: no I/O, no clock. */
#ifndef TLSROUTED_MINTER_TOKEN_REQUEST_H
#define TLSROUTED_MINTER_TOKEN_REQUEST_H

#include "common/base/delays.h"
#include "common/message/message.h"

#include <json-c/json.h>
#include <stdint.h>

enum token_request_limit {
    TOKEN_RESPONSE_MAX = 256 * 1024,                 /* bytes of a response */
    TOKEN_REQUEST_MAX = MESSAGE_BOUND(token, token), /* bytes of a token */
};

/* The path to send the request to. Namespace and account are names of objects, which need no
 * encoding. The caller frees it. */
char *token_request_path(const char *namespace, const char *account);

/* The request for a token that is bound to SECRET: it ends with the Secret. A new reference. */
struct json_object *token_request_body(const char *secret);

/* The token in ANSWER, borrowed, and the seconds that it lives for in *SECONDS. NULL if there is
 * none, or one that cannot be a token. */
const char *token_request_read(struct json_object *answer, uint32_t *seconds);

/* Overwrites the token in ANSWER, which may have none. */
void token_request_wipe(struct json_object *answer);

/* The milliseconds after which a token that lives for SECONDS is to be replaced: between 75 and 80
 * % of them, as RANDOM (any 32 bits) has it. */
uint32_t token_request_renewal(uint32_t seconds, uint32_t random);

#endif
