/* SPDX-License-Identifier: Apache-2.0 */
/* Time limits must not move when somebody sets the clock of the machine. */
#include "common/base/clock.h"

int64_t clock_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

time_t clock_seconds(void)
{
    return (time_t)(clock_milliseconds() / 1000);
}
