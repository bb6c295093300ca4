/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler may not write Certificates. It compares, asks the certpatcher, which decides again
 * by itself, and waits for its answer before it asks for anything else in the same Certificate. */
#include "reconciler/work/injections.h"

#include "common/base/cause_log.h"
#include "common/base/memory.h"
#include "common/objects/key.h"
#include "reconciler/plan/certificate_plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 2048,     /* requests to the certpatcher, which bounds its own */
    LIST_BYTES = 40960, /* of names in one request: the bound of INJECT */
};

static void work(const char *key, void *injections);
static void compare(struct injections *, const struct object *certificate);
static void end_request(struct injections *, struct injection_state *,
                        const struct inject_result_message *);
static void log_ledger(struct injection_state *, const struct object *certificate,
                       const char *problem);
static bool request(struct injections *, const struct object *certificate,
                    const struct injection_plan *);
static struct text_list bounded(const struct text_list *);
static void remember(struct injections *, const struct object *certificate,
                     const char *contending_manager, const char *denial, size_t left_out);
static bool differ(const char *before, const char *now);
static void record_event(struct injections *, const struct object *certificate,
                         enum finding_reason);
static void forget(struct injections *, struct injection_state *);
static void forget_gone(struct injections *, const char *key);
static void stop_waiting(struct injections *, const char *key);

void injections_init(struct injections *injections, struct event_base *base)
{
    injections->queue = queue_new_unpaced(base, AT_ONCE, work, injections);
    queue_measure(injections->queue, METRIC_QUEUE_CERTIFICATES);
}

void injections_touched(const char *key, void *context)
{
    const struct injections *injections = context;

    queue_add(injections->queue, key);
}

void injections_recheck_one(const char *key, void *context)
{
    const struct injections *injections = context;

    queue_recheck(injections->queue, key);
}

void injections_lead(struct injections *injections)
{
    struct message message = message_of(MESSAGE_LEADING);

    message.leading.until = leader_until(injections->leader);
    worker_send(injections->worker, ROLE_CERTPATCHER, &message);
}

void injections_result(struct injections *injections, const struct inject_result_message *result)
{
    char *key = key_of(result->namespace, result->certificate);
    struct injection_state *state = injection_states_find(&injections->states, key);

    if (state != NULL && state->ticket == result->ticket && state->ticket != 0)
        end_request(injections, state, result);
    free(key);
}

void injections_unlinked(struct injections *injections)
{
    struct injection_state *state, *next;

    queue_fail_running(injections->queue);
    HASH_ITER (hh, injections->states.all, state, next)
        forget(injections, state);
}

void injections_recheck(struct injections *injections)
{
    const struct injection_state *state;

    for (state = injections->states.all; state != NULL; state = state->hh.next)
        queue_recheck(injections->queue, state->key);
}

/* A standby has nothing to do: when it begins to lead, all Certificates are touched. */
static void work(const char *key, void *context)
{
    struct injections *injections = context;
    const struct object *certificate = store_find(&injections->world->store, KIND_CERTIFICATE, key);
    bool known = world_knows_certificates(injections->world);

    if (leader_leads(injections->leader) && known && certificate != NULL &&
        certificate->problem == NULL) {
        compare(injections, certificate);
    } else {
        if (leader_leads(injections->leader) && known && certificate == NULL)
            forget_gone(injections, key);
        queue_end(injections->queue, key, (struct retry){.when = RETRY_NEVER});
    }
    injections->changed(injections->context);
}

/* A name that waits is asked for again, even if nothing is due: the certpatcher counts its grace as
 * long as it is asked. */
static void compare(struct injections *injections, const struct object *certificate)
{
    struct injection_state *state = injection_states_of(&injections->states, certificate->key);
    struct injection_plan plan = plan_certificate(injections->world, certificate);

    log_ledger(state, certificate, plan.ledger_problem);
    if (!injection_is_due(&plan) && !state->waiting &&
        !plan_reissue(injections->world, certificate)) {
        remember(injections, certificate, NULL, NULL, plan.left_out.count);
        queue_end(injections->queue, certificate->key, (struct retry){.when = RETRY_NEVER});
    } else {
        remember(injections, certificate, state->contending_manager, state->denial,
                 plan.left_out.count);
        if (!request(injections, certificate, &plan))
            queue_end(injections->queue, certificate->key, (struct retry){.when = RETRY_BACK_OFF});
    }
    injection_plan_clear(&plan);
}

/* What is known of a Certificate that is gone does not matter any more. */
static void end_request(struct injections *injections, struct injection_state *state,
                        const struct inject_result_message *result)
{
    enum inject_outcome outcome = (enum inject_outcome)result->outcome;
    struct retry retry = retry_certificate(outcome, (unsigned)result->retry_seconds);
    char *key = memory_text(state->key);
    const struct object *certificate = store_find(&injections->world->store, KIND_CERTIFICATE, key);

    state->ticket = 0;
    if (certificate != NULL) {
        state->waiting = outcome == INJECT_WAITING;
        remember(injections, certificate, outcome == INJECT_CONTESTED ? result->detail : NULL,
                 outcome == INJECT_DENIED ? result->detail : NULL, state->left_out);
    } else {
        if (state->waiting || outcome == INJECT_WAITING)
            stop_waiting(injections, key);
        forget(injections, state);
    }
    queue_end(injections->queue, key, retry);
    free(key);
    injections->changed(injections->context);
}

