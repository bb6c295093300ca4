/* SPDX-License-Identifier: Apache-2.0 */
/* Says in time that a token or client certificate is about to expire and that nobody has replaced
 * it. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_EXPIRY_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_EXPIRY_H

#include "common/base/cause_log.h"
#include "common/kubeconfig/credential.h"

/* What is known of the credential of one worker. Zero-initialised: nothing. */
struct expiry {
    uint64_t expires;           /* seconds since 1970, 0: not known */
    uint64_t known_since;       /* likewise: when it was first looked at */
    struct cause_member member; /* for the log */
};

/* Whether what EXPIRES then, and has been there since KNOWN_SINCE, should have been replaced by
 * NOW: when no more than a tenth of that time is left, or a week. All in seconds since 1970;
 * EXPIRES is 0 for what does not expire or is not known to. Pure. */
bool expiry_is_near(uint64_t expires, uint64_t known_since, uint64_t now);

/* Looks at CREDENTIAL, that of ROLE's worker, at NOW, in seconds since 1970; to be called often. An
 * exec plugin's is passed over: that it fails is logged anyway. */
void expiry_check(struct expiry *expiry, enum role role, const struct credential *credential,
                  uint64_t now);

#endif
