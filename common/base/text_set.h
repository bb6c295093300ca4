/* SPDX-License-Identifier: Apache-2.0 */
/* A set of texts to look things up in. What others wrote may be long lists, and searching a list
 * for each item of another costs the square of their length: a set is sorted, and a search costs
 * its logarithm, whatever the texts are. */
#ifndef TLSROUTED_COMMON_BASE_TEXT_SET_H
#define TLSROUTED_COMMON_BASE_TEXT_SET_H

#include "common/base/text_list.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised: empty. The texts are borrowed, and must stay where they are. */
struct text_set {
    const char **texts; /* sorted without regard to case, then with it, once text_set_sort() ran */
    size_t count;
    size_t room;
};

/* The texts of LIST, sorted. */
struct text_set text_set_of(const struct text_list *list);

/* Adds TEXT. Nothing may be looked up until text_set_sort() has been called. */
void text_set_add(struct text_set *set, const char *text);

/* Sorts SET; each text stays once. */
void text_set_sort(struct text_set *set);

/* The text in SET that equals TEXT; NULL if there is none. Of several in one list, the last. */
const char *text_set_find(const struct text_set *set, const char *text);

/* Whether SET holds DNS_NAME in any mix of upper and lower case. */
bool text_set_has_name(const struct text_set *set, const char *dns_name);

/* Empties it. The texts stay. */
void text_set_clear(struct text_set *set);

#endif
