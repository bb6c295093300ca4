/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is read in pages, and each page while it comes: what is requested next, and what a
 * page says. The one place that knows how, for all who list. No I/O. (Kubernetes API concepts,
 * "Retrieving large results sets in chunks") */
#ifndef TLSROUTED_COMMON_API_PAGES_H
#define TLSROUTED_COMMON_API_PAGES_H

#include "common/api/result.h"
#include "common/base/list_reader.h"

/* Where a list is. Zero but for USE: at its beginning. */
struct pages {
    struct list_use use; /* what is done with its objects; set by the owner */
    char *token;         /* of the next page; NULL or "": the first */
    unsigned halved;     /* how often the size of a page has been halved, since pages broke off */
    unsigned expired;    /* how often the list has begun anew since it was last complete */
    bool has_begun;      /* the page that is requested: some of it has come */
    const char *problem; /* of that page: a constant, or NULL */
    struct list_reader reader; /* of that page */
};

enum pages_next {
    PAGES_MORE,     /* request pages_path() */
    PAGES_ANEW,     /* the same, from the beginning: what has been read means nothing */
    PAGES_COMPLETE, /* everything has been read */
    PAGES_FAILED,   /* by the error */
};

/* The path of the next page of the list at PATH, which has no query. The caller frees it. */
char *pages_path(const struct pages *pages, const char *path);

/* SIZE further BYTES of the page have come to PAGES. Returns whether more of it is wanted;
 * otherwise pages_end() says why not. (api_part) */
bool pages_add(const char *bytes, size_t size, void *pages);

/* Whether all of the page has come to PAGES; all of its objects that have are used. (api_whole) */
bool pages_are_whole(void *pages);

/* The page is over; the objects that are left are used. Returns NULL, and *VERSION, if VERSION is
 * not NULL, is replaced by the resourceVersion of the list; or what is wrong with the page (a
 * constant). */
const char *pages_end(struct pages *pages, char **version);

/* What follows a page that ended with ERROR, or was read (API_OK). */
enum pages_next pages_after(struct pages *pages, enum api_error error);

/* Back to the beginning. Pages stay as small as they had to be. */
void pages_rewind(struct pages *pages);

#endif
