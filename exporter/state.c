/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown to clients is kept apart from how it arrives and how it is served, so that a page
 * can be made at any time. */
#include "exporter/state.h"

#include <stdio.h>

static void add_line(const struct state_health *, enum role, bool ready, struct evbuffer *);

void state_set_health(struct state *state, const struct health_message *message)
{
    struct state_health *daemon = &state->health[ROLE_SUPERVISOR];

    for (enum role role = 0; role < ROLE_WORKERS; role++)
        state->health[role].exists = false;
    daemon->exists = true;
    daemon->live = message->live;
    daemon->ready = message->ready;
    snprintf(daemon->summary, sizeof(daemon->summary), "%s", message->summary);
    snprintf(daemon->sandbox, sizeof(daemon->sandbox), "%s", message->sandbox);
}

void state_set_worker(struct state *state, const struct health_worker_message *message)
{
    struct state_health *worker = &state->health[message->role];

    worker->exists = true;
    worker->live = message->live;
    worker->ready = message->ready;
    snprintf(worker->summary, sizeof(worker->summary), "%s", message->summary);
    snprintf(worker->sandbox, sizeof(worker->sandbox), "%s", message->sandbox);
}

void state_set_metric(struct state *state, const struct worker_metric_message *message)
{
    state->numbers[message->role][message->series] = message->value;
}

int state_page(const struct state *state, bool ready, bool verbose, struct evbuffer *buffer)
{
    const struct state_health *daemon = &state->health[ROLE_SUPERVISOR];
    const bool passed = ready ? daemon->ready : daemon->live;

    if (passed && !verbose) {
        evbuffer_add_printf(buffer, "ok\n");
        return 200;
    }
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (state->health[role].exists)
            add_line(&state->health[role], role, ready, buffer);
    }
    if (ready)
        evbuffer_add_printf(buffer, "%s\n", daemon->summary);
    evbuffer_add_printf(buffer, "%s check %s\n", ready ? "readyz" : "livez",
                        passed ? "passed" : "failed");
    return passed ? 200 : 503;
}

static void add_line(const struct state_health *health, enum role role, bool ready,
                     struct evbuffer *buffer)
{
    const bool passed = ready ? health->ready : health->live;

    evbuffer_add_printf(buffer, "[%c]%s%s", passed ? '+' : '-', role_name(role),
                        passed ? " ok" : "");
    if (!passed)
        evbuffer_add_printf(buffer, ": %s", ready ? health->summary : "has not answered lately");
    evbuffer_add_printf(buffer, "\n");
}

void state_metrics(const struct state *state, enum render_format format, struct evbuffer *buffer)
{
    struct render_source source = {
        .numbers = state->numbers, .version = PACKAGE_VERSION, .lease = state->lease};

    for (enum role role = 0; role < RENDER_SUBJECTS; role++) {
        const struct state_health *health = &state->health[role];

        source.exists[role] = health->exists;
        source.levels[role] = health->sandbox[0] != '\0' ? health->sandbox : NULL;
    }
    render(&source, format, buffer);
}
