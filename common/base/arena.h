/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for many small things that are released together. */
#ifndef TLSROUTED_COMMON_BASE_ARENA_H
#define TLSROUTED_COMMON_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* One that is all zeros is empty. */
struct arena {
    struct arena_block *newest;
};

/* SIZE bytes, aligned for pointers and 64-bit numbers, and not initialised. They belong to ARENA.
 */
void *arena_take(struct arena *arena, size_t size);

/* A copy of the SIZE bytes at BYTES, with a NUL after them. */
char *arena_text(struct arena *arena, const char *bytes, size_t size);

void arena_clear(struct arena *arena);

#endif
