/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands/caveat.h"

#include "common/base/json.h"

#include <stdbool.h>
#include <string.h>

enum {
    WORKERS_MAX = 2
};

static const struct {
    const char *text;
    const char *workers[WORKERS_MAX];
} doubts[] = {
    {"not in sync with the API server: this may be old, or not all", {"watcher", "reconciler"}},
    {"the certpatcher does not work: no Certificate is changed", {"certpatcher"}},
};

static bool is_unhealthy(struct json_object *workers, const char *name);

void caveat_print(FILE *stream, struct json_object *workers)
{
    for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++) {
        bool doubtful = false;

        for (size_t j = 0; j < WORKERS_MAX && doubts[i].workers[j] != NULL; j++)
            doubtful = doubtful || is_unhealthy(workers, doubts[i].workers[j]);
        if (doubtful)
            fprintf(stream, "tlsroutectl: %s (see tlsroutectl status)\n", doubts[i].text);
    }
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
