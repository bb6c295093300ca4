/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's answer to a QUERY: one page of rows. */
#ifndef TLSROUTED_COMMON_WORKER_ANSWER_H
#define TLSROUTED_COMMON_WORKER_ANSWER_H

#include "common/message/channel.h"

#include <json-c/json.h>

enum {
    ANSWER_ROWS_MAX = 64,
    ANSWER_BYTES_MAX = 65536, /* after these no further row is begun */
};

/* A page under construction. */
struct answer {
    struct channel *supervisor; /* it is sent there */
    const struct query_message *query;
    size_t rows, bytes;  /* sent so far */
    const char *problem; /* why there is no answer (a constant), or NULL */
    char *next;          /* the key after which the next page begins; owned */
    bool more;
};

/* Whether the page has room for COUNT more rows. */
bool answer_has_room(const struct answer *answer, size_t count);

/* Sends ROW, whose reference is taken over. A row that is too long is replaced by one that has only
 * its texts "kind", "namespace" and "name", and "tooLong". */
void answer_row(struct answer *answer, struct json_object *row);

/* Ends the page before its last row: the next one continues after KEY. */
void answer_cut(struct answer *answer, const char *key);

/* Sends the end of the page and releases what it holds. */
void answer_end(struct answer *answer);

#endif
