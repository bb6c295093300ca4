/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for small things that may come in thousands and soon go again, while others stay. Taken
 * from malloc() they would leave holes between those that nothing else fills, and that are too
 * small to go back to the kernel. */
#ifndef TLSROUTED_COMMON_BASE_TRANSIENT_H
#define TLSROUTED_COMMON_BASE_TRANSIENT_H

#include <stddef.h>

enum {
    TRANSIENT_BYTES_MAX = 4000
};

struct transient_page;

/* Where such things are. One that is all zeros is empty. One thing that stays may keep a page from
 * being given back, and one page stays when all have gone. */
struct transients {
    struct transient_page *newest;
};

/* SIZE bytes, at most TRANSIENT_BYTES_MAX, zeroed, and aligned for pointers and 64-bit numbers. To
 * be released with transient_return(). */
void *transient_take(struct transients *transients, size_t size);

/* Releases THING, which is one of TRANSIENTS. */
void transient_return(struct transients *transients, void *thing);

#endif
