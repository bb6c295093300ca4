/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths: which parts of an object are read, and which fields of the message for its
 * kind they become. The rest of the object is passed over, whatever it is and however much.
 * KIND_PATHS(P, O, M) of each kind in kinds.h has rows
 *
 *     P(M, "path", TYPE, field)
 *     O(M, "path", bytes, field)
 *
 * with paths as in projection.h, none of which is the beginning of another. What an object lacks is
 * "", 0, false or an empty list. What is wrong with a row P makes the object unreadable. TYPE is
 *
 *     TEXT    a string
 *     TEXTS   a list of strings
 *     FLAG    true or false
 *     DIGITS  a number, written as a string
 *     PORT    a number; without it, the port of a Puppet server
 *     TIME    a time (RFC 3339), as seconds since 1970
 *     EXISTS  whether there is anything
 *     JSON    anything, as JSON text
 *
 * A row O is read by a function for the kind in object.c; a value of more than so many bytes (0:
 * only whether it is there), or that cannot be understood, is left out, and the function knows. */
#ifndef TLSROUTED_COMMON_OBJECTS_PATHS_H
#define TLSROUTED_COMMON_OBJECTS_PATHS_H

#include "common/message/kinds.h"
#include "common/objects/ledger.h"

#define PAUSED_ANNOTATION OPENVOX_GROUP "/paused"

/* Written together with names that the certificate lacks, so that what remains to be done about it
 * stands in the Certificate, until it has been done. */
#define REISSUE_ANNOTATION OPENVOX_GROUP "/tlsrouted-reissue"
#define REISSUE_DUE        "due"

/* The bytes of JSON that a text of BYTES can have: at most six for each, as \u0061. */
#define JSON_BYTES(bytes) (6 * (bytes) + 2)

/* clang-format off */
#define OBJECT_PATHS(P, O, M) \
    P(M, "metadata.namespace", TEXT, namespace) \
    P(M, "metadata.name", TEXT, name) \
    P(M, "metadata.uid", TEXT, uid) \
    P(M, "metadata.resourceVersion", DIGITS, resource_version) \
    P(M, "metadata.deletionTimestamp", EXISTS, deleting)

#define MANAGER_PATHS(P, O, M) \
    O(M, "metadata.managedFields[].manager", JSON_BYTES(128), other_manager) \
    O(M, "metadata.managedFields[].time", 64, other_manager)

#define OWNER_PATHS(P, O, M) \
    O(M, "metadata.ownerReferences[].controller", 64, controller_uid) \
    O(M, "metadata.ownerReferences[].kind", JSON_BYTES(253), controller_kind) \
    O(M, "metadata.ownerReferences[].name", JSON_BYTES(253), controller_name) \
    O(M, "metadata.ownerReferences[].uid", JSON_BYTES(63), controller_uid) \
    MANAGER_PATHS(P, O, M) \
    O(M, "metadata.managedFields[].subresource", 0, other_manager)

/* Of the conditions at AT, for the field. */
#define CONDITION_PATHS(P, O, M, at, field) \
    O(M, at "type", 512, field) \
    O(M, at "status", 64, field) \
    O(M, at "reason", JSON_BYTES(1024), field) \
    O(M, at "message", JSON_BYTES(32768), field) \
    O(M, at "observedGeneration", 64, field)

#define GENERATION_PATH(P, O, M, field) O(M, "metadata.generation", 64, field)

#define FIELDS_PATH "metadata.managedFields[].fieldsV1."

#define POOL_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    P(M, "metadata.creationTimestamp", TIME, created) \
    O(M, "metadata.annotations[" PAUSED_ANNOTATION "]", JSON_BYTES(4), paused) \
    P(M, "spec.route.enabled", FLAG, route_enabled) \
    P(M, "spec.route.hostname", TEXT, hostname) \
    P(M, "spec.route.gatewayRef.namespace", TEXT, gateway_namespace) \
    P(M, "spec.route.gatewayRef.name", TEXT, gateway_name) \
    P(M, "spec.route.gatewayRef.sectionName", TEXT, section_name) \
    P(M, "spec.route.injectDNSAltName", FLAG, inject) \
    P(M, "spec.service.port", PORT, service_port) \
    O(M, "spec.service.type", 512, service) \
    O(M, "spec.service.nodePort", 64, service) \
    O(M, "spec.service.externalIPs", JSON_BYTES(8192), service) \
    O(M, "spec.service.labels", JSON_BYTES(8192), service) \
    O(M, "spec.service.annotations", JSON_BYTES(8192), service)

#define SERVER_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    P(M, "spec.certificateRef", TEXT, certificate) \
    P(M, "spec.poolRefs", TEXTS, pools)

