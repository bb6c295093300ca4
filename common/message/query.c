/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the supervisor pass a query on without knowing what the views are about. */
#include "common/message/query.h"

#define VIEW_ROLE(VIEW, ROLE) [VIEW_##VIEW] = ROLE_##ROLE,
static const enum role roles[VIEWS] = {QUERY_VIEWS(VIEW_ROLE)};

enum role query_role(enum view view)
{
    return roles[view];
}
