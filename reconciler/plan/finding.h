/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a Pool, in words for the person who can mend it. The names of the reasons are
 * those of Events and logs. */
#ifndef TLSROUTED_RECONCILER_PLAN_FINDING_H
#define TLSROUTED_RECONCILER_PLAN_FINDING_H

#include "common/message/kind.h"

#include <stdbool.h>
#include <stddef.h>

enum finding_reason {
    FINDING_POOL_UNREADABLE,
    FINDING_PAUSED,
    FINDING_HOSTNAME_INVALID,
    FINDING_HOSTNAME_CONFLICT,
    FINDING_GATEWAY_API_MISSING,
    FINDING_GATEWAY_NOT_READY,
    FINDING_ROUTE_NOT_OWNED,
    FINDING_ROUTE_UNREADABLE,
    FINDING_ROUTE_CONTESTED,
    FINDING_ROUTE_NOT_ACCEPTED,
    FINDING_BACKEND_MISSING,
    FINDING_CERTIFICATE_CONTESTED,
    FINDING_CERTIFICATE_FULL,
    FINDING_REASONS,
};

enum {
    FINDINGS_MAX = 16
};

struct finding {
    enum finding_reason reason;
    char *text; /* one sentence; owned */
};

struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
};

/* Adds one, whose TEXT is taken over; beyond FINDINGS_MAX it is dropped. */
void findings_add(struct findings *findings, enum finding_reason reason, char *text);

/* Whether FINDING is among FINDINGS, with the same text. */
bool findings_has(const struct findings *findings, const struct finding *finding);

void findings_clear(struct findings *findings);

/* "HostnameInvalid". */
const char *finding_name(enum finding_reason reason);

/* Whether a Pool with such a finding does not have what it asks for. */
bool finding_is_warning(enum finding_reason reason);

/* Whether it may be a matter of order only: it is about an object that may have been made together
 * with the Pool, and of which we hear on a stream of its own. */
bool finding_may_pass(enum finding_reason reason);

/* Whether it is read from the list of KIND: while that is made anew, nothing is known of it. */
bool finding_is_read_from(enum finding_reason reason, enum kind kind);

#endif
