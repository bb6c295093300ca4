/* SPDX-License-Identifier: Apache-2.0 */
/* A result is only lent to a callback; one step of `setup` decides the next, and has to keep it. */
#include "ctl/setup/exchange.h"

#include "common/base/memory.h"

#include <stdlib.h>

#define METADATA_ONLY "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

static void on_done(const struct api_result *, void *exchange);

struct exchange exchange_send(struct connection *connection, const char *method, const char *path,
                              const char *content_type, struct json_object *body)
{
    struct exchange exchange = {.error = API_OK};

    connection_request(connection, &(struct api_request){.method = method,
                                                         .path = path,
                                                         .content_type = content_type,
                                                         .body = body,
                                                         .on_done = on_done,
                                                         .context = &exchange});
    return exchange;
}

struct exchange exchange_list(struct connection *connection, const char *path)
{
    struct exchange exchange = {.error = API_OK};

    connection_request(connection, &(struct api_request){.method = "GET",
                                                         .path = path,
                                                         .accept = METADATA_ONLY,
                                                         .on_done = on_done,
                                                         .context = &exchange});
    return exchange;
}

void exchange_clear(struct exchange *exchange)
{
    json_object_put(exchange->body);
    free(exchange->message);
    *exchange = (struct exchange){0};
}

static void on_done(const struct api_result *result, void *context)
{
    struct exchange *exchange = context;

    exchange->error = result->error;
    exchange->is_absent = api_is_object_absent(result);
    exchange->body = json_object_get(result->body);
    if (result->error != API_OK)
        exchange->message = memory_text(result->message);
}
