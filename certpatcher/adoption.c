/* SPDX-License-Identifier: Apache-2.0 */
/* From then on tlsrouted withdraws what it has adopted, so this is the one way by which a name that
 * a person wrote can become tlsrouted's. It is apart from the requests of the reconciler, which
 * cannot ask for it, and as careful as they are: only what a Pool demands now, by what has just
 * been fetched.
 */
#include "certpatcher/adoption.h"

#include "certpatcher/patch.h"
#include "certpatcher/patch_send.h"
#include "certpatcher/request.h"
#include "common/base/memory.h"
#include "common/message/kind.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define NOT_LEADING                                                                                \
    "this tlsrouted does not lead: run this where the leader runs, or again in a moment"

enum {
    AT_ONCE_MAX = 16, /* requests */
    ATTEMPTS_MAX = 4
};

struct adoption {
    struct adoptions *adoptions;
    struct message message;  /* ADOPT */
    struct fetcher *fetcher; /* NULL before the first attempt */
    struct api_call *call;   /* under way, or NULL */
    struct certificate certificate;
    struct injection_plan plan;
    size_t refused;
    const char *refusal;
    unsigned attempts;
    struct adoption *next, *prev;
};

struct adoptions {
    const struct task_shared *shared;
    adoption_ended *ended;
    void *context;
    struct adoption *list;
    unsigned count;
};

static const char *why_not(const struct adoptions *, const struct adopt_message *);
static void end_with(const struct adoptions *, const struct adopt_message *, const char *problem);
static void attempt(struct adoption *);
static void on_fetched(void *context);
static void decide(struct adoption *);
static void plan(struct adoption *);
static void count_refusals(struct adoption *, const struct injection *);
static void refuse(struct adoption *, const char *refusal);
static void send_ledger(struct adoption *);
static void on_patched(const struct api_result *, void *context);
static bool is_overtaken(const struct api_result *);
static const char *problem_of(const struct adoption *, const struct api_result *);
static void end(struct adoption *, const char *problem);
static void drop(struct adoption *);
static void forget(struct adoption *);

struct adoptions *adoptions_new(const struct task_shared *shared, adoption_ended *ended,
                                void *context)
{
    struct adoptions *adoptions = memory_new(1, sizeof(*adoptions));

    adoptions->shared = shared;
    adoptions->ended = ended;
    adoptions->context = context;
    return adoptions;
}

void adoptions_add(struct adoptions *adoptions, struct message *message)
{
    const char *problem = why_not(adoptions, &message->adopt);
    struct adoption *adoption;

    if (problem != NULL) {
        end_with(adoptions, &message->adopt, problem);
        return;
    }
    adoption = memory_new(1, sizeof(*adoption));
    adoption->adoptions = adoptions;
    adoption->message = *message;
    message->storage = NULL; /* taken over */
    adoption->certificate = certificate_none();
    DL_APPEND(adoptions->list, adoption);
    adoptions->count++;
    attempt(adoption);
}

void adoptions_stand_down(struct adoptions *adoptions)
{
    while (adoptions->list != NULL)
        end(adoptions->list, NOT_LEADING);
}

static const char *why_not(const struct adoptions *adoptions, const struct adopt_message *request)
{
    const struct task_shared *shared = adoptions->shared;
    const char *refusal =
        request_refusal(request->namespace, request->certificate, shared->settings);

    if (refusal != NULL)
        return refusal;
    if (adoptions->count >= AT_ONCE_MAX)
        return "too many requests at once";
    return mandate_holds(shared->mandate) ? NULL : NOT_LEADING;
}

static void end_with(const struct adoptions *adoptions, const struct adopt_message *request,
                     const char *problem)
{
    static const struct text_list none = {0};
    const struct adoption_result result = {.problem = problem, .adopted = &none};

    adoptions->ended(request, &result, adoptions->context);
}

/* Fetches everything anew. */
static void attempt(struct adoption *adoption)
{
    const struct task_shared *shared = adoption->adoptions->shared;
    bool all_namespaces = shared->settings->namespaces.count == 0;

    forget(adoption);
    adoption->attempts++;
    adoption->fetcher = fetcher_new(shared->api, all_namespaces, on_fetched, adoption);
    fetcher_want(adoption->fetcher, adoption->message.adopt.namespace,
                 adoption->message.adopt.certificate);
    fetcher_begin(adoption->fetcher);
}

static void on_fetched(void *context)
{
    struct adoption *adoption = context;
    const struct adopt_message *request = &adoption->message.adopt;
    const struct api_result failure = fetcher_failure(adoption->fetcher, request->namespace);

    if (failure.error != API_OK)
        end(adoption, failure.message);
    else if (!fetcher_take(adoption->fetcher, request->namespace, request->certificate,
                           &adoption->certificate))
        end(adoption, "there is no such Certificate");
    else if (adoption->certificate.problem != NULL)
        end(adoption, adoption->certificate.problem);
    else if (!mandate_holds(adoption->adoptions->shared->mandate))
        end(adoption, NOT_LEADING);
    else
        decide(adoption);
}

