/* SPDX-License-Identifier: Apache-2.0 */
/* One block for each list, whatever its length: cheap to copy, to compare and to bound. A block
 * that grows has room for a power of two of bytes, so that adding many texts does not copy them as
 * many times. */
#include "common/base/text_list.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ROOM_MIN = 32 /* bytes */
};

static size_t room_for(size_t size);

const char *text_list_next(const struct text_list *list, const char *item)
{
    const char *next = item == NULL ? list->bytes : item + strlen(item) + 1;

    if (next == NULL || next >= list->bytes + list->size)
        return NULL;
    return next;
}

void text_list_add(struct text_list *list, const char *text)
{
    size_t length = strlen(text) + 1, room = room_for(list->size + length);

    if (list->size == 0 || room != room_for(list->size))
        list->bytes = memory_resize((char *)list->bytes, room, 1);
    memcpy((char *)list->bytes + list->size, text, length);
    list->size += length;
    list->count++;
}

struct text_list text_list_copy(const struct text_list *list)
{
    struct text_list copy = *list;

    copy.bytes = list->size > 0 ? memory_new(room_for(list->size), 1) : NULL;
    if (list->size > 0)
        memcpy((char *)copy.bytes, list->bytes, list->size);
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

/* What a list of SIZE bytes has room for. */
static size_t room_for(size_t size)
{
    size_t room = ROOM_MIN;

    while (room < size)
        room *= 2;
    return room;
}

char *text_list_line(const struct text_list *list, size_t max)
{
    char *line = memory_text("");
    size_t count = 0;

    TEXT_LIST_FOREACH (text, list) {
        char *longer = memory_format("%s%s%s", line, count > 0 ? ", " : "", text);

        free(line);
        line = longer;
        if (++count == max)
            break;
    }
    if (list->count > count) {
        char *longer = memory_format("%s and %zu more", line, list->count - count);

        free(line);
        line = longer;
    }
    return line;
}
