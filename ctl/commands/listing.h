/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the tables: for people a header, for programs the name of a field, which does not
 * change. */
#ifndef TLSROUTED_CTL_COMMANDS_LISTING_H
#define TLSROUTED_CTL_COMMANDS_LISTING_H

#include "ctl/output/table.h"

extern const struct column listing_pools[], listing_routes[], listing_certificates[];
extern const struct column listing_streams[], listing_queues[];

#endif
