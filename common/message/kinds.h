/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: the API objects that tlsrouted reads. A row is
 *
 *     X(NAME, name, "Kind", "plural", "group", "version", WHEN, WHERE, NEED, WHOSE)
 *
 * The message of the same NAME carries an object of the kind. The core group is "". A version that
 * is NULL is the one that discovery finds. The last four say which streams the watcher has, and
 * what comes on them:
 *
 *     WHEN   ALWAYS, or GATEWAY_API: only while the API server serves TLSRoutes
 *     WHERE  NAMESPACES: in those that tlsrouted serves, EVERYWHERE: in all of the cluster, or
 *            CLUSTER: the kind has no namespaces
 *     NEED   REQUIRED, or OPTIONAL: RBAC may forbid it, and what depends on it is then left out
 *     WHOSE  OURS: tlsrouted writes such objects too, and many changes are its own; or OTHERS
 *
 * Which paths of an object are read stands in common/objects/paths.h. */
#ifndef TLSROUTED_COMMON_MESSAGE_KINDS_H
#define TLSROUTED_COMMON_MESSAGE_KINDS_H

#define OPENVOX_GROUP   "openvox.voxpupuli.org"
#define OPENVOX_VERSION "v1alpha1"
#define GATEWAY_GROUP   "gateway.networking.k8s.io"

/* clang-format off */
#define KINDS(X) \
    X(POOL, pool, "Pool", "pools", OPENVOX_GROUP, OPENVOX_VERSION, \
      ALWAYS, NAMESPACES, REQUIRED, OTHERS) \
    X(SERVER, server, "Server", "servers", OPENVOX_GROUP, OPENVOX_VERSION, \
      ALWAYS, NAMESPACES, REQUIRED, OTHERS) \
    X(CERTIFICATE, certificate, "Certificate", "certificates", OPENVOX_GROUP, OPENVOX_VERSION, \
      ALWAYS, NAMESPACES, REQUIRED, OURS) \
    X(ROUTE, route, "TLSRoute", "tlsroutes", GATEWAY_GROUP, NULL, \
      GATEWAY_API, NAMESPACES, REQUIRED, OURS) \
    X(SERVICE, service, "Service", "services", "", "v1", \
      ALWAYS, NAMESPACES, OPTIONAL, OURS) \
    X(GATEWAY, gateway, "Gateway", "gateways", GATEWAY_GROUP, "v1", \
      GATEWAY_API, EVERYWHERE, OPTIONAL, OTHERS) \
    X(GATEWAY_CLASS, gateway_class, "GatewayClass", "gatewayclasses", GATEWAY_GROUP, "v1", \
      GATEWAY_API, CLUSTER, OPTIONAL, OTHERS)

/* The kinds whose owner is read: those of the objects that tlsrouted writes for a Pool. */
#define OWNED_KINDS(X) \
    X(ROUTE, route) \
    X(SERVICE, service)
/* clang-format on */

#define KIND_NAME(NAME, name, kind, ...) kind, /* of all rows: a list of the names */

#endif
