/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter knows of the daemon: what the supervisor told last. */
#ifndef TLSROUTED_EXPORTER_STATE_H
#define TLSROUTED_EXPORTER_STATE_H

#include "common/message/message.h"
#include "exporter/render.h"

/* How one process is; ROLE_SUPERVISOR: the supervisor, and with it the whole. */
struct state_health {
    bool used, live, ready;
    char words[512];
    char sandbox[256];
};

struct state {
    struct state_health health[RENDER_SUBJECTS];
    uint64_t numbers[RENDER_SUBJECTS][METRIC_SERIES];
};

/* Takes what a message says. HEALTH begins anew: who is not told of afterwards is not there. */
void state_take_health(struct state *state, const struct health_message *message);
void state_take_worker(struct state *state, const struct health_worker_message *message);
void state_take_metric(struct state *state, const struct worker_metric_message *message);

/* Appends to BUFFER the page of /livez (READY false) or /readyz, and returns its HTTP status: 200
 * or 503. A good one is "ok" unless VERBOSE; else each process has a line. */
int state_page(const struct state *state, bool ready, bool verbose, struct evbuffer *buffer);

/* Appends all metrics to BUFFER. */
void state_metrics(const struct state *state, enum render_format format, struct evbuffer *buffer);

#endif
