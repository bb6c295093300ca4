/* SPDX-License-Identifier: Apache-2.0 */
/* The minter's own token on a host: requested by an administrator, and tried as the minter uses it.
 */
#ifndef TLSROUTED_CTL_SETUP_MINTER_TOKEN_H
#define TLSROUTED_CTL_SETUP_MINTER_TOKEN_H

#include "ctl/connect/connection.h"

#include <stdint.h>

/* Requests a token of the minter's account in NAMESPACE, bound to the Secret that all tokens are
 * bound to. Returns NULL and sets *TOKEN, to be released with memory_wipe_text(); or one line that
 * says what is wrong (the caller frees it). */
char *minter_token_request(struct connection *connection, const char *namespace, char **token);

/* Requests a worker's token with the kubeconfig at PATH, which is not issued. SECONDS is the time
 * limit. Returns NULL if it would be; otherwise one line that says why not (the caller frees it),
 * and *IS_REFUSED is whether the API server does not accept the minter's token. */
char *minter_token_try(const char *path, const char *namespace, unsigned seconds, bool *is_refused);

/* The same, again and again until it works or TOKEN_GRANT_MILLISECONDS are over: an API server
 * knows of new rights some moments after they have been written. */
char *minter_token_wait(const char *path, const char *namespace, unsigned seconds);

/* Whether a token that was ISSUED then and EXPIRES then need not be replaced at NOW: it has more
 * than half of its time before it. All in seconds since 1970; one that does not say (0) has to be.
 * Pure. */
bool minter_token_is_fresh(uint64_t issued, uint64_t expires, uint64_t now);

/* Whether a token with these times ends so soon that somebody has to think of it often: the API
 * server has granted less than a month. Pure. */
bool minter_token_is_short(uint64_t issued, uint64_t expires);

#endif
