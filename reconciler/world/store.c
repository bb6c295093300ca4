/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the watcher's messages into objects that stay: the newest version of each, those that
 * concern each other connected, and those that are gone removed with all that was known of them. */
#include "reconciler/world/store.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* A walk over the objects of a kind, in the order in which they came. */
struct sweep {
    enum kind kind;
    char *namespace;       /* "": all */
    uint32_t began;        /* removes what is older than this generation; 0: rechecks all instead */
    struct object *object; /* the next one to be looked at */
    struct sweep *next, *prev;
};

/* The bytes of a message that carries an object of each kind. */
#define MESSAGE_ROOM(NAME, name, ...)                                                              \
    [KIND_##NAME] = offsetof(struct message, name) + sizeof(struct name##_message),
static const size_t message_room[KIND_COUNT] = {KINDS(MESSAGE_ROOM)};

static size_t object_size(enum kind);
static struct object *find_or_add(struct store *, enum kind, const char *namespace,
                                  const char *name);
static void replace_message(struct store *, struct object *, const struct message *,
                            bool was_readable);
static void remove_object(struct store *, struct object *);
static bool is_older(const struct object_head *, const struct object_head *known);
static bool differs(const struct message *, const struct message *);
static void begin_sweep(struct store *, enum kind, const char *namespace, uint32_t began);
static void sweep_object(struct store *, struct sweep *);
static void end_sweep(struct store *, struct sweep *);

void store_put(struct store *store, const struct message *message)
{
    const struct object_head *head = message_head(message);
    const enum kind kind = message_kind(message->type);
    struct object *object = find_or_add(store, kind, head->namespace, head->name);
    const uint32_t reading = lists_reading(&store->lists, kind, head->namespace);
    const uint32_t known = object->generation;
    bool was_readable;

    object->generation = store->lists.generation;
    store->listed += reading != 0;
    if (known >= reading && is_older(head, message_head(&object->message)))
        return;
    if (object->problem == NULL && !differs(&object->message, message)) {
        message_set_resource_version(&object->message, head->resource_version);
        return;
    }
    was_readable = object->problem == NULL && object->message.type != MESSAGE_NONE;
    memory_replace(&object->problem, NULL);
    replace_message(store, object, message, was_readable);
}

bool store_unreadable(struct store *store, const struct unreadable_message *unreadable)
{
    struct object *object =
        find_or_add(store, (enum kind)unreadable->kind, unreadable->namespace, unreadable->name);

    object->generation = store->lists.generation;
    if (object->problem != NULL && strcmp(object->problem, unreadable->problem) == 0)
        return false;
    memory_replace(&object->problem, unreadable->problem);
    relations_touch(&store->relations, object);
    return true;
}

void store_remove(struct store *store, enum kind kind, const char *key, const char *uid)
{
    struct object *object = store_find(store, kind, key);
    const struct object_head *known = object != NULL ? message_head(&object->message) : NULL;

    if (object != NULL && (known == NULL || strcmp(known->uid, uid) == 0))
        remove_object(store, object);
}

void store_resync_begin(struct store *store, enum kind kind, const char *namespace)
{
    lists_begin(&store->lists, kind, namespace);
}

void store_resync_end(struct store *store, enum kind kind, const char *namespace)
{
    uint32_t began = lists_began(&store->lists, kind, namespace);

    if (began != 0)
        begin_sweep(store, kind, namespace, began);
}

void store_forget(struct store *store, enum kind kind)
{
    struct object *object, *next;

    HASH_ITER (hh, store->objects[kind], object, next)
        remove_object(store, object);
    lists_forget(&store->lists, kind);
}

struct object *store_find(const struct store *store, enum kind kind, const char *key)
{
    struct object *object;

    HASH_FIND_STR(store->objects[kind], key, object);
    return object;
}

size_t store_count(const struct store *store, enum kind kind)
{
    return HASH_COUNT(store->objects[kind]);
}

void store_recheck_all(struct store *store)
{
    begin_sweep(store, KIND_POOL, "", 0);
    begin_sweep(store, KIND_CERTIFICATE, "", 0);
}

bool store_step(struct store *store, size_t count)
{
    while (count > 0 && store->sweeps != NULL) {
        struct sweep *sweep = store->sweeps;

        for (; count > 0 && sweep->object != NULL; count--)
            sweep_object(store, sweep);
        if (sweep->object == NULL)
            end_sweep(store, sweep);
    }
    return store->sweeps != NULL;
}

/* One that is under way begins again: what it has passed may have to be looked at once more. */
static void begin_sweep(struct store *store, enum kind kind, const char *namespace, uint32_t began)
{
    struct sweep *sweep;

    DL_FOREACH (store->sweeps, sweep) {
        if (sweep->kind == kind && (sweep->began == 0) == (began == 0) &&
            strcmp(sweep->namespace, namespace) == 0)
            break;
    }
    if (sweep == NULL) {
        sweep = memory_new(1, sizeof(*sweep));
        sweep->kind = kind;
        sweep->namespace = memory_text(namespace);
        DL_APPEND(store->sweeps, sweep);
    }
    sweep->began = began;
    sweep->object = store->objects[kind];
}

static void sweep_object(struct store *store, struct sweep *sweep)
{
    const struct relations_listener *listener =
        sweep->kind == KIND_POOL ? &store->relations.pools : &store->relations.certificates;
    struct object *object = sweep->object;

    sweep->object = object->hh.next;
    if (sweep->began == 0)
        listener->recheck(object->key, listener->context);
    else if (key_is_in(object->key, sweep->namespace) && object->generation < sweep->began)
        remove_object(store, object);
}

static void end_sweep(struct store *store, struct sweep *sweep)
{
    enum kind kind = sweep->kind;
    bool is_read =
        sweep->began != 0 && lists_end(&store->lists, kind, sweep->namespace, sweep->began);

    DL_DELETE(store->sweeps, sweep);
    free(sweep->namespace);
    free(sweep);
    if (is_read)
        store->list_read(kind, store->list_context);
}

static struct object *find_or_add(struct store *store, enum kind kind, const char *namespace,
                                  const char *name)
{
    char *key = key_of(namespace, name);
    struct object *object = store_find(store, kind, key);

    if (object != NULL) {
        free(key);
        return object;
    }
    object = memory_new(object_size(kind) + strlen(key) + 1, 1);
    object->key = strcpy((char *)object + object_size(kind), key);
    free(key);
    object->kind = kind;
    object->message.descriptor = -1;
    HASH_ADD_KEYPTR(hh, store->objects[kind], object->key, strlen(object->key), object);
    return object;
}

static size_t object_size(enum kind kind)
{
    return offsetof(struct object, message) + message_room[kind];
}

/* What the old version concerns and what the new one does is touched, after the change. The copy
 * has no more room than it needs, which what comes over a link has. */
static void replace_message(struct store *store, struct object *object,
                            const struct message *message, bool was_readable)
{
    const struct message copy = message_copy(message);
    struct object before = {0};
    bool had = object->message.type != MESSAGE_NONE;

    memcpy(&before, object, object_size(object->kind));
    if (had)
        relations_remove(&store->relations, object);
    memcpy(&object->message, &copy, message_room[object->kind]);
    relations_add(&store->relations, object);
    if (was_readable) {
        relations_touch_changed(&store->relations, &before, object);
    } else {
        if (had)
            relations_touch(&store->relations, &before);
        relations_touch(&store->relations, object);
    }
    if (had)
        message_clear(&before.message);
}

static void remove_object(struct store *store, struct object *object)
{
    struct sweep *sweep;

    DL_FOREACH (store->sweeps, sweep) {
        if (sweep->object == object)
            sweep->object = object->hh.next;
    }
    HASH_DEL(store->objects[object->kind], object);
    if (object->message.type != MESSAGE_NONE)
        relations_remove(&store->relations, object);
    relations_touch(&store->relations, object);
    if (object->state != NULL)
        store->free_state(object->state, store->context);
    message_clear(&object->message);
    free(object->problem);
    free(object);
}

/* KNOWN is NULL if only the name is known. Versions of one past can be compared, those of two
 * cannot: after etcd was restored from a backup they begin again at smaller ones. */
static bool is_older(const struct object_head *head, const struct object_head *known)
{
    return known != NULL && strcmp(known->uid, head->uid) == 0 &&
           known->resource_version > head->resource_version;
}

/* The resourceVersion changes with every write of the status; that alone concerns nothing. */
static bool differs(const struct message *known, const struct message *message)
{
    struct message same_version = *message;

    if (known->type != message->type)
        return true;
    message_set_resource_version(&same_version, message_head(known)->resource_version);
    return !message_equal(known, &same_version);
}
