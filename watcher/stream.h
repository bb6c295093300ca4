/* One list-and-watch: all objects of a kind in a namespace, kept up to date for ever. */
#ifndef TLSROUTED_WATCHER_STREAM_H
#define TLSROUTED_WATCHER_STREAM_H

#include "common/kind.h"
#include "common/worker.h"

struct stream;

/* Told when a stream comes into sync (the initial objects have all been sent) or loses it. */
typedef void stream_changed(void *context);

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

/* Whether the receiver has everything and the watch goes on. */
bool stream_in_sync(const struct stream *stream);

#endif
