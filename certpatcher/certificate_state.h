/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of Certificates: since when an injected name has not been needed, how writing
 * names went, and the last warning. In memory only: after a restart every grace begins anew, and so
 * it does after a time in which nobody confirmed that the name is not needed. Pure: the time is an
 * argument, in milliseconds of a monotonic clock. */
#ifndef TLSROUTED_CERTPATCHER_CERTIFICATE_STATE_H
#define TLSROUTED_CERTPATCHER_CERTIFICATE_STATE_H

#include "certpatcher/name_contention.h"
#include "common/base/cause_log.h"

#include <stdint.h>
#include <uthash.h>

/* A name that has not been needed since then. */
struct unneeded_name {
    char *name;
    int64_t since;
};

struct certificate_state {
    char *key;                      /* "namespace/name" */
    char *uid;                      /* of the Certificate that this is about; "": not known yet */
    struct unneeded_name *unneeded; /* sorted by name */
    size_t unneeded_count;
    int64_t confirmed; /* when they were last found not to be needed */
    struct name_contention contention;
    bool is_reissued;            /* its phase has been changed, but its mark is still there */
    uint64_t refused_version;    /* in which the API server refuses the names each time, or 0 */
    char *warning;               /* the last one that was logged, or NULL */
    struct cause_member failing; /* likewise, for the log */
    UT_hash_handle hh;
};

/* All of them, the oldest first. Zero-initialised: none. */
struct certificate_states {
    struct certificate_state *all;
    size_t unneeded_count; /* names in all of them */
};

/* The state of the Certificate KEY, which is added where there is none; if there are too many, the
 * oldest is dropped. UID: that of the Certificate, "" if it is not known; another one than before
 * means another Certificate, whose state starts empty. */
struct certificate_state *certificate_state_of(struct certificate_states *states, const char *key,
                                               const char *uid);

/* The ages of its names at NOW, sorted by name: *COUNT of them, 0 if they have not been confirmed
 * for AGES_BELIEVED_SECONDS. The caller frees the list; the names in it are those of STATE. */
struct injection_age *certificate_state_ages(const struct certificate_state *state, int64_t now,
                                             size_t *count);

/* NAMES, each once, are those that are not needed at NOW. Their ages count from the first time that
 * they are given here and have been confirmed since; the others are forgotten. */
void certificate_state_set_unneeded(struct certificate_states *states,
                                    struct certificate_state *state, const struct text_list *names,
                                    int64_t now);

/* Remembers WARNING (NULL: all is well again); returns whether it is another one than the last. */
bool certificate_state_warn(struct certificate_state *state, const char *warning);

/* Drops STATE if there is nothing in it at NOW. */
void certificate_state_tidy(struct certificate_states *states, struct certificate_state *state,
                            int64_t now);

/* Forgets the ages in all of them. */
void certificate_states_forget_ages(struct certificate_states *states);

#endif
