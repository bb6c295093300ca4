/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted rather than hashed: whoever chooses the texts cannot choose them so that a search is slow.
 * While texts are added the set is sorted whenever it is full, so that texts which come again and
 * again take no room. */
#include "common/base/text_set.h"

#include "common/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ROOM_MIN = 16
};

static int compare(const char *a, const char *b);
static int by_text(const void *a, const void *b);

struct text_set text_set_of(const struct text_list *list)
{
    struct text_set set = {0};

    TEXT_LIST_FOREACH (text, list)
        text_set_add(&set, text);
    text_set_sort(&set);
    return set;
}

void text_set_add(struct text_set *set, const char *text)
{
    if (set->count == set->room) {
        text_set_sort(set);
        if (set->count >= set->room / 2) {
            set->room = set->room > 0 ? set->room * 2 : ROOM_MIN;
            set->texts = memory_resize(set->texts, set->room, sizeof(*set->texts));
        }
    }
    set->texts[set->count++] = text;
}

/* Of equal texts the last one stays. */
void text_set_sort(struct text_set *set)
{
    size_t count = 0;

    if (set->count > 1)
        qsort(set->texts, set->count, sizeof(*set->texts), by_text);
    for (size_t i = 0; i < set->count; i++) {
        if (i + 1 == set->count || compare(set->texts[i], set->texts[i + 1]) != 0)
            set->texts[count++] = set->texts[i];
    }
    set->count = count;
}

const char *text_set_find(const struct text_set *set, const char *text)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(set->texts[middle], text);

        if (order == 0)
            return set->texts[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool text_set_has_name(const struct text_set *set, const char *dns_name)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcasecmp(set->texts[middle], dns_name);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void text_set_clear(struct text_set *set)
{
    free(set->texts);
    *set = (struct text_set){0};
}

static int compare(const char *a, const char *b)
{
    int order = strcasecmp(a, b);

    return order != 0 ? order : strcmp(a, b);
}

/* Equal ones in the order of their places. */
static int by_text(const void *a, const void *b)
{
    const char *one = *(const char *const *)a, *other = *(const char *const *)b;
    int order = compare(one, other);

    return order != 0 ? order
                      : ((uintptr_t)one > (uintptr_t)other) - ((uintptr_t)one < (uintptr_t)other);
}
