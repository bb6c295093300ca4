/* SPDX-License-Identifier: Apache-2.0 */
/* The work on one Certificate: look what the Pools and Servers around it say, and ask the
 * certpatcher for what has to change. What it finds out is shown on those Pools. */
#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/objects/injection.h"
#include "common/objects/key.h"
#include "reconciler/reconciler.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_BYTES = MESSAGE_BOUND(inject, add)
};

/* What is known of a Certificate beside the object itself, from the last answer or look. */
struct injection_note {
    char *key;       /* "namespace/name" */
    bool waiting;    /* the certpatcher counts the time of a name that may go */
    char *contender; /* who removes our names again and again, or NULL */
    size_t left_out; /* needed names that there is no room for */
    bool ledger_bad; /* it cannot be understood, and the log has said so */
    UT_hash_handle hh;
};

/* What is looked up for one Certificate. */
struct lookup_context {
    const struct store *store;
    struct object *const *servers; /* that use it */
    size_t count;
};

static void look_at(struct reconciler *, const struct object *certificate);
static void gather(const struct reconciler *, const struct object *certificate,
                   struct injection_demands *);
static const struct server_message *lookup_server(void *context, size_t index);
static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **);
static void note_ledger(struct injection_note *, const struct object *certificate, bool bad);
static bool ask(struct reconciler *, const struct certificate_message *,
                const struct injection_plan *);
static bool is_waiting(const struct reconciler *, const char *key);
static void stop_waiting(struct reconciler *, const char *key);
static struct text_list bounded(const struct text_list *);
static struct injection_note *note_of(struct reconciler *, const char *key);
static void drop_if_empty(struct reconciler *, struct injection_note *);
static void set_note(struct reconciler *, const struct object *certificate, const char *contender,
                     size_t left_out);
static char *contested_text(const char *key, const char *contender);
static char *full_text(const char *key, size_t left_out);
static void tell(struct reconciler *, const struct object *certificate, enum finding_reason,
                 char *text);
static void touch_pools(struct reconciler *, const char *key);

void injections_work(const char *key, void *context)
{
    struct reconciler *reconciler = context;
    const struct object *certificate = store_find(&reconciler->store, KIND_CERTIFICATE, key);
    bool complete = reconciler_complete(reconciler, KIND_POOL) &&
                    reconciler_complete(reconciler, KIND_SERVER) &&
                    reconciler_complete(reconciler, KIND_CERTIFICATE);

    if (certificate == NULL && complete) {
        if (is_waiting(reconciler, key))
            stop_waiting(reconciler, key);
        injections_forget(reconciler, key);
    }
    if (certificate == NULL || certificate->problem != NULL || !complete)
        queue_done(reconciler->certificates, key);
    else
        look_at(reconciler, certificate);
    reconciler_report_soon(reconciler);
}

void injections_result(struct reconciler *reconciler, const struct inject_result_message *done)
{
    char *key = key_of(done->namespace, done->certificate);
    const struct object *certificate = store_find(&reconciler->store, KIND_CERTIFICATE, key);
    unsigned milliseconds = (unsigned)done->retry_seconds * 1000;

    if (certificate != NULL) {
        struct injection_note *note = note_of(reconciler, key);

        note->waiting = done->outcome == INJECT_WAITING;
        set_note(reconciler, certificate, done->outcome == INJECT_CONTESTED ? done->manager : NULL,
                 note->left_out);
    } else if (done->outcome == INJECT_WAITING) {
        stop_waiting(reconciler, key);
    }
    if (done->outcome == INJECT_FAILED || done->outcome == INJECT_API_UNAVAILABLE)
        queue_failed(reconciler->certificates, key);
    else if (milliseconds > 0)
        queue_later(reconciler->certificates, key, milliseconds);
    else
        queue_done(reconciler->certificates, key);
    free(key);
    reconciler_report_soon(reconciler);
}

void injections_findings(const struct reconciler *reconciler, const struct object *pool,
                         struct findings *findings)
{
    size_t count;
    struct object *const *servers = store_servers_of_pool(&reconciler->store, pool->key, &count);

    if (pool->message.type != MESSAGE_POOL || !pool->message.pool.route_enabled ||
        !pool->message.pool.inject || pool->message.pool.deleting)
        return;
    for (size_t i = 0; i < count && reconciler->injection_notes != NULL; i++) {
        const struct server_message *server = &servers[i]->message.server;
        char *key = key_of(server->namespace, server->certificate);
        const struct injection_note *note;
        struct finding contested = {FINDING_CERTIFICATE_CONTESTED, NULL};
        struct finding full = {FINDING_CERTIFICATE_FULL, NULL};

        HASH_FIND_STR(reconciler->injection_notes, key, note);
        if (note != NULL && note->contender != NULL)
            contested.text = contested_text(key, note->contender);
        if (note != NULL && note->left_out > 0)
            full.text = full_text(key, note->left_out);
        if (contested.text != NULL && !findings_has(findings, &contested))
            findings_add(findings, contested.reason, memory_text(contested.text));
        if (full.text != NULL && !findings_has(findings, &full))
            findings_add(findings, full.reason, memory_text(full.text));
        free(contested.text);
        free(full.text);
        free(key);
    }
}

