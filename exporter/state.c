/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/state.h"

#include <stdio.h>

static void add_line(const struct state_health *, enum role, bool ready, struct evbuffer *);

void state_take_health(struct state *state, const struct health_message *message)
{
    struct state_health *whole = &state->health[ROLE_SUPERVISOR];

    for (enum role role = 0; role < ROLE_WORKERS; role++)
        state->health[role].used = false;
    whole->used = true;
    whole->live = message->live;
    whole->ready = message->ready;
    snprintf(whole->words, sizeof(whole->words), "%s", message->summary);
    snprintf(whole->sandbox, sizeof(whole->sandbox), "%s", message->sandbox);
}

void state_take_worker(struct state *state, const struct health_worker_message *message)
{
    struct state_health *worker = &state->health[message->role];

    worker->used = true;
    worker->live = message->live;
    worker->ready = message->ready;
    snprintf(worker->words, sizeof(worker->words), "%s", message->summary);
    snprintf(worker->sandbox, sizeof(worker->sandbox), "%s", message->sandbox);
}

void state_take_metric(struct state *state, const struct worker_metric_message *message)
{
    state->numbers[message->role][message->series] = message->value;
}

int state_page(const struct state *state, bool ready, bool verbose, struct evbuffer *buffer)
{
    const struct state_health *whole = &state->health[ROLE_SUPERVISOR];
    const bool good = ready ? whole->ready : whole->live;

    if (good && !verbose) {
        evbuffer_add_printf(buffer, "ok\n");
        return 200;
    }
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (state->health[role].used)
            add_line(&state->health[role], role, ready, buffer);
    }
    if (ready)
        evbuffer_add_printf(buffer, "%s\n", whole->words);
    evbuffer_add_printf(buffer, "%s check %s\n", ready ? "readyz" : "livez",
                        good ? "passed" : "failed");
    return good ? 200 : 503;
}

static void add_line(const struct state_health *health, enum role role, bool ready,
                     struct evbuffer *buffer)
{
    const bool good = ready ? health->ready : health->live;

    evbuffer_add_printf(buffer, "[%c]%s%s", good ? '+' : '-', role_name(role), good ? " ok" : "");
    if (!good)
        evbuffer_add_printf(buffer, ": %s", ready ? health->words : "has not answered lately");
    evbuffer_add_printf(buffer, "\n");
}

void state_metrics(const struct state *state, enum render_format format, struct evbuffer *buffer)
{
    struct render_source source = {.numbers = state->numbers, .version = PACKAGE_VERSION};

    for (enum role role = 0; role < RENDER_SUBJECTS; role++) {
        const struct state_health *health = &state->health[role];

        source.used[role] = health->used;
        source.levels[role] = health->sandbox[0] != '\0' ? health->sandbox : NULL;
    }
    render(&source, format, buffer);
}
