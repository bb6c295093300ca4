/* SPDX-License-Identifier: Apache-2.0 */
#include "common/message/role.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_WATCHER] = "watcher",         [ROLE_RECONCILER] = "reconciler",
    [ROLE_CERTPATCHER] = "certpatcher", [ROLE_MINTER] = "minter",
    [ROLE_EXPORTER] = "exporter",       [ROLE_SUPERVISOR] = "supervisor",
    [ROLE_CONTROL] = "control",         [ROLE_RESOLVER] = "resolver",
    [ROLE_PLUGIN] = "plugin",
};

const char *role_name(enum role role)
{
    return names[role];
}
