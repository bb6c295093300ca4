/* SPDX-License-Identifier: Apache-2.0 */
/* The monotonic clock, which time limits are measured with. */
#ifndef TLSROUTED_COMMON_BASE_CLOCK_H
#define TLSROUTED_COMMON_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The time since some fixed moment, in milliseconds and in whole seconds. */
int64_t clock_milliseconds(void);
time_t clock_seconds(void);

#endif
