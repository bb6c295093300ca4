/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes are enough: nobody knows what they begin with, so nobody can make an object that has the
 * place, or the content, of another one. */
#include "watcher/forwarded.h"

#include "common/base/memory.h"
#include "common/base/value.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 16 /* a power of two, as all that follow */
};

struct forwarded_object {
    uint64_t key;     /* of its names; 0: the place is free */
    uint64_t content; /* of what was read of it last; 0: it is forgotten */
};

static uint64_t secret(void);
static uint64_t hash(uint64_t before, const void *bytes, size_t size);
static uint64_t hash_names(const char *namespace, const char *name);
static uint64_t hash_content(const struct projected *);
static uint64_t hash_value(uint64_t before, const struct value *, const struct value *left_out);
static struct forwarded_object *find(const struct forwarded *, uint64_t key);
static void make_room(struct forwarded *);

bool forwarded_before(struct forwarded *forwarded, const struct projected *projected)
{
    const uint64_t key = hash_names(value_text_at(projected->object, "metadata.namespace"),
                                    value_text_at(projected->object, "metadata.name"));
    const uint64_t content = hash_content(projected);
    struct forwarded_object *object;
    bool is_same;

    make_room(forwarded);
    object = find(forwarded, key);
    is_same = object->content == content;
    forwarded->used += object->key == 0;
    *object = (struct forwarded_object){key, content};
    return is_same;
}

void forwarded_forget(struct forwarded *forwarded, const char *namespace, const char *name)
{
    if (forwarded->room > 0)
        find(forwarded, hash_names(namespace, name))->content = 0;
}

void forwarded_clear(struct forwarded *forwarded)
{
    free(forwarded->objects);
    *forwarded = (struct forwarded){0};
}

/* Of this process. */
static uint64_t secret(void)
{
    static uint64_t bits;

    if (bits == 0 && RAND_bytes((unsigned char *)&bits, sizeof(bits)) != 1)
        abort();
    return bits;
}

/* FNV-1a, but for its beginning. */
static uint64_t hash(uint64_t before, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < size; i++)
        before = (before ^ byte[i]) * UINT64_C(0x100000001b3);
    return before != 0 ? before : 1;
}

static uint64_t hash_names(const char *namespace, const char *name)
{
    return hash(hash(secret(), namespace, strlen(namespace) + 1), name, strlen(name));
}

/* Every write of an object changes its resourceVersion. */
static uint64_t hash_content(const struct projected *projected)
{
    uint64_t now = secret();

    now = hash(now, &projected->too_long, sizeof(projected->too_long));
    now = hash(now, &projected->malformed, sizeof(projected->malformed));
    if (projected->object == NULL)
        return now;
    return hash_value(now, projected->object,
                      value_at(projected->object, "metadata.resourceVersion"));
}

/* The size before what is in a value tells where it ends. Recursive, but no deeper than what
 * value_read() takes at the end of a path. */
static uint64_t hash_value(uint64_t before, const struct value *value, const struct value *left_out)
{
    uint64_t now =
        hash(hash(before, &value->type, sizeof(value->type)), &value->size, sizeof(value->size));

    VALUE_FOREACH (part, value) {
        if (part == left_out)
            continue;
        now = hash(hash(now, &part->index, sizeof(part->index)), part->name, part->name_size + 1);
        now = hash_value(now, part, left_out);
    }
    switch (value_type(value)) {
    case json_type_string:
    case json_type_double:
        return hash(now, value->text, value->size);
    case json_type_int:
        now = hash(now, &value->is_large, sizeof(value->is_large));
        return hash(now, &value->number, sizeof(value->number));
    case json_type_boolean:
        return hash(now, &value->is_true, sizeof(value->is_true));
    default:
        return now;
    }
}

/* The place of KEY, or the free one where it belongs. */
static struct forwarded_object *find(const struct forwarded *forwarded, uint64_t key)
{
    size_t at = (key ^ key >> 32) & (forwarded->room - 1);

    while (forwarded->objects[at].key != 0 && forwarded->objects[at].key != key)
        at = (at + 1) & (forwarded->room - 1);
    return &forwarded->objects[at];
}

/* Keeps a quarter of the places free; what is forgotten leaves when there are too few. */
static void make_room(struct forwarded *forwarded)
{
    struct forwarded more = {0};
    size_t known = 0;

    if (4 * (forwarded->used + 1) <= 3 * forwarded->room)
        return;
    for (size_t i = 0; i < forwarded->room; i++)
        known += forwarded->objects[i].content != 0;
    more.room = forwarded->room > 0 ? forwarded->room : FIRST_ROOM;
    if (2 * known >= more.room)
        more.room *= 2;
    more.objects = memory_new(more.room, sizeof(*more.objects));
    for (size_t i = 0; i < forwarded->room; i++) {
        if (forwarded->objects[i].content != 0) {
            *find(&more, forwarded->objects[i].key) = forwarded->objects[i];
            more.used++;
        }
    }
    forwarded_clear(forwarded);
    *forwarded = more;
}