#define CERTIFICATE_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    O(M, "metadata.annotations[" LEDGER_ANNOTATION "]", JSON_BYTES(20480), ledger) \
    P(M, "spec.dnsAltNames", TEXTS, names) \
    O(M, "status.effectiveDNSAltNames", JSON_BYTES(8192), effective) \
    O(M, "metadata.annotations[" REISSUE_ANNOTATION "]", 64, reissue) \
    O(M, "status.phase", 64, reissue)

#define ROUTE_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    OWNER_PATHS(P, O, M) \
    O(M, FIELDS_PATH "f:spec", 0, other_manager) \
    O(M, "metadata.creationTimestamp", 64, created) \
    GENERATION_PATH(P, O, M, answers) \
    O(M, "spec", JSON_BYTES(8192), spec) \
    O(M, "status.parents[].parentRef", 8192, answers) \
    O(M, "status.parents[].controllerName", JSON_BYTES(253), answers) \
    CONDITION_PATHS(P, O, M, "status.parents[].conditions[].", answers) \
    O(M, "status.parents[].conditions[].lastTransitionTime", 64, answers)

#define SERVICE_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    OWNER_PATHS(P, O, M) \
    O(M, FIELDS_PATH "f:metadata.f:labels", JSON_BYTES(16384), owners) \
    O(M, FIELDS_PATH "f:metadata.f:annotations", JSON_BYTES(ANNOTATIONS_BYTES_MAX), owners) \
    O(M, FIELDS_PATH "f:spec.f:type", 0, owners) \
    O(M, FIELDS_PATH "f:spec.f:selector", 0, owners) \
    O(M, FIELDS_PATH "f:spec.f:externalIPs", 0, owners) \
    O(M, FIELDS_PATH "f:spec.f:ports", JSON_BYTES(16384), owners) \
    O(M, "metadata.labels", JSON_BYTES(16384), spec) \
    O(M, "metadata.annotations", JSON_BYTES(ANNOTATIONS_BYTES_MAX), spec) \
    O(M, "spec.type", 512, spec) \
    O(M, "spec.selector", JSON_BYTES(8192), spec) \
    O(M, "spec.externalIPs", JSON_BYTES(8192), spec) \
    O(M, "spec.ports[].name", 512, spec) \
    O(M, "spec.ports[].protocol", 64, ports) \
    O(M, "spec.ports[].port", 64, ports) \
    O(M, "spec.ports[].targetPort", 512, spec) \
    O(M, "spec.ports[].nodePort", 64, spec)

#define GATEWAY_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    P(M, "spec.gatewayClassName", TEXT, class) \
    P(M, "spec.listeners", JSON, listeners) \
    GENERATION_PATH(P, O, M, status) \
    CONDITION_PATHS(P, O, M, "status.conditions[].", status) \
    O(M, "status.listeners[].name", JSON_BYTES(253), status) \
    CONDITION_PATHS(P, O, M, "status.listeners[].conditions[].", status)

#define GATEWAY_CLASS_PATHS(P, O, M) \
    OBJECT_PATHS(P, O, M) \
    P(M, "spec.controllerName", TEXT, controller) \
    GENERATION_PATH(P, O, M, status) \
    CONDITION_PATHS(P, O, M, "status.conditions[].", status)
/* clang-format on */

/* For P and O: rows of a projection. (projection.h) */
#define OBJECT_PATH(M, path, TYPE, field)        {path, WANTED_##TYPE(M, field)},
#define OBJECT_OTHER_PATH(M, path, bytes, field) {path, bytes},

/* The bytes of each type that a field may have, and its JSON. */
#define MAX_OF_TEXT(M, field)   MESSAGE_BOUND(M, field)
#define MAX_OF_TEXTS(M, field)  MESSAGE_BOUND(M, field)
#define MAX_OF_JSON(M, field)   MESSAGE_BOUND(M, field)
#define MAX_OF_FLAG(M, field)   SCALAR_BYTES
#define MAX_OF_DIGITS(M, field) SCALAR_BYTES
#define MAX_OF_PORT(M, field)   SCALAR_BYTES
#define MAX_OF_TIME(M, field)   SCALAR_BYTES
#define MAX_OF_EXISTS(M, field) 0

#define WANTED_TEXT(M, field)   JSON_BYTES(MESSAGE_BOUND(M, field))
#define WANTED_TEXTS(M, field)  JSON_BYTES(MESSAGE_BOUND(M, field))
#define WANTED_JSON(M, field)   JSON_BYTES(MESSAGE_BOUND(M, field))
#define WANTED_FLAG(M, field)   SCALAR_BYTES
#define WANTED_DIGITS(M, field) SCALAR_BYTES
#define WANTED_PORT(M, field)   SCALAR_BYTES
#define WANTED_TIME(M, field)   SCALAR_BYTES
#define WANTED_EXISTS(M, field) 0

enum {
    SCALAR_BYTES = 64,                 /* of the JSON of a number, a time, true or false */
    ANNOTATIONS_BYTES_MAX = 256 * 1024 /* of all of an object, by the API server's own limit */
};

#endif
