/* SPDX-License-Identifier: Apache-2.0 */
/* The time that limits are measured with: that of a clock that nobody sets. */
#ifndef TLSROUTED_COMMON_BASE_CLOCK_H
#define TLSROUTED_COMMON_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_milliseconds(void);

time_t clock_seconds(void);

#endif
