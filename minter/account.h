/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's ServiceAccount, and when a token of it is requested next: at once, again before the
 * token expires, after the API server has refused it, and after a request that failed. Pure: the
 * clock, the timer and the requests are the caller's. */
#ifndef TLSROUTED_MINTER_ACCOUNT_H
#define TLSROUTED_MINTER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Instead of a delay: the next request is under way or planned already. */
#define ACCOUNT_IS_PLANNED UINT32_MAX

/* Zero-initialised: nobody has asked for a token. */
struct account {
    bool is_wanted;
    bool is_requested; /* a request is under way */
    unsigned failures; /* in a row */
    bool has_token;
    time_t minted_at;  /* monotonic seconds */
    uint32_t lifetime; /* of its token, in seconds */
    char problem[512]; /* as it was logged last, "" if nothing was */
};

/* A token is wanted, for the first time or because the last one was refused, at the time NOW
 * (monotonic seconds). Returns the milliseconds until the next request, or ACCOUNT_IS_PLANNED. */
uint32_t account_wanted(struct account *account, time_t now);

/* A request was sent. One of the next two ends it. */
void account_requested(struct account *account);

/* It brought a token that is valid for LIFETIME seconds. Returns the milliseconds until the next
 * request; RANDOM is any 32 bits. */
uint32_t account_minted(struct account *account, uint32_t lifetime, time_t now, uint32_t random);

/* It failed. Returns the milliseconds until the next request. */
uint32_t account_failed(struct account *account, uint32_t random);

/* Remembers PROBLEM, why a request failed, until a token comes. Returns whether the log does not
 * know it yet. */
bool account_is_new_problem(struct account *account, const char *problem);

/* Whether its token has not expired. */
bool account_is_valid(const struct account *account, time_t now);

#endif
