/* SPDX-License-Identifier: Apache-2.0 */
/* Something that tlsrouted writes and that somebody else keeps changing or deleting: it is restored
 * at once a few times, then at growing intervals. This is the one place that decides so, for all
 * that is written. Pure: the time is an argument, in seconds of a monotonic clock. */
#ifndef TLSROUTED_COMMON_OBJECTS_CONTENTION_H
#define TLSROUTED_COMMON_OBJECTS_CONTENTION_H

#include "common/objects/managers.h"

#include <stdbool.h>
#include <time.h>

/* What is contended for; how often and how late it is restored is in a table. */
enum contention_rule {
    CONTENTION_ROUTE, /* a TLSRoute */
    CONTENTION_SERVICE,
    CONTENTION_NAMES, /* those in a Certificate: each write may cost a new certificate */
    CONTENTION_LEASE,
    CONTENTION_DUPLICATE, /* another tlsrouted writes what this one writes */
    CONTENTION_RULES
};

/* What is remembered of our writes of one object: there may be very many. Zero-initialised:
 * nothing, of a TLSRoute. */
struct contention {
    enum contention_rule rule : 8;
    bool is_observed;     /* what stands below "as the object stood" is known */
    uint16_t corrections; /* how often we have written the same again, at least */
    uint32_t last;        /* when we wrote */
    uint32_t changed;     /* since when it has not been what we want, or 0 */
    uint32_t own_time;    /* see below */
    uint64_t written;     /* the digest of what we wrote last, or 0 */
    char *manager;        /* who changed it against us, as far as that has shown; or NULL */
    /* as the object stood when we last wrote it or looked at it, with own_time of its managers: */
    uint64_t other;   /* a digest of who other than us wrote it, and when; 0: nobody */
    uint64_t content; /* a digest, or 0 */
};

/* What stands for TEXT, the content of an object, where something that is desired is compared and
 * remembered; not 0. */
uint64_t contention_digest(const char *text);

/* How many seconds to wait before DESIRED, a digest, is written (again): 0 for now. */
unsigned contention_delay(const struct contention *contention, uint64_t desired, time_t now);

/* For how many seconds to look on before what somebody else has made of it is undone, once a
 * contention over DESIRED is going on: two that answer each other at once would never see in
 * managedFields, which count in seconds, who the other is. */
unsigned contention_patience(const struct contention *contention, uint64_t desired, time_t now);

/* Whether the object DIFFERS from what we want, as seen at NOW. */
void contention_differs(struct contention *contention, bool differs, time_t now);

/* For how many more seconds a contention over DESIRED counts as going on: 0 if there is none, or if
 * the other has left the object alone for long enough. DIFFERS: it has just been changed again. */
unsigned contention_remaining(const struct contention *contention, uint64_t desired, bool differs,
                              time_t now);

/* DESIRED has been written. */
void contention_written(struct contention *contention, uint64_t desired, time_t now);

/* Somebody else has undone what we want, DESIRED, or has done it themselves: for a matter in which
 * this is counted, and not our writes. */
void contention_disturbed(struct contention *contention, uint64_t desired, time_t now);

/* Something else than what was written before has been written, for the same DESIRED: no
 * correction, but a sign that the matter goes on. */
void contention_goes_on(struct contention *contention, time_t now);

/* Whether there is nothing left to remember. */
bool contention_is_over(const struct contention *contention, time_t now);

/* Who has changed the object since it was last observed, by the MANAGERS that it has now: a name,
 * borrowed from MANAGERS or constant, or NULL if nothing shows it. What stood there before is no
 * evidence: a removal leaves no trace, and whoever made the object is not to blame for it. */
const char *contention_evidence(const struct contention *contention,
                                const struct managers *managers);

/* Whether another tlsrouted has written the object since it was last observed. CONTENT is all that
 * can only be changed by whoever is among the MANAGERS then, or NULL. An older state shows nothing:
 * a watch may bring it late, and a backup may have it. */
bool contention_shows_duplicate(const struct contention *contention,
                                const struct managers *managers, const char *content);

/* The object has MANAGERS and CONTENT (as above) now: after a write of ours, or to compare with
 * later. NULL: it does not exist. */
void contention_observe(struct contention *contention, const struct managers *managers,
                        const char *content);

/* What the object looks like is not known: another may have written it, with every right to, or we
 * ourselves. */
void contention_forget_observed(struct contention *contention);

/* Forgets everything but the rule. */
void contention_clear(struct contention *contention);

#endif
