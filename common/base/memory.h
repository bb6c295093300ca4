/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: the one place where a failed allocation is handled, and where secrets are wiped.
 *
 * Every function either returns usable memory or logs one line and aborts the process: the
 * supervisor restarts a worker, and the state is rebuilt by a resync. Nothing returns NULL. */
#ifndef TLSROUTED_COMMON_BASE_MEMORY_H
#define TLSROUTED_COMMON_BASE_MEMORY_H

#include <stddef.h>

/* COUNT objects of SIZE bytes each, zeroed. The caller releases them with free(). */
void *memory_new(size_t count, size_t size);

/* Changes BLOCK (or NULL) to hold COUNT objects of SIZE bytes; what is new is not initialised.
 * BLOCK is gone afterwards. The caller releases the result with free(). */
void *memory_resize(void *block, size_t count, size_t size);

/* A copy of TEXT, or NULL for NULL. The caller releases it with free(). */
char *memory_text(const char *text);

/* A NUL-terminated copy of the SIZE bytes at BYTES. The caller releases it with free(). */
char *memory_bytes(const void *bytes, size_t size);

/* A new text made as by printf. The caller releases it with free(). */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Replaces the text at *PLACE by a copy of TEXT (or NULL); the old one is freed. */
void memory_replace(char **place, const char *text);

/* Overwrites the SIZE bytes at BLOCK so that the compiler cannot leave it out, and frees them.
 * For tokens and keys. BLOCK may be NULL. */
void memory_wipe(void *block, size_t size);

/* memory_wipe() for a NUL-terminated text, or NULL. */
void memory_wipe_text(char *text);

/* Ends the process as they do: a library could not allocate what it was asked for. */
_Noreturn void memory_out(void);

#endif
