/* SPDX-License-Identifier: Apache-2.0 */
/* One block for each list, whatever its length: cheap to copy, to compare and to bound. */
#include "common/base/text_list.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *text_list_next(const struct text_list *list, const char *item)
{
    const char *next = item == NULL ? list->bytes : item + strlen(item) + 1;

    if (next == NULL || next >= list->bytes + list->size)
        return NULL;
    return next;
}

void text_list_add(struct text_list *list, const char *text)
{
    size_t length = strlen(text) + 1;
    char *bytes = memory_resize((char *)list->bytes, list->size + length, 1);

    memcpy(bytes + list->size, text, length);
    list->bytes = bytes;
    list->size += length;
    list->count++;
}

struct text_list text_list_copy(const struct text_list *list)
{
    struct text_list copy = *list;

    copy.bytes = list->size > 0 ? memory_bytes(list->bytes, list->size) : NULL;
    return copy;
}

void text_list_clear(struct text_list *list)
{
    free((char *)list->bytes);
    *list = (struct text_list){0};
}

bool text_list_has(const struct text_list *list, const char *text)
{
    TEXT_LIST_FOREACH (item, list) {
        if (strcmp(item, text) == 0)
            return true;
    }
    return false;
}

bool text_list_has_name(const struct text_list *list, const char *dns_name)
{
    TEXT_LIST_FOREACH (item, list) {
        if (strcasecmp(item, dns_name) == 0)
            return true;
    }
    return false;
}

bool text_list_equal(const struct text_list *a, const struct text_list *b)
{
    return a->count == b->count && a->size == b->size &&
           (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}
