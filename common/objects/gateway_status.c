/* SPDX-License-Identifier: Apache-2.0 */
/* A status grows with every listener and route, and most of it says that all is well. What is not
 * is taken out of it here, where it is read, so that only that is passed on and kept. */
#include "common/objects/gateway_status.h"

#include "common/objects/conditions.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static conditions_writer write_gateway, write_class;
static struct value *listeners_of(struct arena *, const struct value *gateway, size_t bytes);
static const struct value *listener_status(const struct value *gateway, const char *name);
static struct value *read_conditions(struct arena *, const struct value *list, enum condition_owner,
                                     const struct value *object, size_t bytes);
static struct value *or_nothing(struct value *said);

char *gateway_status(const struct value *object, size_t bytes)
{
    return conditions_text(object, write_gateway, bytes);
}

char *gateway_class_status(const struct value *object, size_t bytes)
{
    return conditions_text(object, write_class, bytes);
}

static struct value *write_gateway(struct arena *arena, const struct value *object, size_t bytes)
{
    struct value *said = read_conditions(arena, value_at(object, "status.conditions"),
                                         CONDITIONS_GATEWAY, object, bytes);
    struct value *listeners = listeners_of(arena, object, bytes);

    if (listeners != NULL)
        value_put(said, "listeners", listeners);
    return or_nothing(said);
}

static struct value *write_class(struct arena *arena, const struct value *object, size_t bytes)
{
    return or_nothing(read_conditions(arena, value_at(object, "status.conditions"),
                                      CONDITIONS_GATEWAY_CLASS, object, bytes));
}

/* NULL if none has anything to say. */
static struct value *listeners_of(struct arena *arena, const struct value *gateway, size_t bytes)
{
    const struct value *listeners = value_array(value_at(gateway, "spec.listeners"));
    struct value *all = value_new(arena, json_type_array);
    bool is_empty = true;

    VALUE_FOREACH (listener, listeners) {
        const struct value *status = listener_status(gateway, value_text_at(listener, "name"));
        struct value *said = or_nothing(read_conditions(arena, value_at(status, "conditions"),
                                                        CONDITIONS_LISTENER, gateway, bytes));

        if (said == NULL)
            continue;
        is_empty = false;
        all->size = listener->index; /* null stands for those before that have nothing to say */
        value_append(all, said);
    }
    all->size = (uint32_t)value_count(listeners);
    return is_empty ? NULL : all;
}

static const struct value *listener_status(const struct value *gateway, const char *name)
{
    VALUE_FOREACH (status, value_array(value_at(gateway, "status.listeners"))) {
        if (strcmp(value_text_at(status, "name"), name) == 0)
            return status;
    }
    return NULL;
}

static struct value *read_conditions(struct arena *arena, const struct value *list,
                                     enum condition_owner owner, const struct value *object,
                                     size_t bytes)
{
    return conditions_read(arena, list, owner, value_number_at(object, "metadata.generation"),
                           bytes);
}

static struct value *or_nothing(struct value *said)
{
    return said->first != NULL ? said : NULL;
}
