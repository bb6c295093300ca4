/* SPDX-License-Identifier: Apache-2.0 */
/* Absent means absent only where a list is complete. What is deleted, and what is said to be
 * missing, depends on this alone, so it is kept apart from the objects themselves. */
#include "reconciler/world/lists.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct list *find(const struct lists *, enum kind, const char *namespace);
static void drop_others(struct lists *, enum kind, bool of_all);

void lists_begin(struct lists *lists, enum kind kind, const char *namespace)
{
    struct list *list;

    drop_others(lists, kind, namespace[0] == '\0');
    list = find(lists, kind, namespace);
    if (list == NULL) {
        lists->all = memory_resize(lists->all, lists->count + 1, sizeof(*lists->all));
        list = &lists->all[lists->count++];
        *list = (struct list){.kind = kind, .namespace = memory_text(namespace)};
    }
    list->began = ++lists->generation;
    list->complete = false;
}

uint32_t lists_began(const struct lists *lists, enum kind kind, const char *namespace)
{
    const struct list *list = find(lists, kind, namespace);

    return list != NULL ? list->began : 0;
}

uint32_t lists_reading(const struct lists *lists, enum kind kind, const char *namespace)
{
    const struct list *list = find(lists, kind, namespace);

    if (list == NULL)
        list = find(lists, kind, "");
    return list != NULL && !list->complete ? list->began : 0;
}

bool lists_end(struct lists *lists, enum kind kind, const char *namespace, uint32_t began)
{
    struct list *list = find(lists, kind, namespace);

    if (list == NULL || list->began != began)
        return false;
    list->complete = list->was_complete = true;
    return true;
}

void lists_reader_lost(struct lists *lists, enum kind kind)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (lists->all[i].kind != kind)
            continue;
        lists->all[i].complete = false;
        lists->all[i].began = 0;
    }
}

void lists_forget(struct lists *lists, enum kind kind)
{
    size_t kept = 0;

    for (size_t i = 0; i < lists->count; i++) {
        if (lists->all[i].kind == kind)
            free(lists->all[i].namespace);
        else
            lists->all[kept++] = lists->all[i];
    }
    lists->count = kept;
    if (kept == 0) {
        free(lists->all);
        lists->all = NULL;
    }
}

bool lists_complete(const struct lists *lists, enum kind kind, size_t count)
{
    size_t complete = 0;

    for (size_t i = 0; i < lists->count; i++) {
        const struct list *list = &lists->all[i];

        if (list->kind == kind && list->complete)
            complete += list->namespace[0] == '\0' ? count : 1;
    }
    return complete >= count;
}

bool lists_are_relisting(const struct lists *lists, enum kind kind)
{
    for (size_t i = 0; i < lists->count; i++) {
        const struct list *list = &lists->all[i];

        if (list->kind == kind && list->was_complete && !list->complete)
            return true;
    }
    return false;
}

bool lists_are_first(const struct lists *lists)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (lists->all[i].began != 0 && !lists->all[i].was_complete)
            return true;
    }
    return false;
}

/* OF_ALL: keeps that of all namespaces, and not those of single ones. */
static void drop_others(struct lists *lists, enum kind kind, bool of_all)
{
    size_t kept = 0;

    for (size_t i = 0; i < lists->count; i++) {
        struct list *list = &lists->all[i];

        if (list->kind == kind && (list->namespace[0] == '\0') != of_all)
            free(list->namespace);
        else
            lists->all[kept++] = *list;
    }
    lists->count = kept;
}

static struct list *find(const struct lists *lists, enum kind kind, const char *namespace)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (lists->all[i].kind == kind && strcmp(lists->all[i].namespace, namespace) == 0)
            return &lists->all[i];
    }
    return NULL;
}
