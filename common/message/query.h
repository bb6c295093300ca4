/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked about the inside of a worker. */
#ifndef TLSROUTED_COMMON_MESSAGE_QUERY_H
#define TLSROUTED_COMMON_MESSAGE_QUERY_H

#include "common/message/role.h"

enum view {
    VIEW_POOLS,
    VIEW_ROUTES,
    VIEW_CERTIFICATES,
    VIEW_EXPLAIN,          /* everything about one Pool, or about each of them */
    VIEW_DIFF,             /* the requests that would be sent for Pools now */
    VIEW_CERTIFICATE_DIFF, /* the names that would be written into Certificates now */
    VIEW_GRAPH,            /* what stands around each Pool */
    VIEW_QUEUES,           /* the work that is left */
    VIEW_STREAMS,          /* the lists and watches */
    VIEWS
};

/* The worker that answers it. */
enum role query_role(enum view view);

#endif
