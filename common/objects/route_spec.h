/* SPDX-License-Identifier: Apache-2.0 */
/* The spec of a TLSRoute in normal form: one JSON text for all specs that mean the same.
 *
 * The API server fills in defaults (Gateway API: parentRefs group and kind, backendRefs group,
 * kind and weight, the name of a rule). They are left out, and members are in alphabetical order:
 * so two specs can be compared as texts, and a default is never drift. */
#ifndef TLSROUTED_COMMON_OBJECTS_ROUTE_SPEC_H
#define TLSROUTED_COMMON_OBJECTS_ROUTE_SPEC_H

#include "common/base/text_list.h"
#include "common/base/value.h"

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/* What a Pool asks of its route. Optional texts may be NULL or "". */
struct desired_route {
    const char *hostname;
    const char *gateway_namespace; /* optional */
    const char *gateway_name;
    const char *section_name; /* optional */
    const char *service;
    uint64_t port; /* of the Service, 1 to 65535 */
};

/* The normal form of SPEC, any value or NULL. The caller frees it. */
char *route_spec_normal(const struct value *spec);

/* The spec for DESIRED: one hostname, one parentRef, one rule with one backend. Its JSON text is in
 * normal form. A new reference, for the caller to release with json_object_put(). */
struct json_object *route_spec_new(const struct desired_route *desired);

/* The hostnames of ROUTE, an object of any content, and the Gateways that it refers to, each as
 * "namespace/name". As many as go into BYTES; the caller releases the list. */
struct text_list route_hostnames(const struct value *route, size_t bytes);
struct text_list route_gateways(const struct value *route, size_t bytes);

#endif
