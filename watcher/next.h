/* SPDX-License-Identifier: Apache-2.0 */
/* What a stream does next when a request of its has ended, and when: a pure decision. */
#ifndef TLSROUTED_WATCHER_NEXT_H
#define TLSROUTED_WATCHER_NEXT_H

#include "common/api/result.h"

#include <stdint.h>
#include <time.h>

enum stream_phase {
    PHASE_STOPPED,
    PHASE_WAITING,    /* until it tries again, after a failure */
    PHASE_WATCH_LIST, /* all objects, then what changes, on one watch */
    PHASE_PAGES,      /* all objects in pages, where the server has no such watches */
    PHASE_WATCH,      /* what changes */
};

/* How a request ended (that of a page: after what pages.h says), or why the stream gives it up. */
struct ending {
    enum stream_phase phase; /* that the request was for */
    enum api_error error;
    bool was_opened;      /* a watch: the server had begun to answer */
    time_t seconds;       /* that a watch lasted */
    bool is_optional;     /* see kinds.h */
    unsigned failures;    /* in a row, with this one if it is one */
    unsigned retry_after; /* seconds, 0 if the server did not say */
};

enum next_step {
    NEXT_WATCH, /* at once, from where the last one ended */
    NEXT_PAGES, /* at once, list in pages, now and later */
    NEXT_RETRY, /* a failure: wait, then watch from the position, or list without one */
};

struct next {
    enum next_step step;
    /* Of NEXT_RETRY: */
    bool keeps_position;
    uint32_t milliseconds; /* to wait */
};

/* What follows ENDING. RANDOM is any 32 bits, for the jitter. */
struct next next_after(const struct ending *ending, uint32_t random);

#endif
