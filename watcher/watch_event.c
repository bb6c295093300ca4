/* SPDX-License-Identifier: Apache-2.0 */
/* What comes on a watch is checked once, before anything is done with it. */
#include "watcher/watch_event.h"

#include "common/base/json.h"
#include "common/message/message.h"
#include "common/objects/paths.h"

#include <string.h>

static const struct {
    const char *name;
    enum watch_event_type type;
} types[] = {
    {"ADDED", WATCH_CHANGED},     {"MODIFIED", WATCH_CHANGED}, {"DELETED", WATCH_DELETED},
    {"BOOKMARK", WATCH_BOOKMARK}, {"ERROR", WATCH_ERROR},
};

static const char *decode(const struct value *line, struct watch_event *);
static bool decode_type(const struct value *line, struct watch_event *);
static enum api_error error_of(const struct value *object);

/* What is wanted of an event: of its object what object_decode() wants, in the same order, and then
 * what tells the events apart. */
#define EVENT_PATH(M, path, TYPE, field)        OBJECT_PATH(M, "object." path, TYPE, field)
#define EVENT_OTHER_PATH(M, path, bytes, field) OBJECT_OTHER_PATH(M, "object." path, bytes, field)
#define EVENT_PATHS(NAME, name, ...)                                                               \
    static const struct projection_path name##_paths[] = {                                         \
        NAME##_PATHS(EVENT_PATH, EVENT_OTHER_PATH, name){"type", 64},                              \
        {"object.code", 64},                                                                       \
        {"object.message", 8192},                                                                  \
        {"object.details.causes[].reason", 256},                                                   \
    };
KINDS(EVENT_PATHS)

#define PROJECTION_ROW(NAME, name, ...)                                                            \
    [KIND_##NAME] = {name##_paths, sizeof(name##_paths) / sizeof(name##_paths[0])},
static const struct projection projections[KIND_COUNT] = {KINDS(PROJECTION_ROW)};

const char *watch_event_decode(enum kind kind, const char *line, size_t size,
                               struct watch_event *event)
{
    const struct value *whole;
    const char *problem;

    *event = (struct watch_event){0};
    problem = projection_read(&projections[kind], line, size, &event->object);
    if (problem != NULL)
        return problem;
    whole = event->object.object;
    event->object.object = value_at(whole, "object");
    problem = decode(whole, event);
    if (problem != NULL)
        watch_event_clear(event);
    return problem;
}

void watch_event_clear(struct watch_event *event)
{
    projected_clear(&event->object);
    *event = (struct watch_event){0};
}

static const char *decode(const struct value *line, struct watch_event *event)
{
    const struct value *object = event->object.object;

    if (!decode_type(line, event))
        return "it is not an event of a watch";
    if (!value_is(object, json_type_object))
        return "it has no object";
    event->resource_version = value_text_at(object, "metadata.resourceVersion");
    event->message = value_text_at(object, "message");
    if (event->type == WATCH_ERROR)
        event->error = error_of(object);
    if (event->type != WATCH_ERROR && event->resource_version[0] == '\0')
        return "its object has no resourceVersion";
    return NULL;
}

static bool decode_type(const struct value *line, struct watch_event *event)
{
    const char *name = value_text_at(line, "type");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, name) == 0) {
            event->type = types[i].type;
            return true;
        }
    }
    return false;
}

static enum api_error error_of(const struct value *status)
{
    struct json_object *object = value_to_json(status);
    enum api_error error =
        api_error_of_object(json_object_get_int(json_at(object, "code")), object);

    json_object_put(object);
    return error;
}