void injections_count(const struct reconciler *reconciler, uint64_t *counts)
{
    const struct injection_note *note;

    counts[METRIC_CERTIFICATE_RIGHT] = store_count(&reconciler->store, KIND_CERTIFICATE);
    for (note = reconciler->injection_notes; note != NULL; note = note->hh.next) {
        if (note->contender != NULL)
            counts[METRIC_CERTIFICATE_CONTESTED]++;
        else if (note->left_out > 0)
            counts[METRIC_CERTIFICATE_FULL]++;
        else if (note->waiting)
            counts[METRIC_CERTIFICATE_WITHDRAWING]++;
        else
            continue;
        if (counts[METRIC_CERTIFICATE_RIGHT] > 0)
            counts[METRIC_CERTIFICATE_RIGHT]--;
    }
}

void injections_recheck(struct reconciler *reconciler)
{
    const struct injection_note *note;

    for (note = reconciler->injection_notes; note != NULL; note = note->hh.next)
        queue_add(reconciler->certificates, note->key);
}

void injections_forget(struct reconciler *reconciler, const char *key)
{
    struct injection_note *note, *next;

    HASH_ITER (hh, reconciler->injection_notes, note, next) {
        if (key != NULL && strcmp(note->key, key) != 0)
            continue;
        note->waiting = false;
        memory_replace(&note->contender, NULL);
        note->left_out = 0;
        note->ledger_bad = false;
        touch_pools(reconciler, note->key);
        drop_if_empty(reconciler, note);
    }
}

struct injections_state injections_state(const struct reconciler *reconciler, const char *key)
{
    const struct injection_note *note;

    HASH_FIND_STR(reconciler->injection_notes, key, note);
    return note != NULL ? (struct injections_state){note->waiting, note->contender}
                        : (struct injections_state){0};
}

/* The plan is that of somebody who withdraws at once: how long a name has not been needed is for
 * the certpatcher to say. */
struct injection_plan injections_plan(const struct reconciler *reconciler,
                                      const struct object *certificate)
{
    const struct settings_message *settings = reconciler_settings(reconciler);
    struct injection_demands demands = {0};
    const struct injection_inputs inputs = {
        .certificate = &certificate->message.certificate,
        .demands = &demands,
        .never = settings->withdraw == WITHDRAW_NEVER,
        .max_names = (unsigned)settings->max_names,
    };
    struct injection_plan plan;

    gather(reconciler, certificate, &demands);
    plan = injection_plan(&inputs);
    injection_demands_clear(&demands);
    return plan;
}

static void look_at(struct reconciler *reconciler, const struct object *certificate)
{
    struct injection_note *note = note_of(reconciler, certificate->key);
    struct injection_plan plan = injections_plan(reconciler, certificate);

    note_ledger(note, certificate, plan.ledger_bad);
    if (!injection_is_due(&plan) && !note->waiting) {
        set_note(reconciler, certificate, NULL, plan.left_out.count);
        queue_done(reconciler->certificates, certificate->key);
    } else {
        set_note(reconciler, certificate, note->contender, plan.left_out.count);
        if (!ask(reconciler, &certificate->message.certificate, &plan))
            queue_failed(reconciler->certificates, certificate->key);
    }
    injection_plan_clear(&plan);
}

static void gather(const struct reconciler *reconciler, const struct object *certificate,
                   struct injection_demands *demands)
{
    struct lookup_context context = {.store = &reconciler->store};
    struct injection_lookup lookup = {
        .server = lookup_server, .pool = lookup_pool, .context = &context};

    context.servers =
        store_servers_of_certificate(&reconciler->store, certificate->key, &context.count);
    for (size_t i = 0; i < context.count; i++)
        lookup.unreadable_server |= context.servers[i]->problem != NULL;
    injection_gather(&certificate->message.certificate, &lookup, demands);
}

/* One that cannot be understood any more is as it last was. */
static const struct server_message *lookup_server(void *context, size_t index)
{
    const struct lookup_context *known = context;

    return index < known->count ? &known->servers[index]->message.server : NULL;
}

static enum pool_lookup lookup_pool(void *context, const char *namespace, const char *name,
                                    const struct pool_message **pool)
{
    const struct lookup_context *known = context;
    char *key = key_of(namespace, name);
    const struct object *object = store_find(known->store, KIND_POOL, key);

    free(key);
    if (object == NULL)
        return POOL_ABSENT;
    if (object->problem != NULL)
        return POOL_UNREADABLE;
    if (object->message.type != MESSAGE_POOL)
        return POOL_ABSENT;
    *pool = &object->message.pool;
    return POOL_FOUND;
}

static void note_ledger(struct injection_note *note, const struct object *certificate, bool bad)
{
    if (bad && !note->ledger_bad)
        log_warning("what the Certificate's annotation " LEDGER_ANNOTATION
                    " says of injected names cannot be understood, so none of them is withdrawn; "
                    "remove the annotation",
                    LOG_TEXT("namespace", certificate->message.certificate.namespace),
                    LOG_TEXT("name", certificate->message.certificate.name));
    note->ledger_bad = bad;
}

