/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be changed in a Pool's Service that exists, field by field. Ours are kept as the Pool
 * wants them; what others have set is theirs. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_RECONCILER_PLAN_SERVICE_CHANGES_H
#define TLSROUTED_RECONCILER_PLAN_SERVICE_CHANGES_H

#include "common/message/message.h"

#include <json-c/json.h>

struct service_changes {
    struct json_object *patch; /* operations of a JSON Patch; empty: nothing is to be changed */
    char *foreign; /* the fields that have another value than DESIRED since others have set it, with
                      who it was: "spec.type (kubectl-edit)"; NULL: there are none */
    unsigned foreign_count;
};

/* How SERVICE differs from the DESIRED one, which is in normal form, too (service_spec.h). A node
 * port that it does not ask for is the API server's to choose. The caller releases the result with
 * service_changes_clear(). */
struct service_changes service_changes(const struct service_message *service, const char *desired);

void service_changes_clear(struct service_changes *changes);

#endif
