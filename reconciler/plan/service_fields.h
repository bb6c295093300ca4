/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a Pool's Service that an installation may deny. Pure: no I/O, no clock, no global.
 */
#ifndef TLSROUTED_RECONCILER_PLAN_SERVICE_FIELDS_H
#define TLSROUTED_RECONCILER_PLAN_SERVICE_FIELDS_H

#include "common/message/message.h"
#include "reconciler/plan/finding.h"

#include <json-c/json.h>

struct service_fields {
    enum service_field_policy external_ips, node_port, load_balancer;
};

struct service_fields service_fields_of(const struct settings_message *settings);

/* Removes from SPEC, a Pool's spec.service (an object or NULL), what POLICIES deny, and adds a
 * finding for each. */
void service_fields_deny(struct json_object *spec, const struct service_fields *policies,
                         struct findings *findings);

#endif
