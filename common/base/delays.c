/* SPDX-License-Identifier: Apache-2.0 */
/* Back-offs are passed by pointer, so those of the table need a place in memory. */
#include "common/base/delays.h"

#define DELAY_BACKOFF(name, first_delay, max_delay, text)                                          \
    const struct backoff name = {.first = (first_delay), .max = (max_delay)};
BACKOFFS(DELAY_BACKOFF)
