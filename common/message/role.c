/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the processes, the same wherever a person meets them: in logs, in the configuration,
 * in ps. */
#include "common/message/role.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_WATCHER] = "watcher",         [ROLE_RECONCILER] = "reconciler",
    [ROLE_CERTPATCHER] = "certpatcher", [ROLE_MINTER] = "minter",
    [ROLE_EXPORTER] = "exporter",       [ROLE_SUPERVISOR] = "supervisor",
    [ROLE_CONTROL] = "control",         [ROLE_RESOLVER] = "resolver",
    [ROLE_PLUGIN] = "plugin",
};

bool role_is_in(enum role role, unsigned set)
{
    return (set & (1u << role)) != 0;
}

const char *role_name(enum role role)
{
    return names[role];
}
