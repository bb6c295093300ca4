/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the JSON text of a list (meta/v1, List) while it comes: each object as soon as it is whole,
 * so that what has come is never held as a whole, and is not waited for. Time and memory are
 * proportional to the text, and to its largest object, whatever the parts are that it comes in. */
#ifndef TLSROUTED_COMMON_BASE_LIST_READER_H
#define TLSROUTED_COMMON_BASE_LIST_READER_H

#include "common/base/projection.h"

enum {
    LIST_PART_MAX = 8 * 1024 * 1024 /* bytes of an object, and of what is no object */
};

/* Receives one element of a list, of which SIZE bytes of text were read. */
typedef void list_item(const struct projected *item, size_t size, void *context);

/* What is done with the elements. */
struct list_use {
    const struct projection *projection; /* what is wanted of each */
    list_item *on_item;
    void *context; /* of ON_ITEM */
};

/* Zero-initialised: nothing has come yet. */
struct list_reader {
    char *bytes;       /* that have come and have not been read yet */
    size_t size, room; /* of them, and for them */
    size_t looked;     /* what follows the last element was not whole when it had so many bytes */
    bool has_items;    /* the array "items" has begun */
    bool has_first;    /* element of them */
    bool has_all;      /* of them; what comes now is the end of the list */
    char *rest;        /* the text without the elements, as soon as these begin */
    size_t rest_size, rest_room;
};

/* SIZE further BYTES have come. USE gets the elements that are whole, or most of them: a text is
 * not looked through again for each of its parts. Returns NULL, or what is wrong with the text (a
 * constant). */
const char *list_reader_add(struct list_reader *reader, const char *bytes, size_t size,
                            const struct list_use *use);

/* The same for what has come so far, all of it; and whether that is a whole list. */
const char *list_reader_look(struct list_reader *reader, const struct list_use *use);
bool list_reader_is_whole(const struct list_reader *reader);

/* The text is over. Fills *LIST with what PROJECTION wants of it, other than "items", to be
 * released with projected_clear(); returns NULL, or what is wrong, and *LIST is empty. */
const char *list_reader_end(struct list_reader *reader, const struct list_use *use,
                            const struct projection *projection, struct projected *list);

/* Forgets everything, for another text. */
void list_reader_clear(struct list_reader *reader);

#endif
