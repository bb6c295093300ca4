/* SPDX-License-Identifier: Apache-2.0 */
/* What the certpatcher remembers of Certificates: since when a name of ours is not needed, how our
 * writes fared, and what the log has been told. In memory only: after a restart every grace begins
 * anew. Pure but for the time, which is an argument. */
#ifndef TLSROUTED_CERTPATCHER_RECORD_H
#define TLSROUTED_CERTPATCHER_RECORD_H

#include "certpatcher/contention.h"

#include <stdint.h>
#include <uthash.h>

/* A name that is not needed, since SINCE. */
struct record_age {
    char *name;
    int64_t since; /* milliseconds of a monotonic clock */
};

struct record {
    char *certificate; /* "namespace/name" */
    char *uid;         /* of the Certificate that ages and reverts are about; "": of none yet */
    struct record_age *ages;
    size_t age_count;
    struct contention contention;
    char *complaint; /* the last one, or NULL */
    UT_hash_handle hh;
};

/* All of them, the oldest first. Zero-initialised: none. */
struct records {
    struct record *all;
    size_t ages; /* names in all records */
};

/* The record of CERTIFICATE ("namespace/name"), made where there is none; of too many the oldest
 * goes. Another UID than that of before means another Certificate: then it starts empty. */
struct record *record_of(struct records *records, const char *certificate, const char *uid);

/* The ages of its names at NOW (milliseconds): *COUNT of them. The caller frees the list; its names
 * are the record's. */
struct injection_age *record_ages(const struct record *record, int64_t now, size_t *count);

/* NAMES are those that are not needed now: others are forgotten, new ones count from NOW on. */
void record_set_ages(struct records *records, struct record *record, const struct text_list *names,
                     int64_t now);

/* Whether the COMPLAINT (NULL: there is none any more) is another one than the last. */
bool record_complain(struct record *record, const char *complaint);

/* Lets go of it if there is nothing in it at NOW (milliseconds). */
void record_tidy(struct records *records, struct record *record, int64_t now);

/* Forgets the ages of all: nobody asks for withdrawals any more. */
void records_forget_ages(struct records *records);

void records_clear(struct records *records);

#endif
