/* SPDX-License-Identifier: Apache-2.0 */
#include "common/message/query.h"

static const enum role roles[VIEWS] = {
    [VIEW_POOLS] = ROLE_RECONCILER,        [VIEW_ROUTES] = ROLE_RECONCILER,
    [VIEW_CERTIFICATES] = ROLE_RECONCILER, [VIEW_EXPLAIN] = ROLE_RECONCILER,
    [VIEW_DIFF] = ROLE_RECONCILER,         [VIEW_CERTIFICATE_DIFF] = ROLE_RECONCILER,
    [VIEW_GRAPH] = ROLE_RECONCILER,        [VIEW_QUEUES] = ROLE_RECONCILER,
    [VIEW_STREAMS] = ROLE_WATCHER,
};

enum role query_role(enum view view)
{
    return roles[view];
}
