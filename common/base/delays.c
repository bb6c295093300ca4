/* SPDX-License-Identifier: Apache-2.0 */
/* The back-offs of the table of delays, as objects that can be pointed to. */
#include "common/base/delays.h"

#define DELAY_BACKOFF(name, first_delay, max_delay, text)                                          \
    const struct backoff name = {.first = (first_delay), .max = (max_delay)};
BACKOFFS(DELAY_BACKOFF)
