/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes are enough: nobody knows what they begin with, so nobody can make an object that has the
 * place, or the content, of another one. */
#include "watcher/forwarded.h"

#include "common/base/memory.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 16 /* a power of two, as all that follow */
};

struct forwarded_object {
    uint64_t key;     /* of its names; 0: the place is free */
    uint64_t content; /* of the last message; 0: it is forgotten */
};

static uint64_t secret(void);
static uint64_t hash(uint64_t before, const void *bytes, size_t size);
static uint64_t hash_names(const char *namespace, const char *name);
static uint64_t hash_message(const struct message *);
static struct forwarded_object *find(const struct forwarded *, uint64_t key);
static void make_room(struct forwarded *);

bool forwarded_before(struct forwarded *forwarded, const char *namespace, const char *name,
                      const struct message *message)
{
    const uint64_t key = hash_names(namespace, name), content = hash_message(message);
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

static uint64_t hash_message(const struct message *message)
{
    struct message same_version = *message;
    msgpack_sbuffer buffer;
    uint64_t content;

    if (message_head(message) != NULL)
        message_set_resource_version(&same_version, 0);
    msgpack_sbuffer_init(&buffer);
    message_encode(&same_version, &buffer);
    content = hash(secret(), buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
    return content;
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
