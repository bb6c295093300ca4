/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a stream reads, and the paths that list and watch them. (Kubernetes API
 * concepts: "Retrieving large results sets in chunks", "Efficient detection of changes") */
#ifndef TLSROUTED_WATCHER_COLLECTION_H
#define TLSROUTED_WATCHER_COLLECTION_H

#include "common/api/pages.h"
#include "common/base/text_set.h"
#include "common/message/kind.h"

struct collection {
    enum kind kind;
    const char *version;           /* of the API, a constant; NULL: the kind's own */
    const char *namespace;         /* "": all */
    const char *selector;          /* a label selector; "": all objects */
    const struct text_set *served; /* of all namespaces only the objects in these count; or NULL */
    unsigned watch_seconds; /* that a watch lasts, for those that take turns; 0: some minutes */
};

/* The path of each request, with its query. The caller frees it.
 *
 * The page that is next in PAGES. */
char *collection_page_path(const struct collection *collection, const struct pages *pages);

/* A watch of what changes after RESOURCE_VERSION, which the server is to end after SECONDS. */
char *collection_watch_path(const struct collection *collection, const char *resource_version,
                            unsigned seconds);

/* For how long to watch. Watches that begin together do not end together. */
unsigned collection_watch_seconds(const struct collection *collection);

#endif
