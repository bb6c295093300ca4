/* SPDX-License-Identifier: Apache-2.0 */
/* Every part of a query is escaped here: selectors come from the configuration, tokens and
 * resourceVersions from the server. */
#include "watcher/collection.h"

#include "common/base/backoff.h"
#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>

static char *parameter(const char *name, const char *value);

char *collection_page_path(const struct collection *collection, const struct pages *pages)
{
    char *objects = kind_path(collection->kind, collection->version, collection->namespace, NULL);
    char *page = pages_path(pages, objects);
    char *selector = parameter("labelSelector", collection->selector);
    char *path = memory_format("%s%s", page, selector);

    free(objects);
    free(page);
    free(selector);
    return path;
}

char *collection_watch_path(const struct collection *collection, const char *resource_version,
                            unsigned seconds)
{
    char *objects = kind_path(collection->kind, collection->version, collection->namespace, NULL);
    char *start = parameter("resourceVersion", resource_version);
    char *selector = parameter("labelSelector", collection->selector);
    char *path = memory_format("%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%u%s%s", objects,
                               seconds, start, selector);

    free(objects);
    free(start);
    free(selector);
    return path;
}

/* Watches that begin together do not end together, unless others wait for them to end. */
unsigned collection_watch_seconds(const struct collection *collection)
{
    return collection->watch_seconds > 0 ? collection->watch_seconds
                                         : WATCH_SECONDS_MIN + backoff_random() % WATCH_SECONDS_MIN;
}

/* "&NAME=VALUE", or "" without a VALUE. */
static char *parameter(const char *name, const char *value)
{
    char *escaped, *text;

    if (value == NULL || value[0] == '\0')
        return memory_text("");
    escaped = kind_escape(value);
    text = memory_format("&%s=%s", name, escaped);
    free(escaped);
    return text;
}
