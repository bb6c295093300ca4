/* SPDX-License-Identifier: Apache-2.0 */
/* A status grows with every listener and route, and most of it says that all is well. What is not
 * is taken out of it here, where it is read, so that only that is passed on and kept. */
#include "common/objects/gateway_status.h"

#include "common/base/json.h"
#include "common/objects/conditions.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static conditions_writer write_gateway, write_class;
static struct json_object *listeners_of(struct json_object *gateway, size_t bytes);
static struct json_object *listener_status(struct json_object *gateway, const char *name);
static struct json_object *read_conditions(struct json_object *list, enum condition_owner,
                                           struct json_object *object, size_t bytes);
static struct json_object *or_nothing(struct json_object *said);

char *gateway_status(struct json_object *object, size_t bytes)
{
    return conditions_text(object, write_gateway, bytes);
}

char *gateway_class_status(struct json_object *object, size_t bytes)
{
    return conditions_text(object, write_class, bytes);
}

static struct json_object *write_gateway(struct json_object *object, size_t bytes)
{
    struct json_object *said =
        read_conditions(json_at(object, "status.conditions"), CONDITIONS_GATEWAY, object, bytes);
    struct json_object *listeners = listeners_of(object, bytes);

    if (listeners != NULL)
        json_object_object_add(said, "listeners", listeners);
    return or_nothing(said);
}

static struct json_object *write_class(struct json_object *object, size_t bytes)
{
    return or_nothing(read_conditions(json_at(object, "status.conditions"),
                                      CONDITIONS_GATEWAY_CLASS, object, bytes));
}

/* NULL if none has anything to say. */
static struct json_object *listeners_of(struct json_object *gateway, size_t bytes)
{
    struct json_object *listeners = json_at(gateway, "spec.listeners");
    struct json_object *all = json_object_new_array();
    bool is_empty = true;

    for (size_t i = 0; i < json_count(listeners); i++) {
        struct json_object *status =
            listener_status(gateway, json_text_at(json_item(listeners, i), "name"));
        struct json_object *said = or_nothing(
            read_conditions(json_at(status, "conditions"), CONDITIONS_LISTENER, gateway, bytes));

        is_empty = is_empty && said == NULL;
        json_object_array_add(all, said);
    }
    if (!is_empty)
        return all;
    json_object_put(all);
    return NULL;
}

static struct json_object *listener_status(struct json_object *gateway, const char *name)
{
    struct json_object *all = json_at(gateway, "status.listeners");

    for (size_t i = 0; i < json_count(all); i++) {
        if (strcmp(json_text_at(json_item(all, i), "name"), name) == 0)
            return json_item(all, i);
    }
    return NULL;
}

/* When something was said does not matter. */
static struct json_object *read_conditions(struct json_object *list, enum condition_owner owner,
                                           struct json_object *object, size_t bytes)
{
    int64_t generation = json_object_get_int64(json_at(object, "metadata.generation"));
    struct json_object *said = conditions_read(list, owner, generation, bytes);

    json_object_object_del(said, CONDITIONS_TIME);
    return said;
}

static struct json_object *or_nothing(struct json_object *said)
{
    if (json_object_object_length(said) > 0)
        return said;
    json_object_put(said);
    return NULL;
}
