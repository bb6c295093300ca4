/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths: which parts of an object the watcher needs, and which fields of the message
 * for its kind they become. KIND_PATHS(P, M) of each kind in kinds.h has rows
 *
 *     P(M, "path", TYPE, field)
 *
 * in a path, [KEY] is a member whose name has dots in it. What an object lacks is "", 0, false or
 * an empty list. TYPE is
 *
 *     TEXT    a string
 *     TEXTS   a list of strings
 *     FLAG    true or false
 *     DIGITS  a number, written as a string
 *     PORT    a number; without it, the port of a Puppet server
 *     TIME    a time (RFC 3339), as seconds since 1970
 *     EXISTS  whether there is anything
 *     JSON    anything, as JSON text
 *     OTHER   anything, read by a function for the kind in object.c */
#ifndef TLSROUTED_COMMON_OBJECTS_PATHS_H
#define TLSROUTED_COMMON_OBJECTS_PATHS_H

#include "common/message/kinds.h"
#include "common/objects/ledger.h"

#define PAUSED_ANNOTATION OPENVOX_GROUP "/paused"

/* clang-format off */
#define OBJECT_PATHS(P, M) \
    P(M, "metadata.namespace", TEXT, namespace) \
    P(M, "metadata.name", TEXT, name) \
    P(M, "metadata.uid", TEXT, uid) \
    P(M, "metadata.resourceVersion", DIGITS, resource_version) \
    P(M, "metadata.deletionTimestamp", EXISTS, deleting)

#define OWNER_PATHS(P, M) \
    P(M, "metadata.ownerReferences", OTHER, controller_uid) \
    P(M, "metadata.managedFields", OTHER, other_manager)

#define POOL_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    P(M, "metadata.creationTimestamp", TIME, created) \
    P(M, "metadata.annotations[" PAUSED_ANNOTATION "]", OTHER, paused) \
    P(M, "spec.route.enabled", FLAG, route_enabled) \
    P(M, "spec.route.hostname", TEXT, hostname) \
    P(M, "spec.route.gatewayRef.namespace", TEXT, gateway_namespace) \
    P(M, "spec.route.gatewayRef.name", TEXT, gateway_name) \
    P(M, "spec.route.gatewayRef.sectionName", TEXT, section_name) \
    P(M, "spec.route.injectDNSAltName", FLAG, inject) \
    P(M, "spec.service.port", PORT, service_port) \
    P(M, "spec.service", JSON, service)

#define SERVER_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    P(M, "spec.certificateRef", TEXT, certificate) \
    P(M, "spec.poolRefs", TEXTS, pools)

#define CERTIFICATE_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    P(M, "metadata.annotations[" LEDGER_ANNOTATION "]", OTHER, ledger) \
    P(M, "spec.dnsAltNames", TEXTS, names) \
    P(M, "status.effectiveDNSAltNames", OTHER, effective)

#define ROUTE_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    OWNER_PATHS(P, M) \
    P(M, "metadata.generation", OTHER, refusals) \
    P(M, "spec", OTHER, spec) \
    P(M, "status.parents", OTHER, refusals)

#define SERVICE_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    OWNER_PATHS(P, M) \
    P(M, "metadata.labels", OTHER, spec) \
    P(M, "metadata.annotations", OTHER, spec) \
    P(M, "spec.type", OTHER, spec) \
    P(M, "spec.selector", OTHER, spec) \
    P(M, "spec.externalIPs", OTHER, spec) \
    P(M, "spec.ports", OTHER, ports)

#define GATEWAY_PATHS(P, M) \
    OBJECT_PATHS(P, M) \
    P(M, "spec.listeners", JSON, listeners)
/* clang-format on */

#endif
