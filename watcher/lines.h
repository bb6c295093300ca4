/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a byte stream into lines. */
#ifndef TLSROUTED_WATCHER_LINES_H
#define TLSROUTED_WATCHER_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* A line that is not complete yet. Zero-initialised: empty. */
struct lines {
    char *bytes;
    size_t size, room;
};

/* Called for each line without its newline; returns whether to go on. */
typedef bool lines_take(const char *line, size_t size, void *context);

enum lines_result {
    LINES_OK,
    LINES_STOPPED,
    LINES_TOO_LONG
};

/* Adds SIZE bytes and calls TAKE for each line that they complete; empty lines are passed over.
 * LINES_STOPPED: TAKE said so, the rest is dropped. LINES_TOO_LONG: a line has more than MOST
 * bytes. TAKE must not touch LINES. */
enum lines_result lines_add(struct lines *lines, const char *bytes, size_t size, size_t most,
                            lines_take *take, void *context);

/* Forgets what was kept. */
void lines_clear(struct lines *lines);

#endif
