/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is empty because nothing could be read looks like one of a cluster without Pools. */
#include "ctl/commands/caveat.h"

#include "common/base/json.h"

#include <stdbool.h>
#include <string.h>

enum {
    WORKERS_MAX = 2
};

static const struct {
    const char *workers[WORKERS_MAX]; /* one of them is not healthy */
    const char *text;
} caveats[] = {
    {{"watcher", "reconciler"},
     "warning: not in sync with the API server, so this may be outdated or incomplete "
     "(see tlsroutectl status)"},
    {{"certpatcher"},
     "warning: the certpatcher is not working, so Certificates are not changed "
     "(see tlsroutectl status)"},
};

static bool is_unhealthy(struct json_object *workers, const char *name);

struct text_list caveats_of(struct json_object *workers)
{
    struct text_list list = {0};

    for (size_t i = 0; i < sizeof(caveats) / sizeof(caveats[0]); i++) {
        bool applies = false;

        for (size_t j = 0; j < WORKERS_MAX && caveats[i].workers[j] != NULL; j++)
            applies = applies || is_unhealthy(workers, caveats[i].workers[j]);
        if (applies)
            text_list_add(&list, caveats[i].text);
    }
    return list;
}

static bool is_unhealthy(struct json_object *workers, const char *name)
{
    for (size_t i = 0; i < json_count(workers); i++) {
        struct json_object *worker = json_item(workers, i);

        if (strcmp(json_text_at(worker, "name"), name) == 0)
            return !json_object_get_boolean(json_at(worker, "healthy"));
    }
    return false;
}
