/* SPDX-License-Identifier: Apache-2.0 */
/* The views: what a QUERY can ask a worker about. */
#ifndef TLSROUTED_COMMON_MESSAGE_QUERY_H
#define TLSROUTED_COMMON_MESSAGE_QUERY_H

#include "common/message/role.h"

/* X(VIEW, ROLE): the worker that answers. */
#define QUERY_VIEWS(X)                                                                             \
    X(POOLS, RECONCILER)                                                                           \
    X(ROUTES, RECONCILER)                                                                          \
    X(CERTIFICATES, RECONCILER)                                                                    \
    X(EXPLAIN, RECONCILER)          /* everything about one Pool, or about each of them */         \
    X(DIFF, RECONCILER)             /* the requests that would be sent for Pools now */            \
    X(CERTIFICATE_DIFF, RECONCILER) /* the names that would be written into Certificates now */    \
    X(ADOPTION, RECONCILER)         /* the names that are in no ledger */                          \
    X(GRAPH, RECONCILER)            /* what each Pool is connected with */                         \
    X(QUEUES, RECONCILER)           /* the work that is left */                                    \
    X(STREAMS, WATCHER)             /* the lists and watches */

#define QUERY_VIEW(VIEW, ROLE) VIEW_##VIEW,
enum view {
    QUERY_VIEWS(QUERY_VIEW) VIEWS
};
#undef QUERY_VIEW

/* The worker that answers queries for VIEW. */
enum role query_role(enum view view);

#endif
