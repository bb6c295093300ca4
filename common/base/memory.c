/* SPDX-License-Identifier: Apache-2.0 */
/* Callers need no path for failed allocations, which no test would ever take; and secrets do not
 * stay behind in freed memory. */
#include "common/base/memory.h"

#include "common/base/log.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int unmap_unchanged(struct dl_phdr_info *, size_t, void *);
static bool has_changed_text(const struct dl_phdr_info *);

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

/* Most of what the loader, and functions that run once, have touched of libraries is not touched
 * again; the rest is still in the page cache. */
void memory_rest(void)
{
    malloc_trim(0);
    dl_iterate_phdr(unmap_unchanged, NULL);
}

void memory_out(void)
{
    log_last_words("out of memory: raise the memory limit of this process");
    abort();
}

static int unmap_unchanged(struct dl_phdr_info *object, size_t size, void *context)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)size;
    (void)context;
    for (size_t i = 0; i < object->dlpi_phnum && !has_changed_text(object); i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & -page;
        const uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0)
            madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

/* The loader has had to write into what only is read from then on: that is in no file. */
static bool has_changed_text(const struct dl_phdr_info *object)
{
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + segment->p_vaddr);

        for (; segment->p_type == PT_DYNAMIC && entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_TEXTREL ||
                (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
                return true;
        }
    }
    return false;
}
