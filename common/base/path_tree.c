/* SPDX-License-Identifier: Apache-2.0 */
/* A process has a handful of projections, for the kinds that it reads: their trees are kept. */
#include "common/base/path_tree.h"

#include "common/base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A tree that has been made. */
struct made {
    struct projection_path *paths; /* a copy, to know it again by */
    size_t count;
    struct path_step root;
    struct made *older;
};

static struct made *newest;

static bool is_of(const struct made *, const struct projection *);
static struct made *make(const struct projection *);
static void add_path(struct path_step *root, const struct projection *, size_t index);
static struct path_step *step_to(struct path_step *from, const char *name, size_t length);
static const char *cut_name(const char *path, const char **name, size_t *length);

const struct path_step *path_tree(const struct projection *projection)
{
    struct made *made = newest;

    if (projection->count == 0)
        return NULL;
    while (made != NULL && !is_of(made, projection))
        made = made->older;
    return made != NULL ? &made->root : &make(projection)->root;
}

const struct path_step *path_tree_member(const struct path_step *step, const char *name,
                                         size_t size)
{
    const struct path_step *member = step != NULL ? step->members : NULL;

    while (member != NULL && (member->length != size || memcmp(member->name, name, size) != 0))
        member = member->next;
    return member;
}

static bool is_of(const struct made *made, const struct projection *projection)
{
    if (made->count != projection->count)
        return false;
    for (size_t i = 0; i < made->count; i++) {
        if (made->paths[i].path != projection->paths[i].path ||
            made->paths[i].max != projection->paths[i].max)
            return false;
    }
    return true;
}

static struct made *make(const struct projection *projection)
{
    const size_t bytes = projection->count * sizeof(*projection->paths);
    struct made *made = memory_new(1, sizeof(*made));

    if (projection->count > PROJECTION_PATHS_MAX)
        abort(); /* there is a bit for each, and no more */
    made->paths = memcpy(memory_new(1, bytes), projection->paths, bytes);
    made->count = projection->count;
    made->root.path = -1;
    for (size_t i = 0; i < projection->count; i++)
        add_path(&made->root, projection, i);
    made->older = newest;
    newest = made;
    return made;
}

static void add_path(struct path_step *root, const struct projection *projection, size_t index)
{
    const char *rest = projection->paths[index].path, *name;
    struct path_step *step = root;
    size_t length, depth = 0;

    while (*rest != '\0') {
        rest = cut_name(rest, &name, &length);
        step = step_to(step, name, length);
        if (++depth > PROJECTION_DEPTH_MAX)
            abort(); /* whoever follows it has no more room */
    }
    if (step->path < 0) {
        step->path = (int)index;
        step->max = projection->paths[index].max;
    }
}

/* Adds it if there is none. */
static struct path_step *step_to(struct path_step *from, const char *name, size_t length)
{
    const bool is_element = strncmp(name, "[]", 2) == 0;
    struct path_step **place = is_element ? &from->element : &from->members;

    while (*place != NULL &&
           ((*place)->length != length || memcmp((*place)->name, name, length) != 0))
        place = &(*place)->next;
    if (*place == NULL) {
        *place = memory_new(1, sizeof(**place));
        (*place)->name = memory_bytes(name, length);
        (*place)->length = length;
        (*place)->path = -1;
    }
    return *place;
}

/* Finds the first name of PATH, and returns what follows it. */
static const char *cut_name(const char *path, const char **name, size_t *length)
{
    const bool is_element = strncmp(path, "[]", 2) == 0,
               in_brackets = path[0] == '[' && !is_element;
    const char *end;

    *name = path + in_brackets;
    *length = is_element ? 2 : strcspn(*name, in_brackets ? "]" : ".[");
    end = *name + *length + in_brackets;
    return end + (*end == '.');
}
