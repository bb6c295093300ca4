/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of API objects that tlsrouted reads. */
#ifndef TLSROUTED_COMMON_MESSAGE_KIND_H
#define TLSROUTED_COMMON_MESSAGE_KIND_H

#define OPENVOX_GROUP   "openvox.voxpupuli.org"
#define OPENVOX_VERSION "v1alpha1"
#define GATEWAY_GROUP   "gateway.networking.k8s.io"

#define FIELD_MANAGER "tlsrouted"

enum kind {
    KIND_POOL,
    KIND_SERVER,
    KIND_CERTIFICATE,
    KIND_ROUTE,
    KIND_SERVICE,
    KIND_GATEWAY,
    KIND_COUNT
};

struct kind_names {
    const char *name;    /* "Pool" */
    const char *plural;  /* "pools", as in a path */
    const char *group;   /* "": the core group */
    const char *version; /* NULL: what discovery finds */
};

/* The names of KIND; a constant. */
const struct kind_names *kind_names(enum kind kind);

/* The path of the collection of KIND in NAMESPACE (NULL or "": of all namespaces), or of the
 * object NAME in it when NAME is not NULL. VERSION is the API version to use; NULL: the kind's own.
 * Parts are percent-encoded. The caller frees the result. */
char *kind_path(enum kind kind, const char *version, const char *namespace, const char *name);

/* TEXT percent-encoded for a path segment or a query value. The caller frees it. */
char *kind_escape(const char *text);

#endif
