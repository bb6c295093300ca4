/* SPDX-License-Identifier: Apache-2.0 */
/* Timers for what need not be exact: they run at whole seconds of the clock, so that a process
 * which has little to do wakes up once for all of it. */
#ifndef TLSROUTED_COMMON_BASE_COARSE_TIMER_H
#define TLSROUTED_COMMON_BASE_COARSE_TIMER_H

#include <event2/event.h>
#include <stdint.h>

/* Starts TIMER for the first whole second that is MILLISECONDS or more from now; from a minute on,
 * for the first that is a multiple of ten. */
void coarse_timer_start(struct event *timer, int64_t milliseconds);

/* Starts TIMER, of what is done again and again, for the next time that is a multiple of
 * MILLISECONDS: what is done every 10 s and every 20 s is done together. */
void coarse_timer_repeat(struct event *timer, int64_t milliseconds);

#endif
