/* SPDX-License-Identifier: Apache-2.0 */
/* How the objects of a kind are read where tlsrouted serves a list of namespaces: a pure decision.
 */
#ifndef TLSROUTED_WATCHER_READING_H
#define TLSROUTED_WATCHER_READING_H

enum reading {
    READING_APART,   /* a watch for each namespace */
    READING_JOINED,  /* one for all of the cluster, of which only some objects are passed on */
    READING_IN_TURN, /* a short watch for each namespace, one after the other */
    READINGS
};

/* What has been found out. */
enum reading_cause {
    READING_CROWDED,   /* there are more watches than the connections carry */
    READING_FORBIDDEN, /* the account may not watch the kind in all of the cluster */
    READING_ALLOWED,   /* it may now */
    READING_SHARED,    /* a connection carries many watches now, and did not when it was crowded */
    READING_CAUSES
};

/* How to read from now on, after CAUSE was found while reading as NOW. */
enum reading reading_after(enum reading now, enum reading_cause cause);

#endif
