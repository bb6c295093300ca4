/* SPDX-License-Identifier: Apache-2.0 */
/* Words that may be cut short. Pure. */
#ifndef TLSROUTED_CTL_COMMANDS_PREFIX_H
#define TLSROUTED_CTL_COMMANDS_PREFIX_H

#include <stddef.h>

enum {
    PREFIX_NONE = -1,
    PREFIX_AMBIGUOUS = -2
};

/* The place in WORDS (COUNT of them) of the one that WORD is, or is the only one to begin with.
 * PREFIX_NONE if there is none; PREFIX_AMBIGUOUS if there are several: then *CANDIDATES is
 * "pools, probe", which the caller frees, else NULL. */
int prefix_find(const char *const *words, size_t count, const char *word, char **candidates);

#endif
