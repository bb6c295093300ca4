/* SPDX-License-Identifier: Apache-2.0 */
/* One request of `setup` and what came back. */
#ifndef TLSROUTED_CTL_SETUP_EXCHANGE_H
#define TLSROUTED_CTL_SETUP_EXCHANGE_H

#include "ctl/connect/connection.h"

struct exchange {
    enum api_error error;
    bool is_absent;           /* the API server itself says that there is no such object */
    struct json_object *body; /* of a success; or NULL */
    char *message;            /* of an error: one line for people */
};

/* Sends METHOD to PATH, with BODY if it is not NULL, and waits. CONTENT_TYPE NULL: JSON. The caller
 * releases the result with exchange_clear(). */
struct exchange exchange_send(struct connection *connection, const char *method, const char *path,
                              const char *content_type, struct json_object *body);

/* Lists what is at PATH, of each object its metadata only: others may have secrets in theirs. */
struct exchange exchange_list(struct connection *connection, const char *path);

void exchange_clear(struct exchange *exchange);

#endif
