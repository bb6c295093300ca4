/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is read in pages: what is requested next, and what a page says. The one place that
 * knows how, for all who list. No I/O. (Kubernetes API concepts, "Retrieving large results sets in
 * chunks") */
#ifndef TLSROUTED_COMMON_API_PAGES_H
#define TLSROUTED_COMMON_API_PAGES_H

#include "common/api/result.h"
#include "common/base/projection.h"

/* Where a list is. Zero-initialised: at its beginning. */
struct pages {
    char *token;      /* of the next page; NULL or "": the first */
    unsigned halved;  /* how often the size of a page has been halved, since pages were too large */
    bool is_long;     /* so many objects are left that pages are larger */
    unsigned expired; /* how often the list has begun anew since it was last complete */
};

enum pages_next {
    PAGES_MORE,     /* request pages_path() */
    PAGES_ANEW,     /* the same, from the beginning: what has been read means nothing */
    PAGES_COMPLETE, /* everything has been read */
    PAGES_FAILED,   /* by the error */
};

/* Whether a page that is too large (API_TOO_LARGE) is requested again with fewer objects. */
bool pages_may_shrink(const struct pages *pages);

/* The path of the next page of the list at PATH, which has no query. The caller frees it. */
char *pages_path(const struct pages *pages, const char *path);

/* Reads the page RESULT, whose request wanted text: ON_ITEM gets what ITEM wants of each object.
 * Returns NULL, and *VERSION, if VERSION is not NULL, is replaced by the resourceVersion of the
 * list; or what is wrong with the page (a constant). */
const char *pages_read(struct pages *pages, const struct api_result *result,
                       const struct projection *item, projection_item *on_item, void *context,
                       char **version);

/* What follows a page that ended with ERROR, or was read (API_OK). */
enum pages_next pages_after(struct pages *pages, enum api_error error);

/* Back to the beginning. Pages stay as small as they had to be. */
void pages_rewind(struct pages *pages);

#endif
