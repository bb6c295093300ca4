/* SPDX-License-Identifier: Apache-2.0 */
/* What comes on a watch is checked once, before anything is done with it. */
#include "watcher/watch_event.h"

#include "common/base/json.h"

#include <string.h>

static const struct {
    const char *name;
    enum watch_event_type type;
} types[] = {
    {"ADDED", WATCH_CHANGED},     {"MODIFIED", WATCH_CHANGED}, {"DELETED", WATCH_DELETED},
    {"BOOKMARK", WATCH_BOOKMARK}, {"ERROR", WATCH_ERROR},
};

static bool decode_type(struct json_object *line, enum watch_event_type *type);
static bool is_initial_end(struct json_object *object);

const char *watch_event_decode(const char *line, size_t size, struct watch_event *event)
{
    const char *problem = NULL;
    struct json_object *decoded = json_decode(line, size, &problem);

    *event = (struct watch_event){0};
    if (decoded == NULL)
        return problem;
    event->object = json_object_get(json_at(decoded, "object"));
    if (!decode_type(decoded, &event->type))
        problem = "it is not an event of a watch";
    else if (!json_object_is_type(event->object, json_type_object))
        problem = "it has no object";
    json_object_put(decoded);
    if (problem != NULL) {
        watch_event_clear(event);
        return problem;
    }
    event->resource_version = json_text_at(event->object, "metadata.resourceVersion");
    event->message = json_text_at(event->object, "message");
    if (event->type == WATCH_ERROR)
        event->status = json_object_get_int(json_at(event->object, "code"));
    if (event->type == WATCH_BOOKMARK)
        event->initial_end = is_initial_end(event->object);
    if (event->type != WATCH_ERROR && event->resource_version[0] == '\0') {
        watch_event_clear(event);
        return "its object has no resourceVersion";
    }
    return NULL;
}

void watch_event_clear(struct watch_event *event)
{
    json_object_put(event->object);
    *event = (struct watch_event){0};
}

static bool decode_type(struct json_object *line, enum watch_event_type *type)
{
    const char *name = json_text_at(line, "type");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, name) == 0) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

static bool is_initial_end(struct json_object *object)
{
    const char *end = json_text_member(object, "metadata.annotations", "k8s.io/initial-events-end");

    return end != NULL && strcmp(end, "true") == 0;
}
