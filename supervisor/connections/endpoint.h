/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that a worker may be connected to: the API server, or the proxy on the way to it.
 */
#ifndef TLSROUTED_SUPERVISOR_CONNECTIONS_ENDPOINT_H
#define TLSROUTED_SUPERVISOR_CONNECTIONS_ENDPOINT_H

#include "supervisor/processes/helpers.h"

struct endpoint;

/* Called once, from the loop: DESCRIPTOR is a connected socket, which the receiver owns; or -1, and
 * REASON says in one line why. */
typedef void endpoint_done(int descriptor, const char *reason, void *context);

/* The endpoint of URL, which address_of_url() reads. A name is looked up by one of the HELPERS when
 * it is needed; the address that worked last is tried first. To be released with endpoint_free().
 */
struct endpoint *endpoint_new(struct event_base *base, struct helpers *helpers, const char *url);

/* If it is connecting, DONE is not called any more. ENDPOINT may be NULL. */
void endpoint_free(struct endpoint *endpoint);

/* Opens a connection. Not to be called again before DONE. */
void endpoint_connect(struct endpoint *endpoint, endpoint_done *done, void *context);

#endif
