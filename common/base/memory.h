/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: the one place where failed allocations are handled and secrets are wiped.
 *
 * Nothing returns NULL for lack of memory: it logs a line and aborts the process. Whoever watches
 * over the process starts it again. */
#ifndef TLSROUTED_COMMON_BASE_MEMORY_H
#define TLSROUTED_COMMON_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* COUNT objects of SIZE bytes each, zeroed. The caller releases them with free(). */
void *memory_new(size_t count, size_t size);

/* Changes BLOCK (or NULL) to hold COUNT objects of SIZE bytes; new ones are not initialised. BLOCK
 * is invalid afterwards. The caller releases the result with free(). */
void *memory_resize(void *block, size_t count, size_t size);

/* A copy of TEXT, or NULL for NULL. The caller releases it with free(). */
char *memory_text(const char *text);

/* A NUL-terminated copy of the SIZE bytes at BYTES. The caller releases it with free(). */
char *memory_bytes(const void *bytes, size_t size);

/* A new text, formatted as by printf(). The caller releases it with free(). */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for functions that are called like printf() themselves. */
char *memory_format_of(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Frees the text at *PLACE and puts a copy of TEXT (or NULL) there. */
void memory_replace(char **place, const char *text);

/* Overwrites the SIZE bytes at BLOCK, in a way that the compiler cannot optimise away, and frees
 * them. For tokens and keys. BLOCK may be NULL. */
void memory_wipe(void *block, size_t size);

/* memory_wipe() for a NUL-terminated text, or NULL. */
void memory_wipe_text(char *text);

/* For when nothing is going on and may not be for long: what has been freed goes back to the
 * kernel, and what is mapped of programs and libraries is again only what is used from now on. */
void memory_rest(void);

/* Logs that memory has run out and aborts. For when a library has failed to allocate. */
_Noreturn void memory_out(void);

#endif
