/* SPDX-License-Identifier: Apache-2.0 */
/* Callers need no path for failed allocations, which no test would ever take; and secrets do not
 * stay behind in freed memory. */
#include "common/base/memory.h"

#include "common/base/log.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (block == NULL)
        memory_out();
    return block;
}

void *memory_resize(void *block, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        memory_out();
    block = realloc(block, count > 0 && size > 0 ? count * size : 1);
    if (block == NULL)
        memory_out();
    return block;
}

char *memory_text(const char *text)
{
    return text != NULL ? memory_bytes(text, strlen(text)) : NULL;
}

char *memory_bytes(const void *bytes, size_t size)
{
    char *copy = memory_resize(NULL, size + 1, 1);

    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *memory_format(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = memory_format_of(format, arguments);
    va_end(arguments);
    return text;
}

char *memory_format_of(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        memory_out();
    return text;
}

void memory_replace(char **place, const char *text)
{
    char *copy = memory_text(text);

    free(*place);
    *place = copy;
}

void memory_wipe(void *block, size_t size)
{
    if (block == NULL)
        return;
    OPENSSL_cleanse(block, size);
    free(block);
}

void memory_wipe_text(char *text)
{
    if (text != NULL)
        memory_wipe(text, strlen(text));
}

void memory_out(void)
{
    log_last_words("out of memory: raise the memory limit of this process");
    abort();
}
