/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever can have the API server say Retry-After must not stop all work with it: not for long, and
 * not again and again. */
#include "common/api/pause.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct pause_source {
    char *namespace;
    char *key;       /* the last one that was refused */
    int64_t at;      /* when it was */
    uint64_t served; /* all keys, until then */
    uint64_t own;    /* keys of the namespace that were served since */
    UT_hash_handle hh;
};

static struct pause_source *find(const struct pause *, const char *key);
static struct pause_source *add(struct pause *, const char *key);
static bool is_particular(const struct pause *, const struct pause_source *, const char *key);
static void forget_old(struct pause *, int64_t now);
static void forget(struct pause *, struct pause_source *);

unsigned pause_wanted(const struct api_result *result)
{
    return result->error == API_TOO_MANY || result->status == 503 ? result->retry_after : 0;
}

bool pause_begin(struct pause *pause, const char *key, unsigned seconds, int64_t now)
{
    struct pause_source *source;
    bool holds_for_all;

    forget_old(pause, now);
    source = find(pause, key);
    holds_for_all = source == NULL || !is_particular(pause, source, key);
    if (source == NULL)
        source = add(pause, key);
    memory_replace(&source->key, key);
    source->at = now;
    source->served = pause->served;
    source->own = 0;
    if (holds_for_all && now + (int64_t)seconds * 1000 > pause->until)
        pause->until = now + (int64_t)seconds * 1000;
    return holds_for_all;
}

/* That another key of its namespace was served says nothing about the one that was refused. */
void pause_served(struct pause *pause, const char *key)
{
    struct pause_source *source = find(pause, key);

    pause->served++;
    if (source == NULL)
        return;
    source->own++;
    if (strcmp(source->key, key) == 0)
        forget(pause, source);
}

unsigned pause_left(const struct pause *pause, int64_t now)
{
    return pause->until > now ? (unsigned)(pause->until - now) : 0;
}

static struct pause_source *find(const struct pause *pause, const char *key)
{
    struct pause_source *source;

    if (pause->sources == NULL)
        return NULL;
    HASH_FIND(hh, pause->sources, key, strcspn(key, "/"), source);
    return source;
}

static struct pause_source *add(struct pause *pause, const char *key)
{
    struct pause_source *source = memory_new(1, sizeof(*source));
    size_t length = strcspn(key, "/");

    source->namespace = memory_bytes(key, length);
    HASH_ADD_KEYPTR(hh, pause->sources, source->namespace, length, source);
    return source;
}

static bool is_particular(const struct pause *pause, const struct pause_source *source,
                          const char *key)
{
    uint64_t since = pause->served - source->served;

    return strcmp(source->key, key) == 0 ? since > 0 : since > source->own;
}

/* The object may be gone, and what it says of the server is old. */
static void forget_old(struct pause *pause, int64_t now)
{
    struct pause_source *source, *next;

    HASH_ITER (hh, pause->sources, source, next) {
        if (now - source->at > API_PAUSE_FORGET_SECONDS * 1000)
            forget(pause, source);
    }
}

static void forget(struct pause *pause, struct pause_source *source)
{
    HASH_DEL(pause->sources, source);
    free(source->namespace);
    free(source->key);
    free(source);
}
