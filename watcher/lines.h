/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a byte stream into lines. */
#ifndef TLSROUTED_WATCHER_LINES_H
#define TLSROUTED_WATCHER_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* The beginning of a line that is not complete yet. Empty when zero-initialised. */
struct lines {
    char *bytes;
    size_t size, room;
};

/* Called for each line, without its newline; returns whether to go on. */
typedef bool lines_handler(const char *line, size_t size, void *context);

enum lines_result {
    LINES_OK,
    LINES_STOPPED,
    LINES_TOO_LONG
};

/* Adds SIZE bytes and calls HANDLER for each line that they complete; empty lines are skipped.
 * LINES_STOPPED: HANDLER returned false, and the rest is dropped. LINES_TOO_LONG: a line has more
 * than MAX bytes. HANDLER may clear LINES if it then returns false. */
enum lines_result lines_add(struct lines *lines, const char *bytes, size_t size, size_t max,
                            lines_handler *handler, void *context);

/* Drops what has been kept. */
void lines_clear(struct lines *lines);

#endif
