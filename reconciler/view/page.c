/* SPDX-License-Identifier: Apache-2.0 */
/* The store has no order. A page is selected in one pass, with room for its objects only, so that
 * an answer about many thousands takes little time and no memory. */
#include "reconciler/view/page.h"

#include "common/objects/key.h"

#include <string.h>

static void insert(struct page *, struct object *);

struct page page_select(struct object *objects, const char *namespace, const char *after)
{
    struct page page = {.count = 0};

    for (struct object *object = objects; object != NULL; object = object->hh.next) {
        if (strcmp(object->key, after) <= 0 || !key_is_in(object->key, namespace))
            continue;
        if (page.count < PAGE_OBJECTS ||
            strcmp(object->key, page.objects[PAGE_OBJECTS - 1]->key) < 0)
            insert(&page, object);
        else
            page.more = true;
    }
    return page;
}

/* The last one gives way if there is no place. */
static void insert(struct page *page, struct object *object)
{
    size_t low = 0, high = page->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(page->objects[middle]->key, object->key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    page->more = page->more || page->count == PAGE_OBJECTS;
    if (page->count < PAGE_OBJECTS)
        page->count++;
    memmove(&page->objects[low + 1], &page->objects[low],
            (page->count - low - 1) * sizeof(page->objects[0]));
    page->objects[low] = object;
}
