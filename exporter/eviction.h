/* SPDX-License-Identifier: Apache-2.0 */
/* Which connection makes room for a new one. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_EXPORTER_EVICTION_H
#define TLSROUTED_EXPORTER_EVICTION_H

#include <stddef.h>
#include <stdint.h>

/* How far a connection has come. */
enum progress {
    PROGRESS_NONE, /* accepted: no whole request was read, nor may there have been a handshake */
    PROGRESS_REQUESTED, /* its request waits for us */
    PROGRESS_ANSWERED,  /* the response is being sent */
    PROGRESS_ENDING,    /* it was told to end */
};

struct place {
    enum progress progress;
    uint64_t since; /* its last step, in monotonic microseconds: it was accepted, it had sent its
                       whole request, or it took a part of the response; a byte is no step */
};

/* The index of the one of the COUNT places that goes first at the moment NOW, or COUNT if all of
 * them have to be let be: those that were making progress less than PATIENCE microseconds ago, and
 * those whose request waits for us. */
size_t eviction_choose(const struct place *places, size_t count, uint64_t now, uint64_t patience);

#endif
