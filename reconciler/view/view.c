/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/view/view.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "reconciler/view/page.h"

#include <stdlib.h>
#include <string.h>

/* Of what kind the objects of a view are, and what is said about each. */
static const struct {
    view_rows *rows;
    enum kind kind;
    size_t most; /* rows about one object */
} views[VIEWS] = {
    [VIEW_POOLS] = {view_pool, KIND_POOL, 1},
    [VIEW_ROUTES] = {view_route, KIND_ROUTE, 1},
    [VIEW_CERTIFICATES] = {view_certificate, KIND_CERTIFICATE, 1},
    [VIEW_EXPLAIN] = {view_explain, KIND_POOL, 1},
    [VIEW_DIFF] = {view_diff, KIND_POOL, 2},
    [VIEW_CERTIFICATE_DIFF] = {view_certificate_diff, KIND_CERTIFICATE, 1},
    [VIEW_GRAPH] = {view_graph, KIND_POOL, 1},
};

static void answer_one(struct answer *, const struct reconciler *);
static void answer_page(struct answer *, const struct reconciler *);
static void answer_queues(struct answer *, const struct reconciler *);
static int by_key(const void *a, const void *b);

void reconciler_answer(struct worker *worker, struct answer *answer)
{
    const struct reconciler *reconciler = worker->state;
    const struct query_message *query = answer->query;

    if (query->view == VIEW_QUEUES)
        answer_queues(answer, reconciler);
    else if (views[query->view].rows == NULL)
        answer->problem = "this worker does not answer such a query";
    else if (query->name[0] != '\0')
        answer_one(answer, reconciler);
    else
        answer_page(answer, reconciler);
}

static void answer_one(struct answer *answer, const struct reconciler *reconciler)
{
    const struct query_message *query = answer->query;
    char *key = key_of(query->namespace, query->name);
    const struct object *object = store_find(&reconciler->store, views[query->view].kind, key);

    if (object != NULL)
        views[query->view].rows(answer, reconciler, object);
    free(key);
}

static void answer_page(struct answer *answer, const struct reconciler *reconciler)
{
    const struct query_message *query = answer->query;
    struct page page = page_select(reconciler->store.objects[views[query->view].kind],
                                   query->namespace, query->after);

    for (size_t i = 0; i < page.count; i++) {
        if (!answer_has_room(answer, views[query->view].most)) {
            answer_cut(answer, page.objects[i - 1]->key);
            return;
        }
        views[query->view].rows(answer, reconciler, page.objects[i]);
    }
    if (page.more)
        answer_cut(answer, page.objects[page.count - 1]->key);
}

static void answer_queues(struct answer *answer, const struct reconciler *reconciler)
{
    const struct {
        const char *name;
        const struct queue *queue;
    } queues[] = {{"pools", reconciler->pools}, {"certificates", reconciler->certificates}};

    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
        struct queue_counts counts = queue_counts(queues[i].queue);
        struct json_object *row = json_object_new_object();

        view_text(row, "name", queues[i].name);
        view_number(row, "queued", counts.ready);
        view_number(row, "running", counts.running);
        view_number(row, "waiting", counts.waiting);
        view_number(row, "failures", counts.failures);
        answer_row(answer, row);
    }
}

struct json_object *view_row(const struct object *object)
{
    char *namespace = key_namespace(object->key);
    struct json_object *row = json_object_new_object();

    view_text(row, "namespace", namespace);
    view_text(row, "name", key_name(object->key));
    free(namespace);
    return row;
}

const struct object **view_sorted(struct object *const *objects, size_t count)
{
    const struct object **sorted = memory_new(count + 1, sizeof(*sorted));

    for (size_t i = 0; i < count; i++)
        sorted[i] = objects[i];
    qsort(sorted, count, sizeof(*sorted), by_key);
    return sorted;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct object *const *)a)->key, (*(const struct object *const *)b)->key);
}

void view_text(struct json_object *row, const char *member, const char *text)
{
    json_object_object_add(row, member, text != NULL ? json_object_new_string(text) : NULL);
}

void view_flag(struct json_object *row, const char *member, bool flag)
{
    json_object_object_add(row, member, json_object_new_boolean(flag));
}

void view_number(struct json_object *row, const char *member, uint64_t number)
{
    json_object_object_add(row, member, json_object_new_uint64(number));
}

void view_texts(struct json_object *row, const char *member, const struct text_list *list,
                size_t most)
{
    struct json_object *array = json_object_new_array();

    TEXT_LIST_FOREACH (text, list) {
        if (json_count(array) < most)
            json_object_array_add(array, json_object_new_string(text));
    }
    json_object_object_add(row, member, array);
}
