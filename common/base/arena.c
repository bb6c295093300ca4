/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of an object of the API is some hundred small things that live as long as each
 * other: malloc() and free() for each would be most of the work. */
#include "common/base/arena.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 4000, /* of most of them */
    ALIGNMENT = 8
};

struct arena_block {
    struct arena_block *older;
    size_t used, room;
    char bytes[];
};

static void add_block(struct arena *, size_t size);

void *arena_take(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->newest;
    void *taken;

    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || block->room - block->used < size) {
        add_block(arena, size);
        block = arena->newest;
    }
    taken = block->bytes + block->used;
    block->used += size;
    return taken;
}

char *arena_text(struct arena *arena, const char *bytes, size_t size)
{
    char *text = arena_take(arena, size + 1);

    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

void arena_clear(struct arena *arena)
{
    while (arena->newest != NULL) {
        struct arena_block *older = arena->newest->older;

        free(arena->newest);
        arena->newest = older;
    }
}

static void add_block(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct arena_block *block = memory_resize(NULL, sizeof(*block) + room, 1);

    block->older = arena->newest;
    block->used = 0;
    block->room = room;
    arena->newest = block;
}
