/* SPDX-License-Identifier: Apache-2.0 */
/* The Service of a Pool: the one that tlsrouted creates, and a normal form to compare with it. */
#ifndef TLSROUTED_COMMON_OBJECTS_SERVICE_SPEC_H
#define TLSROUTED_COMMON_OBJECTS_SERVICE_SPEC_H

#include "common/base/text_list.h"
#include "common/base/value.h"

#include <json-c/json.h>
#include <stdint.h>

#define SERVICE_PUPPET_PORT 8140 /* where Puppet servers listen */

/* The Service that the Pool called POOL asks for by SPEC, its spec.service (an object or NULL), and
 * PORT: an object with metadata.labels, metadata.annotations and spec, the same as slauger's
 * openvox-operator creates. A new reference. */
struct json_object *service_spec_new(const char *pool, struct json_object *spec, uint64_t port);

/* The parts of SERVICE that service_spec_new() sets, and its node ports, as one JSON text for all
 * that mean the same: {"labels", "annotations", "spec"}. Of one that service_spec_new() made; the
 * caller frees it. */
char *service_spec_desired(struct json_object *service);

/* The same of one that exists. OWNERS says whose its fields are, as in managers.h, or is NULL:
 * annotations that are long and not ours are null. The caller frees it. */
char *service_spec_observed(const struct value *service, const struct value *owners);

/* The numbers of the TCP ports in PORTS, a Service's spec.ports. The list owns its bytes. */
struct text_list service_ports(const struct value *ports);

#endif
