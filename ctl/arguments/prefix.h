/* SPDX-License-Identifier: Apache-2.0 */
/* Words that can be shortened as long as they are unambiguous. Pure. */
#ifndef TLSROUTED_CTL_ARGUMENTS_PREFIX_H
#define TLSROUTED_CTL_ARGUMENTS_PREFIX_H

#include <stddef.h>

enum {
    PREFIX_NONE = -1,
    PREFIX_AMBIGUOUS = -2
};

/* The index of the one of the COUNT words of WORDS that equals WORD or is the only one that begins
 * with it. PREFIX_NONE if there is none. PREFIX_AMBIGUOUS if there are several: then *CANDIDATES is
 * "pools or probe", which the caller frees; otherwise it is NULL. */
int prefix_find(const char *const *words, size_t count, const char *word, char **candidates);

#endif
