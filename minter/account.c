/* SPDX-License-Identifier: Apache-2.0 */
/* A worker without a valid token can do nothing, so a token is replaced in good time, and one that
 * was refused is replaced soon, but never so fast that a server that refuses every token is
 * flooded. */
#include "minter/account.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "minter/token_request.h"

#include <stdio.h>
#include <string.h>

uint32_t account_wanted(struct account *account, time_t now)
{
    account->is_wanted = true;
    if (account->is_requested || account->failures > 0)
        return ACCOUNT_IS_PLANNED;
    if (account->has_token && now - account->minted_at < TOKEN_REFUSED_SECONDS)
        return TOKEN_REFUSED_SECONDS * 1000;
    account->has_token = false; /* whatever its time: it was refused */
    return 0;
}

void account_requested(struct account *account)
{
    account->is_requested = true;
}

uint32_t account_minted(struct account *account, uint32_t lifetime, time_t now, uint32_t random)
{
    account->is_requested = false;
    account->failures = 0;
    account->problem[0] = '\0';
    account->has_token = true;
    account->minted_at = now;
    account->lifetime = lifetime;
    return token_request_renewal(lifetime, random);
}

uint32_t account_failed(struct account *account, uint32_t random)
{
    account->is_requested = false;
    return backoff_delay(&backoff_token_request, ++account->failures, random);
}

bool account_is_new_problem(struct account *account, const char *problem)
{
    char before[sizeof(account->problem)];

    memcpy(before, account->problem, sizeof(before));
    snprintf(account->problem, sizeof(account->problem), "%s", problem);
    return strcmp(before, account->problem) != 0;
}

bool account_is_valid(const struct account *account, time_t now)
{
    return account->has_token && now - account->minted_at < (time_t)account->lifetime;
}
