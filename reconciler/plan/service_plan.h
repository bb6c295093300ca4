/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's Service. Pure: no I/O, no clock, no global. */
#ifndef TLSROUTED_RECONCILER_PLAN_SERVICE_PLAN_H
#define TLSROUTED_RECONCILER_PLAN_SERVICE_PLAN_H

#include "reconciler/plan/plan.h"
#include "reconciler/plan/service_fields.h"

/* Everything that the plan depends on. */
struct service_inputs {
    const struct pool_message *pool;       /* NULL: it could never be read */
    const char *pool_problem;              /* why its newest version cannot be read, or NULL */
    const struct service_message *service; /* the Service with the Pool's name; NULL: there is none
                                            */
    enum services_policy policy;
    struct service_fields fields;
    bool complete; /* all Services have been read; if not, nothing is said about them */
};

/* The caller releases the plan with plan_clear(). */
struct plan plan_service(const struct service_inputs *inputs);

#endif
