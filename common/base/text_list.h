/* SPDX-License-Identifier: Apache-2.0 */
/* A list of texts in one block of memory: each ends with NUL, and the next one follows.
 *
 * "a\0bc\0" with count 2 is the list (a, bc). Messages carry lists in this form because a decoded
 * list is never larger than an encoded one. */
#ifndef TLSROUTED_COMMON_BASE_TEXT_LIST_H
#define TLSROUTED_COMMON_BASE_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct text_list {
    size_t count;      /* texts */
    size_t size;       /* bytes, with the NULs */
    const char *bytes; /* borrowed or owned, as the holder says; NULL when empty */
};

/* Loops over the texts of LIST (a pointer): ITEM is each in turn. */
#define TEXT_LIST_FOREACH(item, list)                                                              \
    for (const char *item = text_list_next((list), NULL); item != NULL;                            \
         item = text_list_next((list), item))

/* The text after ITEM, or the first one if ITEM is NULL; NULL after the last. */
const char *text_list_next(const struct text_list *list, const char *item);

/* Appends a copy of TEXT. The list must own its bytes or be empty. */
void text_list_add(struct text_list *list, const char *text);

/* A copy that owns its bytes. */
struct text_list text_list_copy(const struct text_list *list);

/* Frees the bytes of a list that owns them and empties it. */
void text_list_clear(struct text_list *list);

/* Whether the list holds TEXT exactly, or DNS_NAME in any mix of upper and lower case. */
bool text_list_has(const struct text_list *list, const char *text);
bool text_list_has_name(const struct text_list *list, const char *dns_name);

/* The first MAX texts (1 or more) for people: "a, b and 7 more"; "" for an empty list. The caller
 * frees it. */
char *text_list_line(const struct text_list *list, size_t max);

/* Whether both hold the same texts in the same order. */
bool text_list_equal(const struct text_list *a, const struct text_list *b);

#endif
