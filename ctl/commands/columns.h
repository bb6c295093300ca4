/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of all tables: for people a header, for programs the name of a field. Fields keep
 * their names. */
#ifndef TLSROUTED_CTL_COMMANDS_COLUMNS_H
#define TLSROUTED_CTL_COMMANDS_COLUMNS_H

#include "ctl/output/alike.h"
#include "ctl/output/table.h"

extern const struct column columns_pools[], columns_routes[], columns_certificates[];
extern const struct column columns_streams[], columns_queues[], columns_adoption[];

/* Which streams are one row of the status, and which Pools that are not well one row of watch. */
extern const struct alike alike_streams, alike_pools;

#endif