static void log_ledger(struct injection_state *state, const struct object *certificate,
                       const char *problem)
{
    if (problem != NULL && !state->ledger_unreadable)
        cause_log_happened(&(struct cause_details){
            .level = LOG_WARNING,
            .text = "the Certificate's annotation " LEDGER_ANNOTATION
                    " cannot be read, so no injected name is withdrawn; remove the annotation",
            .who = {LOG_TEXT("namespace", certificate->message.certificate.namespace),
                    LOG_TEXT("name", certificate->message.certificate.name)},
            .why = {LOG_TEXT("reason", problem)},
        });
    state->ledger_unreadable = problem != NULL;
}

/* Returns whether there is a link to the certpatcher. */
static bool request(struct injections *injections, const struct object *certificate,
                    const struct injection_plan *plan)
{
    struct message message = message_of(MESSAGE_INJECT);
    struct text_list add = bounded(&plan->added), withdraw = bounded(&plan->removed);
    bool sent;

    message.inject.ticket = ++injections->tickets;
    message.inject.namespace = certificate->message.certificate.namespace;
    message.inject.certificate = certificate->message.certificate.name;
    message.inject.add = add;
    message.inject.withdraw = withdraw;
    message.inject.record = plan->ledger_changes || plan_reissue(injections->world, certificate);
    sent = worker_send(injections->worker, ROLE_CERTPATCHER, &message);
    if (sent)
        injection_states_of(&injections->states, certificate->key)->ticket = injections->tickets;
    text_list_clear(&add);
    text_list_clear(&withdraw);
    return sent;
}

/* As much of LIST as goes into one request; the rest follows when that is done. */
static struct text_list bounded(const struct text_list *list)
{
    struct text_list part = {0};

    TEXT_LIST_FOREACH (text, list) {
        if (part.size + strlen(text) + 1 <= LIST_BYTES)
            text_list_add(&part, text);
    }
    return part;
}

/* What is new is shown on the Pools, and as an Event on the Certificate. */
static void remember(struct injections *injections, const struct object *certificate,
                     const char *contending_manager, const char *denial, size_t left_out)
{
    struct injection_state *state = injection_states_of(&injections->states, certificate->key);
    bool is_contested =
        contending_manager != NULL && differ(state->contending_manager, contending_manager);
    bool is_denied = denial != NULL && differ(state->denial, denial);
    bool is_full = left_out > 0 && state->left_out == 0;
    bool differs = differ(state->contending_manager, contending_manager) ||
                   differ(state->denial, denial) || state->left_out != left_out;

    if (contending_manager != state->contending_manager)
        memory_replace(&state->contending_manager, contending_manager);
    if (denial != state->denial)
        memory_replace(&state->denial, denial);
    state->left_out = left_out;
    if (is_contested)
        record_event(injections, certificate, FINDING_CERTIFICATE_CONTESTED);
    if (is_denied)
        record_event(injections, certificate, FINDING_CERTIFICATE_DENIED);
    if (is_full)
        record_event(injections, certificate, FINDING_CERTIFICATE_FULL);
    if (differs)
        relations_touch_pools_of_certificate(&injections->world->store.relations, certificate->key);
    injection_states_settle(&injections->states, state);
}

/* Either may be NULL. */
static bool differ(const char *before, const char *now)
{
    return before == NULL || now == NULL ? before != now : strcmp(before, now) != 0;
}

static void record_event(struct injections *injections, const struct object *certificate,
                         enum finding_reason reason)
{
    struct findings findings = {0};

    injection_state_findings(injection_states_find(&injections->states, certificate->key),
                             &findings);
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.list[i].reason == reason && injections->events != NULL &&
            finding_has_event(reason, KIND_CERTIFICATE) &&
            object_message(certificate, MESSAGE_CERTIFICATE) != NULL)
            events_record(injections->events,
                          &(struct event_details){.kind = KIND_CERTIFICATE,
                                                  .object = message_head(&certificate->message),
                                                  .warning = finding_is_warning(reason),
                                                  .reason = finding_name(reason),
                                                  .note = finding_note(&findings.list[i])});
    }
    findings_clear(&findings);
}

static void forget(struct injections *injections, struct injection_state *state)
{
    state->ticket = 0;
    state->waiting = false;
    memory_replace(&state->contending_manager, NULL);
    memory_replace(&state->denial, NULL);
    state->left_out = 0;
    state->ledger_unreadable = false;
    relations_touch_pools_of_certificate(&injections->world->store.relations, state->key);
    injection_states_settle(&injections->states, state);
}

static void forget_gone(struct injections *injections, const char *key)
{
    struct injection_state *state = injection_states_find(&injections->states, key);

    if (state == NULL)
        return;
    if (state->waiting)
        stop_waiting(injections, key);
    forget(injections, state);
}

/* A request for nothing: the Certificate is gone, and the certpatcher need not count the grace of
 * its names any longer. Nobody waits for its result. */
static void stop_waiting(struct injections *injections, const char *key)
{
    struct message message = message_of(MESSAGE_INJECT);
    char *namespace = key_namespace(key), *name = memory_text(key_name(key));

    message.inject.ticket = ++injections->tickets;
    message.inject.namespace = namespace;
    message.inject.certificate = name;
    worker_send(injections->worker, ROLE_CERTPATCHER, &message);
    free(name);
    free(namespace);
}
