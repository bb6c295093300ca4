/* SPDX-License-Identifier: Apache-2.0 */
/* Servers, objects and the system word their texts as they like. Whoever fills a field of the kind
 * LINE with one of them makes it a line here, so that no text can have a check of ours fail. */
#include "common/base/line.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

char *line_of(const char *text, size_t max)
{
    char *line = memory_text(text);

    if (line != NULL) {
        utf8_make_line(line, strlen(line));
        line[utf8_prefix(line, max)] = '\0';
    }
    return line;
}

void line_format(char *to, size_t room, const char *format, ...)
{
    char *text, *line;
    va_list arguments;

    va_start(arguments, format);
    text = memory_format_of(format, arguments);
    va_end(arguments);
    line = line_of(text, room - 1);
    memcpy(to, line, strlen(line) + 1);
    free(line);
    free(text);
}