static bool ask(struct reconciler *reconciler, const struct certificate_message *certificate,
                const struct injection_plan *plan)
{
    struct message message = message_of(MESSAGE_INJECT);
    struct text_list add = bounded(&plan->added), withdraw = bounded(&plan->removed);
    bool sent;

    message.inject.namespace = certificate->namespace;
    message.inject.certificate = certificate->name;
    message.inject.add = add;
    message.inject.withdraw = withdraw;
    message.inject.record = plan->ledger_changes;
    sent = worker_send(reconciler->worker, ROLE_CERTPATCHER, &message);
    text_list_clear(&add);
    text_list_clear(&withdraw);
    return sent;
}

static bool is_waiting(const struct reconciler *reconciler, const char *key)
{
    const struct injection_note *note;

    HASH_FIND_STR(reconciler->injection_notes, key, note);
    return note != NULL && note->waiting;
}

/* A request that asks for nothing: the Certificate is gone, and the certpatcher need not count the
 * time of its names. */
static void stop_waiting(struct reconciler *reconciler, const char *key)
{
    struct message message = message_of(MESSAGE_INJECT);
    char *namespace = key_namespace(key), *name = memory_text(key_name(key));

    message.inject.namespace = namespace;
    message.inject.certificate = name;
    worker_send(reconciler->worker, ROLE_CERTPATCHER, &message);
    free(name);
    free(namespace);
}

/* As much of LIST as goes into one request; the rest is asked for when that is done. */
static struct text_list bounded(const struct text_list *list)
{
    struct text_list part = {0};

    TEXT_LIST_FOREACH (text, list) {
        if (part.size + strlen(text) + 1 <= LIST_BYTES)
            text_list_add(&part, text);
    }
    return part;
}

static struct injection_note *note_of(struct reconciler *reconciler, const char *key)
{
    struct injection_note *note;

    HASH_FIND_STR(reconciler->injection_notes, key, note);
    if (note == NULL) {
        note = memory_new(1, sizeof(*note));
        note->key = memory_text(key);
        HASH_ADD_KEYPTR(hh, reconciler->injection_notes, note->key, strlen(note->key), note);
    }
    return note;
}

static void drop_if_empty(struct reconciler *reconciler, struct injection_note *note)
{
    if (note->waiting || note->contender != NULL || note->left_out > 0 || note->ledger_bad)
        return;
    HASH_DEL(reconciler->injection_notes, note);
    free(note->key);
    free(note);
}

/* What is news is told: to the Pools, and as an Event on the Certificate. */
static void set_note(struct reconciler *reconciler, const struct object *certificate,
                     const char *contender, size_t left_out)
{
    struct injection_note *note = note_of(reconciler, certificate->key);
    bool contended =
        contender != NULL && (note->contender == NULL || strcmp(note->contender, contender) != 0);
    bool filled = left_out > 0 && note->left_out == 0;
    bool differs =
        contended || note->left_out != left_out || (contender == NULL && note->contender != NULL);

    if (contender != note->contender)
        memory_replace(&note->contender, contender);
    note->left_out = left_out;
    if (contended)
        tell(reconciler, certificate, FINDING_CERTIFICATE_CONTESTED,
             contested_text(certificate->key, contender));
    if (filled)
        tell(reconciler, certificate, FINDING_CERTIFICATE_FULL,
             full_text(certificate->key, left_out));
    if (differs)
        touch_pools(reconciler, certificate->key);
    drop_if_empty(reconciler, note);
}

static char *contested_text(const char *key, const char *contender)
{
    return memory_format("%s keeps removing the names that are injected into Certificate %s; they "
                         "are not put back for an hour, or until its Pools, Servers or other names "
                         "change; let it keep spec.dnsAltNames as it is, or list them itself",
                         contender[0] != '\0' ? contender : "somebody", key_name(key));
}

static char *full_text(const char *key, size_t left_out)
{
    return memory_format("Certificate %s has no room for %zu of the names that it needs "
                         "(certificates.maxNames); give some Servers another Certificate, or "
                         "raise the limit",
                         key_name(key), left_out);
}

/* TEXT is freed. */
static void tell(struct reconciler *reconciler, const struct object *certificate,
                 enum finding_reason reason, char *text)
{
    if (reconciler->events != NULL && certificate->message.type == MESSAGE_CERTIFICATE)
        events_record_on(reconciler->events, KIND_CERTIFICATE,
                         &certificate->message.certificate.head, true, finding_name(reason), text);
    free(text);
}

/* Those whose Servers use the Certificate KEY. */
static void touch_pools(struct reconciler *reconciler, const char *key)
{
    size_t count;
    struct object *const *servers = store_servers_of_certificate(&reconciler->store, key, &count);

    for (size_t i = 0; i < count; i++) {
        TEXT_LIST_FOREACH (name, &servers[i]->message.server.pools) {
            char *pool = key_of(servers[i]->message.server.namespace, name);

            queue_add(reconciler->pools, pool);
            free(pool);
        }
    }
}
