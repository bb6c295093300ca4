/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning that every caller has to remember will be forgotten once. Here it comes with the
 * printing; ./dev structure sees to it that nobody prints in another way. */
#include "ctl/output/output.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONVERSION_MAX = 16 /* characters, from the percent sign to the letter */
};

static int print_conversion(FILE *, const char *conversion, va_list *);
static int print_text(FILE *, const char *text, int width, int precision);
static int number_in(const char **conversion, va_list *);

int output_print(FILE *stream, const char *format, ...)
{
    va_list arguments;
    int printed = 0;

    va_start(arguments, format);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%"), length = 0;
        char conversion[CONVERSION_MAX + 1] = "";

        fwrite(format, 1, plain, stream);
        printed += (int)plain;
        format += plain;
        if (*format == '\0')
            break;
        length = 1 + strcspn(format + 1, "ducs%");
        if (length >= CONVERSION_MAX || format[length] == '\0')
            abort();
        memcpy(conversion, format, length + 1);
        printed += print_conversion(stream, conversion, &arguments);
        format += length + 1;
    }
    va_end(arguments);
    return printed;
}

void output_escaped(FILE *stream, const char *text, const char *from, const char *const *to)
{
    char *clean = text_clean(text, strlen(text));

    for (const char *byte = clean; *byte != '\0'; byte++) {
        const char *found = strchr(from, *byte);

        if (found != NULL)
            fputs(to[found - from], stream);
        else
            fputc(*byte, stream);
    }
    free(clean);
}

/* The flags are "-" and "0"; the width is negative for "-". */
static int print_conversion(FILE *stream, const char *conversion, va_list *arguments)
{
    bool is_left = conversion[1] == '-', has_zeros = conversion[1] == '0';
    const char *rest = conversion + 1 + (is_left || has_zeros);
    int width = number_in(&rest, arguments), precision = -1;
    char number[32] = "";

    if (*rest == '.') {
        rest++;
        precision = number_in(&rest, arguments);
    }
    if (strcmp(rest, "s") == 0)
        return print_text(stream, va_arg(*arguments, const char *), is_left ? -width : width,
                          precision);
    if (strcmp(rest, "d") == 0)
        snprintf(number, sizeof(number), "%d", va_arg(*arguments, int));
    else if (strcmp(rest, "u") == 0)
        snprintf(number, sizeof(number), "%u", va_arg(*arguments, unsigned));
    else if (strcmp(rest, "zu") == 0)
        snprintf(number, sizeof(number), "%zu", va_arg(*arguments, size_t));
    else if (strcmp(rest, "llu") == 0)
        snprintf(number, sizeof(number), "%llu", va_arg(*arguments, unsigned long long));
    else if (strcmp(rest, "c") == 0)
        number[0] = (char)va_arg(*arguments, int);
    else
        abort();
    for (int i = (int)strlen(number); has_zeros && i < width; i++)
        fputc('0', stream);
    return print_text(stream, number, has_zeros ? 0 : is_left ? -width : width, -1);
}

static int print_text(FILE *stream, const char *text, int width, int precision)
{
    size_t size = precision >= 0 ? strnlen(text, (size_t)precision) : strlen(text);
    char *clean = text_clean(text, size);
    int printed = fprintf(stream, "%*s", width, clean);

    free(clean);
    return printed;
}

/* The number that *CONVERSION begins with, or the next argument for "*"; 0 if there is none. */
static int number_in(const char **conversion, va_list *arguments)
{
    char *end;
    int number;

    if (**conversion == '*') {
        (*conversion)++;
        return va_arg(*arguments, int);
    }
    number = (int)strtoul(*conversion, &end, 10);
    *conversion = end;
    return number;
}
