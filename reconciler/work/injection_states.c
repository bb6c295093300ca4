/* SPDX-License-Identifier: Apache-2.0 */
/* The certpatcher reports about Certificates, but people ask about Pools. What it reported is kept
 * here by Certificate, and turned into findings for each Pool that it concerns. */
#include "reconciler/work/injection_states.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

static void add_missing(struct findings *, struct findings *from);
static bool count_state(const struct injection_state *, uint64_t *counts);
static char *contested_text(const struct injection_state *);
static char *denied_text(const struct injection_state *);
static char *full_text(const struct injection_state *);

struct injection_state *injection_states_find(const struct injection_states *states,
                                              const char *key)
{
    struct injection_state *state;

    HASH_FIND_STR(states->all, key, state);
    return state;
}

struct injection_state *injection_states_of(struct injection_states *states, const char *key)
{
    struct injection_state *state = injection_states_find(states, key);

    if (state == NULL) {
        state = memory_new(1, sizeof(*state));
        state->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, states->all, state->key, strlen(state->key), state);
    }
    return state;
}

void injection_states_settle(struct injection_states *states, struct injection_state *state)
{
    if (state->ticket != 0 || state->waiting || state->contending_manager != NULL ||
        state->denial != NULL || state->left_out > 0 || state->ledger_unreadable)
        return;
    HASH_DEL(states->all, state);
    free(state->key);
    free(state);
}

void injection_state_findings(const struct injection_state *state, struct findings *findings)
{
    if (state->contending_manager != NULL)
        findings_add(findings, FINDING_CERTIFICATE_CONTESTED, contested_text(state));
    if (state->denial != NULL)
        findings_add(findings, FINDING_CERTIFICATE_DENIED, denied_text(state));
    if (state->left_out > 0)
        findings_add(findings, FINDING_CERTIFICATE_FULL, full_text(state));
}

void injection_states_findings(const struct injection_states *states,
                               const struct relations *relations, const struct object *pool,
                               struct findings *findings)
{
    const struct message *message = object_message(pool, MESSAGE_POOL);
    size_t count;
    struct object *const *servers = relations_servers_of_pool(relations, pool->key, &count);

    if (message == NULL || !message->pool.route_enabled || !message->pool.inject ||
        message->pool.deleting)
        return;
    for (size_t i = 0; i < count && states->all != NULL; i++) {
        const struct server_message *server = &servers[i]->message.server;
        char *key = key_of(server->namespace, server->certificate);
        const struct injection_state *state = injection_states_find(states, key);
        struct findings of_certificate = {0};

        if (state != NULL)
            injection_state_findings(state, &of_certificate);
        add_missing(findings, &of_certificate);
        free(key);
    }
}

void injection_states_count(const struct injection_states *states, size_t certificates,
                            uint64_t *counts)
{
    const struct injection_state *state;

    counts[METRIC_CERTIFICATE_RIGHT] = certificates;
    for (state = states->all; state != NULL; state = state->hh.next) {
        if (count_state(state, counts) && counts[METRIC_CERTIFICATE_RIGHT] > 0)
            counts[METRIC_CERTIFICATE_RIGHT]--;
    }
}

/* Several Servers may use one Certificate. */
static void add_missing(struct findings *findings, struct findings *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!findings_has(findings, &from->list[i]))
            findings_copy(findings, &from->list[i]);
    }
    findings_clear(from);
}

/* Returns whether the Certificate is in another state than right. */
static bool count_state(const struct injection_state *state, uint64_t *counts)
{
    if (state->contending_manager != NULL)
        counts[METRIC_CERTIFICATE_CONTESTED]++;
    else if (state->denial != NULL)
        counts[METRIC_CERTIFICATE_DENIED]++;
    else if (state->left_out > 0)
        counts[METRIC_CERTIFICATE_FULL]++;
    else if (state->waiting)
        counts[METRIC_CERTIFICATE_WITHDRAWING]++;
    else
        return false;
    return true;
}

static char *contested_text(const struct injection_state *state)
{
    const char *manager = state->contending_manager;

    return memory_format("%s keeps removing the injected names from Certificate %s; they are "
                         "restored in an hour, or when its Pools, Servers or other names change; "
                         "stop it from changing spec.dnsAltNames, or let it list the names itself",
                         manager[0] != '\0' ? manager : "somebody", key_name(state->key));
}

static char *denied_text(const struct injection_state *state)
{
    return memory_format("the API server does not accept what tlsrouted writes to Certificate %s: "
                         "%s; correct that, or the Pool",
                         key_name(state->key), state->denial);
}

static char *full_text(const struct injection_state *state)
{
    return memory_format("Certificate %s has no room for %zu of the names that it needs "
                         "(certificates.maxNames); give some Servers another Certificate, or "
                         "raise the limit",
                         key_name(state->key), state->left_out);
}
