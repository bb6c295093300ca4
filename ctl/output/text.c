/* SPDX-License-Identifier: Apache-2.0 */
/* Names of objects are chosen by whoever may create them. Nothing that is printed or offered as a
 * command may let them act on the terminal or the shell of the person who reads it. */
#include "ctl/output/text.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <stdlib.h>
#include <string.h>

static size_t characters(const char *text, size_t size);

/* Marks, line separators, embeddings, overrides and isolates. (Unicode Standard Annex 9, 2) */
bool text_is_command(const char *text, size_t length)
{
    static const uint32_t ranges[][2] = {
        {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    uint32_t code_point = utf8_code_point(text, length);

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code_point >= ranges[i][0] && code_point <= ranges[i][1])
            return true;
    }
    return utf8_is_control(text, length);
}

char *text_clean(const char *bytes, size_t size)
{
    char *clean = memory_new(size + 1, 1);
    size_t length = 0;

    for (size_t i = 0; i < size;) {
        size_t step = utf8_length(bytes + i, size - i);

        if (step == 0 || text_is_command(bytes + i, step)) {
            clean[length++] = '?';
            i += step > 0 ? step : 1;
        } else {
            memcpy(clean + length, bytes + i, step);
            length += step;
            i += step;
        }
    }
    return clean;
}

char *text_shell_word(const char *bytes)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-_./:=@%+,";
    char *clean = text_clean(bytes, strlen(bytes)), *word, *end;
    const char *text = clean;

    if (text[0] != '\0' && text[0] != '=' && text[strspn(text, plain)] == '\0')
        return clean;
    word = end = memory_new(4 * strlen(text) + 3, 1);
    *end++ = '\'';
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            end = stpcpy(end, "'\\''");
        else
            *end++ = *text;
    }
    *end = '\'';
    free(clean);
    return word;
}

char *text_alternatives(const char *const *words, size_t count)
{
    char *list = memory_text("");

    for (size_t i = 0; i < count; i++) {
        const char *separator = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        char *longer = memory_format("%s%s%s", list, separator, words[i]);

        free(list);
        list = longer;
    }
    return list;
}

void text_wrap(FILE *stream, const char *bytes, size_t column, size_t indent)
{
    char *clean = text_clean(bytes, strlen(bytes));
    const char *text = clean;

    while (*text != '\0') {
        size_t length = strcspn(text, " "), width = characters(text, length);

        if (column > indent && column + 1 + width > TEXT_COLUMNS) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', stream);
            column++;
        }
        fwrite(text, 1, length, stream);
        column += width;
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
    free(clean);
}

void text_command(FILE *stream, const char *command, size_t indent)
{
    for (size_t more = 0; *command != '\0'; more = 2) {
        size_t length = strcspn(command, "\n");
        char *clean = text_clean(command, length);

        fprintf(stream, "%*s%s%s\n", (int)(indent + more), "", clean,
                command[length] == '\n' ? " \\" : "");
        free(clean);
        command += length + (command[length] == '\n');
    }
}

char *text_one_line(const char *command)
{
    char *line = memory_text(command);

    for (char *byte = line; *byte != '\0'; byte++) {
        if (*byte == '\n')
            *byte = ' ';
    }
    return line;
}

static size_t characters(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}
