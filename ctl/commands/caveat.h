/* SPDX-License-Identifier: Apache-2.0 */
/* Caveats: reasons why what tlsroutectl shows of the cluster may be out of date. Pure. */
#ifndef TLSROUTED_CTL_COMMANDS_CAVEAT_H
#define TLSROUTED_CTL_COMMANDS_CAVEAT_H

#include "common/base/text_list.h"

#include <stdint.h>

/* The caveats that follow from UNHEALTHY, the set of workers (by enum role) that are not healthy: a
 * line for each, none if all is well. The caller releases the list. */
struct text_list caveats_of(uint64_t unhealthy);

#endif
