/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/finding.h"

#include <stdlib.h>
#include <string.h>

#define OF(KIND) (1U << KIND_##KIND)

static const struct {
    const char *name;
    bool warning;
    bool may_pass;
    unsigned kinds; /* whose lists it is read from, as bits */
} reasons[FINDING_REASONS] = {
    [FINDING_POOL_UNREADABLE] = {"PoolUnreadable", true, false, 0},
    [FINDING_PAUSED] = {"Paused", false, false, 0},
    [FINDING_HOSTNAME_INVALID] = {"HostnameInvalid", true, false, 0},
    [FINDING_HOSTNAME_CONFLICT] = {"HostnameConflict", true, false, OF(POOL)},
    [FINDING_GATEWAY_API_MISSING] = {"GatewayAPIMissing", true, false, 0},
    [FINDING_GATEWAY_NOT_READY] = {"GatewayNotReady", true, true, OF(GATEWAY)},
    [FINDING_ROUTE_NOT_OWNED] = {"RouteNotOwned", true, false, OF(POOL) | OF(ROUTE)},
    [FINDING_ROUTE_UNREADABLE] = {"RouteUnreadable", true, false, OF(POOL) | OF(ROUTE)},
    [FINDING_ROUTE_CONTESTED] = {"RouteContested", true, false, OF(POOL) | OF(ROUTE)},
    [FINDING_ROUTE_NOT_ACCEPTED] = {"RouteNotAccepted", true, false, OF(POOL) | OF(ROUTE)},
    [FINDING_BACKEND_MISSING] = {"BackendMissing", true, true, OF(POOL) | OF(SERVICE)},
    [FINDING_CERTIFICATE_CONTESTED] = {"CertificateContested", true, false, 0},
    [FINDING_CERTIFICATE_FULL] = {"CertificateFull", true, false, 0},
};

void findings_add(struct findings *findings, enum finding_reason reason, char *text)
{
    if (findings->count < FINDINGS_MAX)
        findings->list[findings->count++] = (struct finding){reason, text};
    else
        free(text);
}

bool findings_has(const struct findings *findings, const struct finding *finding)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].reason == finding->reason &&
            strcmp(findings->list[i].text, finding->text) == 0)
            return true;
    }
    return false;
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->list[i].text);
    findings->count = 0;
}

const char *finding_name(enum finding_reason reason)
{
    return reasons[reason].name;
}

bool finding_is_warning(enum finding_reason reason)
{
    return reasons[reason].warning;
}

bool finding_may_pass(enum finding_reason reason)
{
    return reasons[reason].may_pass;
}

bool finding_is_read_from(enum finding_reason reason, enum kind kind)
{
    return (reasons[reason].kinds & 1U << kind) != 0;
}
