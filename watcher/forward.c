/* SPDX-License-Identifier: Apache-2.0 */
/* The watcher keeps no objects: what it has read leaves it here, at once, unless it was said
 * before.
 */
#include "watcher/forward.h"

#include "common/base/cause_log.h"
#include "common/objects/object.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LARGE_OBJECT_BYTES = 512 * 1024,
    LARGE_OBJECTS_MAX = 64, /* that are remembered */
};

static bool is_served(const struct forward *, const struct value *);
static bool is_known(struct forward *, const struct projected *);
static void warn_of_name(const struct forward *, const char *problem);
static void warn_of_size(struct forward *, const struct value *, size_t size);
static bool is_first_time(struct forward *, const char *uid);

void forward_clear(struct forward *forward)
{
    forwarded_clear(&forward->forwarded);
    text_list_clear(&forward->large);
}

void forward_object(struct forward *forward, const struct projected *object, size_t size)
{
    struct message message;
    bool is_new;
    char *problem;

    if (!is_served(forward, object->object))
        return;
    is_new = !is_known(forward, object);
    if (!is_new && size <= LARGE_OBJECT_BYTES)
        return;
    problem = object_decode(forward->kind, object, &message);
    if (size > LARGE_OBJECT_BYTES && problem == NULL)
        warn_of_size(forward, object->object, size);
    if (message.type == MESSAGE_NONE)
        warn_of_name(forward, problem);
    else if (is_new)
        forward->send(forward->context, &message);
    message_clear(&message);
    free(problem);
}

void forward_gone(struct forward *forward, const struct value *object)
{
    struct message message = message_of(MESSAGE_GONE);
    char *problem;

    if (!is_served(forward, object))
        return;
    message.gone.kind = forward->kind;
    message.gone.namespace = value_text_at(object, "metadata.namespace");
    message.gone.name = value_text_at(object, "metadata.name");
    message.gone.uid = value_text_at(object, "metadata.uid");
    forwarded_forget(&forward->forwarded, message.gone.namespace, message.gone.name);
    problem = message_check(&message);
    if (problem == NULL)
        forward->send(forward->context, &message);
    else
        warn_of_name(forward, problem);
    free(problem);
}

void forward_resync(struct forward *forward, enum message_type type)
{
    struct message message = message_of(type);

    if (type == MESSAGE_RESYNC_BEGIN) /* what the list does not have is no longer there */
        forwarded_clear(&forward->forwarded);
    message.resync_begin.kind = forward->kind;
    message.resync_begin.namespace = forward->namespace;
    forward->send(forward->context, &message);
}

static bool is_served(const struct forward *forward, const struct value *object)
{
    return forward->served == NULL ||
           text_set_find(forward->served, value_text_at(object, "metadata.namespace")) != NULL;
}

/* The message would be the one that was sent last. Whoever writes a TLSRoute or a Service has to
 * know its resourceVersion. */
static bool is_known(struct forward *forward, const struct projected *object)
{
    return forward->kind != KIND_ROUTE && forward->kind != KIND_SERVICE &&
           forwarded_before(&forward->forwarded, object);
}

static void warn_of_name(const struct forward *forward, const char *problem)
{
    cause_log_happened(&(struct cause_details){
        .level = LOG_WARNING,
        .text = "ignoring an object without a valid name",
        .who = {LOG_TEXT("kind", kind_names(forward->kind)->name)},
        .why = {LOG_TEXT("reason", problem)},
    });
}

static void warn_of_size(struct forward *forward, const struct value *object, size_t size)
{
    char bytes[24];

    if (!is_first_time(forward, value_text_at(object, "metadata.uid")))
        return;
    snprintf(bytes, sizeof(bytes), "%zu", size);
    cause_log_happened(&(struct cause_details){
        .level = LOG_WARNING,
        .text = "an object is very large: make it smaller, its annotations first, before the API "
                "server refuses it",
        .who = {LOG_TEXT("kind", kind_names(forward->kind)->name),
                LOG_TEXT("namespace", value_text_at(object, "metadata.namespace")),
                LOG_TEXT("name", value_text_at(object, "metadata.name"))},
        .why = {LOG_TEXT("bytes", bytes)},
    });
}

static bool is_first_time(struct forward *forward, const char *uid)
{
    if (text_list_has(&forward->large, uid))
        return false;
    if (forward->large.count == LARGE_OBJECTS_MAX)
        text_list_clear(&forward->large);
    text_list_add(&forward->large, uid);
    return true;
}
