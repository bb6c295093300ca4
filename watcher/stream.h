/* SPDX-License-Identifier: Apache-2.0 */
/* One list-and-watch: all objects of a kind in a namespace, kept up to date for ever. */
#ifndef TLSROUTED_WATCHER_STREAM_H
#define TLSROUTED_WATCHER_STREAM_H

#include "common/api/api.h"
#include "common/message/kind.h"
#include "common/worker/worker.h"

#include <json-c/json.h>

struct stream;

/* Told when a stream comes into sync (the initial objects have all been sent) or loses it. May not
 * free the stream. */
typedef void stream_changed(struct stream *stream, void *context);

/* A stream of KIND in its API VERSION (a constant; NULL: the kind's own) and NAMESPACE ("": all;
 * copied). What it reads goes to the reconciler. It starts with stream_restart(). Never NULL. */
struct stream *stream_new(struct worker *worker, enum kind kind, const char *version,
                          const char *namespace, stream_changed *changed, void *context);

void stream_free(struct stream *stream);

/* Lists everything again, for a receiver that knows nothing. */
void stream_restart(struct stream *stream);

/* Stops it: there is nobody to send to. */
void stream_stop(struct stream *stream);

/* The receiver has room again. */
void stream_resume(struct stream *stream);

enum kind stream_kind(const struct stream *stream);

/* Adds to ROW, for a person, what the stream is about and how it is. */
void stream_describe(const struct stream *stream, struct json_object *row);

/* Why the last attempt to read failed; API_OK if it did not. */
enum api_error stream_error(const struct stream *stream);

/* Whether one can do without: checks of Gateways and of backend Services are off where RBAC does
 * not let the watcher read them. */
bool stream_is_optional(const struct stream *stream);

/* Whether the receiver has everything and the watch goes on. */
bool stream_in_sync(const struct stream *stream);

#endif
