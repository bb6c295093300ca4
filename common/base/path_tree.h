/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of a projection as a tree of names, so that each name in a text is looked for once and
 * not in every path. */
#ifndef TLSROUTED_COMMON_BASE_PATH_TREE_H
#define TLSROUTED_COMMON_BASE_PATH_TREE_H

#include "common/base/projection.h"

#include <stddef.h>
#include <stdint.h>

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
