/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that stands still until the test advances it, and libevent timers that go by it. A test
 * that links it has these in place of common/base/clock.c and of libevent's event_add(),
 * event_del() and event_pending(). */
#ifndef TLSROUTED_TESTS_UNIT_FAKE_TIMERS_H
#define TLSROUTED_TESTS_UNIT_FAKE_TIMERS_H

#include <stdint.h>

/* Back to the first moment, without timers. */
void fake_timers_reset(void);

/* Advances the clock by MILLISECONDS; timers run in their order, each at its own time. */
void fake_timers_advance(int64_t milliseconds);

#endif
