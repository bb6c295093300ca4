/* SPDX-License-Identifier: Apache-2.0 */
/* One behind the other in pages of their own, each of which goes with the last thing in it: what
 * comes together goes together. The rest of a page is not used again before; but the kernel takes
 * and gives one so cheaply that more would not be worth it. */
#include "common/base/transient.h"

#include "common/base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* AddressSanitizer knows of overflows, uses after release and leaks only where malloc() has been
 * asked, and finds no pointers in pages of our own. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_PAGES false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_PAGES false
#endif
#endif
#ifndef HAS_PAGES
#define HAS_PAGES true
#endif

enum {
    PAGE_BYTES = 4096,
    ALIGNMENT = 8
};

struct transient_page {
    size_t count; /* of the things in it */
    size_t used;  /* bytes */
    char bytes[PAGE_BYTES - 2 * sizeof(size_t)];
};

/* A thing, with what is before it. */
struct transient {
    struct transient_page *page;
    char bytes[];
};

static struct transient_page *new_page(void);

_Static_assert(sizeof(struct transient_page) == PAGE_BYTES, "there is no room for the header");
_Static_assert(sizeof(struct transient) + TRANSIENT_BYTES_MAX <=
                   sizeof(((struct transient_page *)NULL)->bytes),
               "the largest thing has to fit");

void *transient_take(struct transients *transients, size_t size)
{
    struct transient_page *page = transients->newest;
    struct transient *taken;

    if (size > TRANSIENT_BYTES_MAX)
        abort();
    if (!HAS_PAGES)
        return memory_new(1, size);
    size = sizeof(*taken) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (page == NULL || sizeof(page->bytes) - page->used < size)
        transients->newest = page = new_page();
    taken = (struct transient *)(page->bytes + page->used);
    taken->page = page;
    page->count++;
    page->used += size;
    return memset(taken->bytes, 0, size - sizeof(*taken));
}

void transient_return(struct transients *transients, void *thing)
{
    struct transient_page *page;

    if (!HAS_PAGES) {
        free(thing);
        return;
    }
    page = ((struct transient *)((char *)thing - offsetof(struct transient, bytes)))->page;
    if (--page->count > 0)
        return;
    if (page == transients->newest)
        page->used = 0;
    else
        munmap(page, sizeof(*page));
}

static struct transient_page *new_page(void)
{
    struct transient_page *page =
        mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        memory_out();
    return page;
}
