/* SPDX-License-Identifier: Apache-2.0 */
/* Between a name and a connection: the addresses are kept for a while, and old ones are used when
 * the name server does not answer. */
#include "supervisor/connections/endpoint.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "supervisor/connections/dial.h"

#include <stdlib.h>

struct endpoint {
    struct event_base *base;
    struct helpers *helpers;
    struct address address;
    struct text_list found; /* addresses, owned */
    time_t found_at;        /* monotonic seconds */
    char *last_working;     /* the address that accepted the last connection, or NULL */
    struct helper *lookup;
    struct dial *dial;
    endpoint_done *done;
    void *context;
};

static void look_up(struct endpoint *);
static void on_resolved(const struct message *result, const char *problem, void *context);
static void dial(struct endpoint *);
static void on_dialed(int descriptor, const char *address, const char *reason, void *context);
static bool is_fresh(const struct endpoint *);

struct endpoint *endpoint_new(struct event_base *base, struct helpers *helpers, const char *url)
{
    struct endpoint *endpoint = memory_new(1, sizeof(*endpoint));

    endpoint->base = base;
    endpoint->helpers = helpers;
    endpoint->address = address_of_url(url);
    if (endpoint->address.is_literal)
        text_list_add(&endpoint->found, endpoint->address.host);
    return endpoint;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    helpers_cancel(endpoint->lookup);
    dial_cancel(endpoint->dial);
    address_clear(&endpoint->address);
    text_list_clear(&endpoint->found);
    free(endpoint->last_working);
    free(endpoint);
}

void endpoint_connect(struct endpoint *endpoint, endpoint_done *done, void *context)
{
    endpoint->done = done;
    endpoint->context = context;
    if (is_fresh(endpoint))
        dial(endpoint);
    else
        look_up(endpoint);
}

static void look_up(struct endpoint *endpoint)
{
    endpoint->lookup = helpers_look_up(endpoint->helpers, endpoint->address.host,
                                       ENDPOINT_LOOKUP_MILLISECONDS, on_resolved, endpoint);
}

/* Old addresses are better than none: the name server may be away for longer than the API server.
 */
static void on_resolved(const struct message *result, const char *problem, void *context)
{
    struct endpoint *endpoint = context;
    char *reason;

    endpoint->lookup = NULL;
    if (result != NULL && result->resolve_result.addresses.count > 0) {
        text_list_clear(&endpoint->found);
        endpoint->found = text_list_copy(&result->resolve_result.addresses);
        endpoint->found_at = clock_seconds();
    }
    if (endpoint->found.count > 0) {
        dial(endpoint);
        return;
    }
    reason = memory_format("cannot look up %.80s: %.120s", endpoint->address.host,
                           result != NULL ? result->resolve_result.problem : problem);
    endpoint->done(-1, reason, endpoint->context);
    free(reason);
}

static void dial(struct endpoint *endpoint)
{
    endpoint->dial = dial_start(endpoint->base, &endpoint->found, endpoint->address.port,
                                endpoint->last_working, on_dialed, endpoint);
}

static void on_dialed(int descriptor, const char *address, const char *reason, void *context)
{
    struct endpoint *endpoint = context;

    endpoint->dial = NULL;
    memory_replace(&endpoint->last_working, address);
    endpoint->done(descriptor, reason, endpoint->context);
}

static bool is_fresh(const struct endpoint *endpoint)
{
    return endpoint->address.is_literal ||
           (endpoint->found.count > 0 &&
            clock_seconds() - endpoint->found_at < ENDPOINT_KEEP_SECONDS);
}
