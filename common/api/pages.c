/* SPDX-License-Identifier: Apache-2.0 */
/* How many objects fit into a response depends on what is in them, which others decide: so a page
 * that is too large is requested again with half as many.
 *
 * For each page the API server goes through all objects from there to the end of the list, since
 * its cache knows no limit (Kubernetes 1.37, btreeStore.OrderedListPrefix). So a list that is a few
 * times as long would cost it that many times as much for each object, if its pages were not
 * larger.
 */
#include "common/api/pages.h"

#include "common/base/memory.h"
#include "common/message/kind.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_OBJECTS = 500,
    LONG_PAGE_OBJECTS = 2000,
    LONG = 10000, /* objects that are left */
    ANEW_MAX = 3  /* times that a list begins anew before it counts as failed */
};

static const struct projection_path list_paths[] = {
    {"metadata.continue", 16384},
    {"metadata.resourceVersion", 256},
    {"metadata.remainingItemCount", 32},
};
static const struct projection list_projection = {list_paths,
                                                  sizeof(list_paths) / sizeof(list_paths[0])};

static int objects_of(const struct pages *);
static bool is_same_page(const struct pages *, const char *token);

bool pages_may_shrink(const struct pages *pages)
{
    return objects_of(pages) > 1;
}

char *pages_path(const struct pages *pages, const char *path)
{
    bool is_first = pages->token == NULL || pages->token[0] == '\0';
    char *token = kind_escape(is_first ? "" : pages->token);
    char *page = memory_format("%s?limit=%d%s%s", path, objects_of(pages),
                               is_first ? "" : "&continue=", token);

    free(token);
    return page;
}

static int objects_of(const struct pages *pages)
{
    const int objects = (pages->is_long ? LONG_PAGE_OBJECTS : PAGE_OBJECTS) >> pages->halved;

    return objects > 0 ? objects : 1;
}

const char *pages_read(struct pages *pages, const struct api_result *result,
                       const struct projection *item, projection_item *on_item, void *context,
                       char **version)
{
    struct projected list;
    bool has_items;
    const char *problem = projection_read_list(&list_projection, item, result->text, result->size,
                                               on_item, context, &list, &has_items);

    if (problem != NULL)
        return problem;
    if (!has_items)
        problem = "the response is not a list";
    else if ((list.too_long | list.malformed) != 0)
        problem = "the metadata of the list cannot be understood";
    else if (is_same_page(pages, value_text_at(list.object, "metadata.continue")))
        problem = "the list does not get on: the next page is the same again";
    memory_replace(&pages->token, value_text_at(list.object, "metadata.continue"));
    pages->is_long = value_number_at(list.object, "metadata.remainingItemCount") >= LONG;
    if (version != NULL && problem == NULL)
        memory_replace(version, value_text_at(list.object, "metadata.resourceVersion"));
    projected_clear(&list);
    return problem;
}

/* A list of such pages would have no end. */
static bool is_same_page(const struct pages *pages, const char *token)
{
    return token[0] != '\0' && pages->token != NULL && strcmp(pages->token, token) == 0;
}

/* A list in pages is one of a moment, which the server forgets after some minutes. */
enum pages_next pages_after(struct pages *pages, enum api_error error)
{
    if (error == API_OK && pages->token != NULL && pages->token[0] != '\0')
        return PAGES_MORE;
    if (error == API_OK) {
        pages->expired = 0;
        return PAGES_COMPLETE;
    }
    if (error == API_TOO_LARGE && pages_may_shrink(pages)) {
        pages->halved++;
        return PAGES_MORE;
    }
    if (error != API_EXPIRED || pages->expired == ANEW_MAX)
        return PAGES_FAILED;
    pages->expired++;
    pages_rewind(pages);
    return PAGES_ANEW;
}

void pages_rewind(struct pages *pages)
{
    memory_replace(&pages->token, NULL);
    pages->is_long = false;
}
