#include "reconciler/finding.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool warning;
    bool may_pass;
} reasons[FINDING_REASONS] = {
    [FINDING_POOL_UNREADABLE] = {"PoolUnreadable", true},
    [FINDING_PAUSED] = {"Paused", false},
    [FINDING_HOSTNAME_INVALID] = {"HostnameInvalid", true},
    [FINDING_HOSTNAME_CONFLICT] = {"HostnameConflict", true},
    [FINDING_GATEWAY_API_MISSING] = {"GatewayAPIMissing", true},
    [FINDING_GATEWAY_NOT_READY] = {"GatewayNotReady", true, .may_pass = true},
    [FINDING_ROUTE_NOT_OWNED] = {"RouteNotOwned", true},
    [FINDING_ROUTE_UNREADABLE] = {"RouteUnreadable", true},
    [FINDING_ROUTE_CONTESTED] = {"RouteContested", true},
    [FINDING_ROUTE_NOT_ACCEPTED] = {"RouteNotAccepted", true},
    [FINDING_BACKEND_MISSING] = {"BackendMissing", true, .may_pass = true},
    [FINDING_CERTIFICATE_CONTESTED] = {"CertificateContested", true},
    [FINDING_CERTIFICATE_FULL] = {"CertificateFull", true},
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
