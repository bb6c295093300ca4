/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of a JSON text only what is wanted: the rest is passed over byte by byte, at any depth,
 * and never built. What others put into their objects costs no memory and hides nothing. */
#ifndef TLSROUTED_COMMON_BASE_PROJECTION_H
#define TLSROUTED_COMMON_BASE_PROJECTION_H

#include "common/base/path_tree.h"
#include "common/base/scanner.h"
#include "common/base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROJECTION_ITEMS_MAX = 1024, /* of an array on the way to a wanted value; more are left out */
    PROJECTION_CONTAINERS_MAX = 4096, /* objects and arrays that are built for one text */
    PROJECTION_VALUES_MAX = 65536,    /* in one wanted value */
};

/* What was wanted of one value. */
struct projected {
    /* Has the wanted values at their places, and nothing else; where only the presence is wanted,
     * true. An element of an array in which nothing is wanted is null. NULL if the value is not an
     * object. */
    const struct value *object;
    struct arena arena; /* has it */
    /* Bits by the index of their path: values that are left out because their text has more bytes
     * than wanted, or because they are not understood (too deep, too many values, not UTF-8). */
    uint64_t too_long, malformed;
    unsigned containers; /* that have been built so far */
};

/* Reads the JSON text of SIZE bytes at BYTES. Returns NULL and fills *PROJECTED, to be released
 * with projected_clear(), or says what is wrong with the text (a constant); *PROJECTED is then
 * empty. */
const char *projection_read(const struct projection *projection, const char *bytes, size_t size,
                            struct projected *projected);

/* Reads the value that comes next of a text, which *SCANNER says; *PROJECTED is filled likewise. */
void projection_read_next(const struct projection *projection, struct scanner *scanner,
                          struct projected *projected);

/* Releases what PROJECTED owns. */
void projected_clear(struct projected *projected);

#endif
