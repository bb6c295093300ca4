/* SPDX-License-Identifier: Apache-2.0 */
/* One list-and-watch: all objects of a kind in a namespace, kept up to date for ever. */
#ifndef TLSROUTED_WATCHER_STREAM_H
#define TLSROUTED_WATCHER_STREAM_H

#include "common/api/api.h"
#include "common/message/message.h"
#include "watcher/collection.h"
#include "watcher/starts.h"
#include "watcher/turns.h"

#include <event2/event.h>
#include <json-c/json.h>
#include <time.h>

struct stream;

/* The stream has come into sync or lost it, or tries again. Must not free the stream. */
typedef void stream_changed(struct stream *stream, void *context);

/* What a stream does to the world outside; a constant. Unit tests bring their own. */
struct stream_environment {
    /* As the functions of api.h. */
    struct api_call *(*send)(struct api *api, const struct api_request *request);
    void (*cancel)(struct api_call *call);
    void (*pause)(struct api_call *call, bool pause);
    void (*hurry)(struct api *api);
    /* As clock_seconds(), event_add() and coarse_timer_start(). */
    time_t (*now)(void);
    int (*start_timer)(struct event *timer, const struct timeval *delay);
    void (*start_look)(struct event *timer, int64_t milliseconds);
    /* To the receiver of what is read: sends MESSAGE, which is borrowed; and whether it has no room
     * for more, until stream_resume(). */
    void (*forward)(void *receiver, const struct message *message);
    bool (*is_congested)(void *receiver);
};

struct stream_settings {
    struct collection collection; /* its namespace and selector are copied */
    struct turns *turns;          /* that the stream takes, or NULL */
    struct starts *starts;        /* that its lists begin with, or NULL */
    const struct stream_environment *environment;
    struct event_base *base;
    struct api *api;
    void *receiver;
    stream_changed *changed;
    void *context; /* of CHANGED */
};

/* A stream that is stopped. Never NULL. The caller releases it with stream_free(). */
struct stream *stream_new(const struct stream_settings *settings);

void stream_free(struct stream *stream);

/* Lists everything, for a receiver that knows nothing, and goes on watching. */
void stream_restart(struct stream *stream);

/* Stops until stream_restart(): there is no receiver. */
void stream_stop(struct stream *stream);

/* The receiver has room again. */
void stream_resume(struct stream *stream);

enum kind stream_kind(const struct stream *stream);

/* Why the last attempt to read failed; API_OK if it did not. */
enum api_error stream_error(const struct stream *stream);

/* Whether the receiver has everything, and what it has is known to be right. */
bool stream_in_sync(const struct stream *stream);

/* When what the receiver has was last known to be right, as clock_seconds(); 0 if it has nothing.
 */
time_t stream_confirmed(const struct stream *stream);

/* Whether the watcher needs this stream: not an optional one that RBAC does not let it read, or
 * whose kind is not served. */
bool stream_is_needed(const struct stream *stream);

/* Adds to ROW, for people, what the stream reads and how it is. */
void stream_describe(const struct stream *stream, struct json_object *row);

#endif
