/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of something that fails: who, why, and what to do. Who fails in the same way shares
 * a cause (causes.h). */
#ifndef TLSROUTED_COMMON_BASE_CAUSE_WORDS_H
#define TLSROUTED_COMMON_BASE_CAUSE_WORDS_H

#include "common/base/log.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CAUSE_FIELDS = 4 /* at most; one that is not used has no name */
};

/* The texts are borrowed, and copied by those who keep them. */
struct cause_details {
    enum log_level level;
    const char *text; /* what is wrong, for one as for many: "cannot create the TLSRoute" */
    const char *over; /* what is said when it no longer is; NULL: nothing */
    struct log_field who[CAUSE_FIELDS]; /* texts that name the one: namespace, name */
    struct log_field why[CAUSE_FIELDS]; /* texts with what is behind it: error, reason */
    const char *remedy;                 /* what to do, or NULL */
    unsigned named_max;                 /* up to so many have a line each; 0 stands for 1 */
};

/* A copy of DETAILS with the text and the fields. Never NULL; the caller releases it with
 * cause_words_free(), which takes NULL too. */
struct cause_words;
struct cause_words *cause_words_new(const struct cause_details *details);
void cause_words_free(struct cause_words *words);

/* What DETAILS have in common with all that fails for the same cause: the level, the text and why,
 * without the names of the one that fails, and without the numbers in why (ports, times). The
 * caller frees it. */
char *cause_words_key(const struct cause_details *details);

/* How far it has come. */
struct cause_extent {
    size_t count;    /* that share the cause; 1: it is the one that is named */
    unsigned times;  /* that it has come since the last line; 0 and 1 are not said */
    int64_t seconds; /* that it has lasted, or -1 */
    bool is_past;    /* it is over already: NOW has the text for that */
};

/* Writes a line. */
typedef void cause_say(enum log_level level, const char *text, const struct log_field *fields);

/* Says that it is so, or that it is over: then WAS has the text. */
void cause_words_say(const struct cause_words *words, const struct cause_extent *extent,
                     cause_say *say);
void cause_words_say_over(const struct cause_words *words, const struct cause_extent *extent,
                          cause_say *say);

#endif
