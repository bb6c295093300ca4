/* SPDX-License-Identifier: Apache-2.0 */
/* A projection: paths to the values that are wanted of an object. As a tree of names, each name in
 * a text is looked for once and not in every path.
 *
 * A path is the names of members with dots between them; one that has dots in it is in brackets,
 * and "[]" stands for each element of an array: "metadata.managedFields[].manager",
 * "metadata.annotations[example.org/paused]". */
#ifndef TLSROUTED_COMMON_BASE_PATH_TREE_H
#define TLSROUTED_COMMON_BASE_PATH_TREE_H

#include <stddef.h>
#include <stdint.h>

enum {
    PROJECTION_PATHS_MAX = 63, /* of one projection: bits of a number */
    PROJECTION_DEPTH_MAX = 12, /* names in a path */
};

/* A wanted value. A path that another one of its projection begins with stands before that one, and
 * hides it. */
struct projection_path {
    const char *path; /* a constant */
    uint32_t max;     /* bytes of its JSON text; 0: only whether it is there and not null counts */
};

struct projection {
    const struct projection_path *paths;
    size_t count; /* at most PROJECTION_PATHS_MAX */
};

/* How some paths begin, up to a name. */
struct path_step {
    const char *name; /* of a member; "[]" for an element of an array */
    size_t length;
    int path;                            /* the index of the one that ends here, or -1 */
    uint32_t max;                        /* of that path */
    struct path_step *members, *element; /* how they go on: the first of the members, or NULL */
    struct path_step *next;              /* another member of the same object */
};

/* Where all paths of PROJECTION begin; NULL if it has none. It is made once and lives as long as
 * the process; the texts of the paths have to, too. */
const struct path_step *path_tree(const struct projection *projection);

/* The step from STEP (or NULL) to the member called NAME, of SIZE bytes, or NULL. */
const struct path_step *path_tree_member(const struct path_step *step, const char *name,
                                         size_t size);

#endif
