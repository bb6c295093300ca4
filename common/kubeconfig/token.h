/* SPDX-License-Identifier: Apache-2.0 */
/* What a token says of itself. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_TOKEN_H
#define TLSROUTED_COMMON_KUBECONFIG_TOKEN_H

#include <stdint.h>

/* When TOKEN expires, in seconds since 1970 (RFC 7519, "exp"), for people to know; nothing is
 * decided by it. 0 if it does not say, or is no JSON Web Token. */
uint64_t token_expiry(const char *token);

/* When TOKEN was issued ("iat"), likewise. */
uint64_t token_issued(const char *token);

#endif
