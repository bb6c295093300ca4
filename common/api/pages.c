/* SPDX-License-Identifier: Apache-2.0 */
/* For each page the API server goes through all objects from there to the end of the list, since
 * its cache knows no limit (Kubernetes 1.37, btreeStore.OrderedListPrefix), so that many pages cost
 * it much. On the other hand it ends a response that takes longer than a minute
 * (--request-timeout), so that on a slow line pages have to be smaller.
 */
#include "common/api/pages.h"

#include "common/base/memory.h"
#include "common/message/kind.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_OBJECTS = 10000,
    HALVED_MAX = 5, /* times */
    ANEW_MAX = 3    /* times that a list begins anew before it counts as failed */
};

static const struct projection_path list_paths[] = {
    {"metadata.continue", 16384},
    {"metadata.resourceVersion", 256},
};
static const struct projection list_projection = {list_paths,
                                                  sizeof(list_paths) / sizeof(list_paths[0])};

static bool is_same_page(const struct pages *, const char *token);
static void end_page(struct pages *);

char *pages_path(const struct pages *pages, const char *path)
{
    bool is_first = pages->token == NULL || pages->token[0] == '\0';
    char *token = kind_escape(is_first ? "" : pages->token);
    char *page = memory_format("%s?limit=%d%s%s", path, PAGE_OBJECTS >> pages->halved,
                               is_first ? "" : "&continue=", token);

    free(token);
    return page;
}

bool pages_add(const char *bytes, size_t size, void *context)
{
    struct pages *pages = context;

    pages->has_begun = true;
    if (pages->problem == NULL)
        pages->problem = list_reader_add(&pages->reader, bytes, size, &pages->use);
    return pages->problem == NULL;
}

bool pages_are_whole(void *context)
{
    struct pages *pages = context;

    if (pages->problem == NULL)
        pages->problem = list_reader_look(&pages->reader, &pages->use);
    return pages->problem != NULL || list_reader_is_whole(&pages->reader);
}

const char *pages_end(struct pages *pages, char **version)
{
    struct projected list = {0};
    const char *problem = pages->problem;

    if (problem == NULL)
        problem = list_reader_end(&pages->reader, &pages->use, &list_projection, &list);
    if (problem == NULL && (list.too_long | list.malformed) != 0)
        problem = "the metadata of the list cannot be understood";
    if (problem == NULL && is_same_page(pages, value_text_at(list.object, "metadata.continue")))
        problem = "the list does not get on: the next page is the same again";
    if (problem == NULL) {
        memory_replace(&pages->token, value_text_at(list.object, "metadata.continue"));
        if (version != NULL)
            memory_replace(version, value_text_at(list.object, "metadata.resourceVersion"));
        end_page(pages);
    }
    pages->problem = problem;
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
    const bool broke_off = pages->has_begun && pages->problem == NULL && pages->halved < HALVED_MAX;

    if (error == API_OK && pages->token != NULL && pages->token[0] != '\0')
        return PAGES_MORE;
    if (error == API_OK) {
        pages->expired = 0;
        return PAGES_COMPLETE;
    }
    if (error == API_EXPIRED ? pages->expired == ANEW_MAX : !broke_off)
        return PAGES_FAILED;
    if (error == API_EXPIRED)
        pages->expired++;
    else
        pages->halved++;
    pages_rewind(pages);
    return PAGES_ANEW;
}

void pages_rewind(struct pages *pages)
{
    memory_replace(&pages->token, NULL);
    end_page(pages);
}

static void end_page(struct pages *pages)
{
    pages->has_begun = false;
    pages->problem = NULL;
    list_reader_clear(&pages->reader);
}