static void decide(struct adoption *adoption)
{
    plan(adoption);
    if (adoption->plan.adopted.count > 0)
        send_ledger(adoption);
    else
        end(adoption, NULL);
}

/* No name comes or goes. */
static void plan(struct adoption *adoption)
{
    static const struct text_list none = {0};
    struct injection_demands demands = {0};
    const struct injection_inputs inputs = {
        .certificate = &adoption->certificate.message.certificate,
        .demands = &demands,
        .add = &none,
        .withdraw = &none,
        .adopt = &adoption->message.adopt.names,
    };
    struct injection injection = injection_begin(&inputs);

    fetcher_gather(adoption->fetcher, inputs.certificate, &demands);
    adoption->plan = injection_plan(&injection);
    count_refusals(adoption, &injection);
    injection_end(&injection);
    injection_demands_clear(&demands);
}

static void count_refusals(struct adoption *adoption, const struct injection *injection)
{
    const struct ledger *ledger = &injection->inputs->demands->ledger;
    struct text_set adopted = text_set_of(&adoption->plan.adopted);

    TEXT_LIST_FOREACH (name, &adoption->message.adopt.names) {
        const char *refusal = injection_refuses_adoption(injection, name);

        if (refusal != NULL)
            refuse(adoption, refusal);
        else if (ledger_find(ledger, name) == NULL && text_set_find(&adopted, name) == NULL)
            refuse(adoption, "the ledger is full");
    }
    text_set_clear(&adopted);
}

static void refuse(struct adoption *adoption, const char *refusal)
{
    if (adoption->refused++ == 0)
        adoption->refusal = refusal;
}

static void send_ledger(struct adoption *adoption)
{
    const struct task_shared *shared = adoption->adoptions->shared;
    const struct adopt_message *request = &adoption->message.adopt;
    char *path = kind_path(KIND_CERTIFICATE, NULL, request->namespace, request->certificate);

    adoption->call =
        patch_send(shared->api, path, patch_names(&adoption->certificate, &adoption->plan, false),
                   shared->settings->dry_run, on_patched, adoption);
    free(path);
}

static void on_patched(const struct api_result *result, void *context)
{
    struct adoption *adoption = context;

    adoption->call = NULL;
    if (result->error == API_OK)
        end(adoption, problem_of(adoption, result));
    else if (is_overtaken(result) && adoption->attempts < ATTEMPTS_MAX)
        attempt(adoption);
    else
        end(adoption, result->message);
}

/* A failed test comes as 422, a lost race inside the API server as 409. */
static bool is_overtaken(const struct api_result *result)
{
    return result->error == API_CONFLICT ||
           (result->error == API_INVALID && !api_is_content_refused(result));
}

/* Whatever answers 200: only what the Certificate now says has been written. */
static const char *problem_of(const struct adoption *adoption, const struct api_result *result)
{
    struct certificate now;
    bool is_done;

    certificate_read(result->text, result->size, &now);
    is_done =
        now.problem == NULL && strcmp(now.message.certificate.ledger, adoption->plan.ledger) == 0;
    certificate_clear(&now);
    return is_done ? NULL
                   : "the ledger was not written as it was sent: look for a mutating admission "
                     "webhook that changes annotations";
}

static void end(struct adoption *adoption, const char *problem)
{
    const struct adoptions *adoptions = adoption->adoptions;
    const struct adoption_result result = {.adopted = &adoption->plan.adopted,
                                           .refused = adoption->refused,
                                           .refusal = adoption->refusal};

    if (problem != NULL)
        end_with(adoptions, &adoption->message.adopt, problem);
    else
        adoptions->ended(&adoption->message.adopt, &result, adoptions->context);
    drop(adoption);
}

static void drop(struct adoption *adoption)
{
    struct adoptions *adoptions = adoption->adoptions;

    DL_DELETE(adoptions->list, adoption);
    adoptions->count--;
    if (adoption->call != NULL)
        api_cancel(adoption->call);
    forget(adoption);
    message_clear(&adoption->message);
    free(adoption);
}

/* What the last attempt has found out. */
static void forget(struct adoption *adoption)
{
    if (adoption->fetcher != NULL)
        fetcher_free(adoption->fetcher);
    adoption->fetcher = NULL;
    certificate_clear(&adoption->certificate);
    injection_plan_clear(&adoption->plan);
    adoption->refused = 0;
    adoption->refusal = NULL;
}
