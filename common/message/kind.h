/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of API objects that tlsrouted reads, by the table in kinds.h, and their paths at the
 * API server. */
#ifndef TLSROUTED_COMMON_MESSAGE_KIND_H
#define TLSROUTED_COMMON_MESSAGE_KIND_H

#include "common/message/kinds.h"

#include <stdbool.h>

#define FIELD_MANAGER "tlsrouted"

#define KIND_NUMBER(NAME, ...) KIND_##NAME,
enum kind {
    KINDS(KIND_NUMBER) KIND_COUNT
};
#undef KIND_NUMBER

struct kind_names {
    const char *name;    /* "Pool" */
    const char *plural;  /* "pools", as in a path */
    const char *group;   /* "": the core group */
    const char *version; /* NULL: what discovery finds */
};

/* Which streams the watcher has of a kind. */
struct kind_streams {
    bool needs_gateway_api; /* only while the API server serves TLSRoutes */
    bool everywhere;        /* of the whole cluster, not only of the namespaces served */
    bool without_namespace; /* objects of the kind are in none */
    bool optional;          /* RBAC may forbid it */
    bool is_ours;           /* many changes on it are tlsrouted's own */
};

/* The row of KIND; constants. */
const struct kind_names *kind_names(enum kind kind);
const struct kind_streams *kind_streams(enum kind kind);

/* The path of the collection of KIND in NAMESPACE (NULL or "": of all namespaces), or of the
 * object NAME in it when NAME is not NULL. VERSION is the API version to use; NULL: the kind's own.
 * Parts are percent-encoded. The caller frees the result. */
char *kind_path(enum kind kind, const char *version, const char *namespace, const char *name);

/* TEXT percent-encoded for a path segment or a query value. The caller frees it. */
char *kind_escape(const char *text);

#endif
