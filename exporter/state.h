/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter knows of the daemon: what the supervisor reported last. */
#ifndef TLSROUTED_EXPORTER_STATE_H
#define TLSROUTED_EXPORTER_STATE_H

#include "common/message/message.h"
#include "exporter/render.h"

/* The health of a worker; that of ROLE_SUPERVISOR is the daemon's as a whole. */
struct state_health {
    bool exists, live, ready;
    char summary[MESSAGE_BOUND(health, summary) + 1];
    char sandbox[MESSAGE_BOUND(health, sandbox) + 1];
};

struct state {
    const char *lease; /* that the daemon competes for, "namespace/name"; "": none; borrowed */
    struct state_health health[RENDER_SUBJECTS];
    uint64_t numbers[RENDER_SUBJECTS][METRIC_SERIES];
};

/* Stores what a message says. HEALTH begins anew: a worker that is not reported after it does not
 * exist. */
void state_set_health(struct state *state, const struct health_message *message);
void state_set_worker(struct state *state, const struct health_worker_message *message);
void state_set_metric(struct state *state, const struct worker_metric_message *message);

/* Appends to BUFFER the page /readyz, or /livez unless READY, and returns its HTTP status: 200 or
 * 503. With 200 the page is "ok"; otherwise, or if VERBOSE, it has a line for each worker. */
int state_page(const struct state *state, bool ready, bool verbose, struct evbuffer *buffer);

/* Appends all metrics to BUFFER. */
void state_metrics(const struct state *state, enum render_format format, struct evbuffer *buffer);

#endif
