/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that stands still until the test moves it. A test that links fake_clock.c has it in place
 * of the system's: in clock.h, in the timers of libevent, everywhere. */
#ifndef TLSROUTED_TESTS_UNIT_FAKE_CLOCK_H
#define TLSROUTED_TESTS_UNIT_FAKE_CLOCK_H

#include <event2/event.h>
#include <stdint.h>

/* Moves the clock without running anything: as if the process had been stopped. */
void fake_clock_jump(int64_t milliseconds);

/* Lets time pass on the loop BASE: every timer fires at its time. */
void fake_clock_run(struct event_base *base, int64_t milliseconds);

#endif
