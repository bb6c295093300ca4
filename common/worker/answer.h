/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's answer to a question: one page of rows. */
#ifndef TLSROUTED_COMMON_WORKER_ANSWER_H
#define TLSROUTED_COMMON_WORKER_ANSWER_H

#include "common/worker/worker.h"

#include <json-c/json.h>

enum {
    ANSWER_ROWS_MAX = 64,
    ANSWER_BYTES_MAX = 65536, /* after which no row is begun */
};

/* A page under construction. */
struct answer {
    struct worker *worker;
    const struct query_message *query;
    size_t rows, bytes;  /* sent so far */
    const char *problem; /* why there is no answer (a constant), or NULL */
    char *next;          /* the key that the next page begins behind; owned */
    bool more;
};

/* Whether the page has room for COUNT more rows. */
bool answer_has_room(const struct answer *answer, size_t count);

/* Sends ROW, whose reference is taken over. One that is too long is replaced by one that has only
 * its texts "kind", "namespace" and "name", and says so. */
void answer_row(struct answer *answer, struct json_object *row);

/* The page ends before its last row: the next one goes on behind KEY. */
void answer_cut(struct answer *answer, const char *key);

/* Ends the page. */
void answer_end(struct answer *answer);

#endif
