/* SPDX-License-Identifier: Apache-2.0 */
/* Every view is a list of objects of one kind and what is written about each. This chooses the
 * objects: one by its name, or a page of them. */
#include "reconciler/view/view.h"

#include "common/objects/key.h"
#include "reconciler/view/page.h"
#include "reconciler/view/view_adoption.h"
#include "reconciler/view/view_certificate.h"
#include "reconciler/view/view_diff.h"
#include "reconciler/view/view_pool.h"
#include "reconciler/view/view_route.h"

#include <stdlib.h>

static const struct {
    view_rows *rows;
    enum kind kind;  /* of its objects */
    size_t rows_max; /* about one object */
} views[VIEWS] = {
    [VIEW_POOLS] = {view_pool, KIND_POOL, 1},
    [VIEW_ROUTES] = {view_route, KIND_ROUTE, 1},
    [VIEW_CERTIFICATES] = {view_certificate, KIND_CERTIFICATE, 1},
    [VIEW_EXPLAIN] = {view_explain, KIND_POOL, 1},
    [VIEW_DIFF] = {view_diff, KIND_POOL, 2},
    [VIEW_CERTIFICATE_DIFF] = {view_certificate_diff, KIND_CERTIFICATE, 1},
    [VIEW_ADOPTION] = {view_adoption, KIND_CERTIFICATE, 1},
    [VIEW_GRAPH] = {view_graph, KIND_POOL, 1},
};

static void answer_one(struct answer *, const struct view_sources *);
static void answer_page(struct answer *, const struct view_sources *);
static void answer_queues(struct answer *, const struct view_sources *);

void view_answer(struct answer *answer, const struct view_sources *sources)
{
    const struct query_message *query = answer->query;

    if (query->view == VIEW_QUEUES)
        answer_queues(answer, sources);
    else if (views[query->view].rows == NULL)
        answer->problem = "this worker does not answer such a query";
    else if (query->name[0] != '\0')
        answer_one(answer, sources);
    else
        answer_page(answer, sources);
}

static void answer_one(struct answer *answer, const struct view_sources *sources)
{
    const struct query_message *query = answer->query;
    char *key = key_of(query->namespace, query->name);
    const struct object *object = store_find(&sources->world->store, views[query->view].kind, key);

    if (object != NULL)
        views[query->view].rows(answer, sources, object);
    free(key);
}

static void answer_page(struct answer *answer, const struct view_sources *sources)
{
    const struct query_message *query = answer->query;
    struct page page = page_select(sources->world->store.objects[views[query->view].kind],
                                   query->namespace, query->after);

    for (size_t i = 0; i < page.count; i++) {
        if (!answer_has_room(answer, views[query->view].rows_max)) {
            answer_cut(answer, page.objects[i - 1]->key);
            return;
        }
        views[query->view].rows(answer, sources, page.objects[i]);
    }
    if (page.more)
        answer_cut(answer, page.objects[page.count - 1]->key);
}

static void answer_queues(struct answer *answer, const struct view_sources *sources)
{
    const struct {
        const char *name;
        const struct queue *queue;
    } queues[] = {{"pools", sources->pools->queue}, {"certificates", sources->injections->queue}};

    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        struct queue_counts counts = queue_counts(queues[i].queue);
        struct json_object *row = json_object_new_object();

        row_text(row, "name", queues[i].name);
        row_number(row, "queued", counts.ready);
        row_number(row, "running", counts.running);
        row_number(row, "waiting", counts.waiting);
        row_number(row, "failures", counts.failures);
        answer_row(answer, row);
    }
}
