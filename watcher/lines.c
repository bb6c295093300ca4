/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that are complete in what has just come, nearly all of them, are not copied. */
#include "watcher/lines.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEPT_ROOM_MAX = 64 * 1024 /* bytes that stay allocated between lines */
};

static void keep(struct lines *, const char *bytes, size_t size);

enum lines_result lines_add(struct lines *lines, const char *bytes, size_t size, size_t max,
                            lines_handler *handler, void *context)
{
    while (size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t length = newline != NULL ? (size_t)(newline - bytes) : size;
        bool go_on = true;

        if (length > max || lines->size > max - length)
            return LINES_TOO_LONG;
        if (newline == NULL) {
            keep(lines, bytes, length);
            return LINES_OK;
        }
        if (lines->size > 0) {
            keep(lines, bytes, length);
            go_on = handler(lines->bytes, lines->size, context);
            lines->size = 0;
            if (lines->room > KEPT_ROOM_MAX)
                lines_clear(lines);
        } else if (length > 0) {
            go_on = handler(bytes, length, context);
        }
        if (!go_on)
            return LINES_STOPPED;
        bytes += length + 1;
        size -= length + 1;
    }
    return LINES_OK;
}

void lines_clear(struct lines *lines)
{
    free(lines->bytes);
    *lines = (struct lines){0};
}

static void keep(struct lines *lines, const char *bytes, size_t size)
{
    if (lines->size + size > lines->room) {
        lines->room = 2 * (lines->size + size);
        lines->bytes = memory_resize(lines->bytes, lines->room, 1);
    }
    memcpy(lines->bytes + lines->size, bytes, size);
    lines->size += size;
}
