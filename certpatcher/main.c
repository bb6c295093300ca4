/* certpatcher: the only process that writes Certificates. What the reconciler asks for is a hint;
 * each job reads the objects by itself and decides again. */
#include "certpatcher/job.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
    COMPLAINTS_MOST = 1024,
    JOBS_AT_ONCE = 16,
    WAITING_MOST = 1024, /* the reconciler asks at most 256 things at a time */
};

/* A request that waits for its turn, or whose job is at work. */
struct request {
    struct certpatcher *certpatcher;
    struct message asked;
    struct job *job;
    struct request *next, *prev;
};

/* What the log has been told about a Certificate, so that it is told once. */
struct complaint {
    char *certificate; /* "namespace/name" */
    char *reason;
    UT_hash_handle hh;
};

struct certpatcher {
    struct worker *worker;
    struct request *waiting, *working;
    unsigned waiting_count, working_count;
    struct complaint *complaints;
    unsigned long long outcomes[INJECT_OUTCOMES];
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void unlinked(struct worker *, enum role peer);
static void on_inject(struct message *, void *context);
static void begin_jobs(struct certpatcher *);
static void on_ended(const struct inject_message *, enum inject_outcome, const char *reason,
                     void *context);
static void answer(struct certpatcher *, const struct inject_message *, enum inject_outcome,
                   const char *reason);
static void log_outcome(struct certpatcher *, const struct inject_message *, enum inject_outcome,
                        const char *reason);
static bool complain(struct certpatcher *, const char *certificate, const char *reason);
static void withdraw_complaint(struct certpatcher *, const char *certificate);
static bool is_dry_run(const struct certpatcher *);
static void drop_request(struct request *);
static void report(struct certpatcher *);

static channel_handler *const handlers[MESSAGE_TYPES] = {[MESSAGE_INJECT] = on_inject};

static const struct worker_role role = {
    .role = ROLE_CERTPATCHER,
    .handlers = handlers,
    .start = start,
    .linked = linked,
    .unlinked = unlinked,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static void start(struct worker *worker)
{
    struct certpatcher *certpatcher = memory_new(1, sizeof(*certpatcher));

    certpatcher->worker = worker;
    worker->state = certpatcher;
    report(certpatcher);
}

static void linked(struct worker *worker, enum role peer)
{
    (void)worker;
    (void)peer;
}

/* Nobody waits for the answers any more; a new reconciler asks again. */
static void unlinked(struct worker *worker, enum role peer)
{
    struct certpatcher *certpatcher = worker->state;
    struct request *request, *next;

    (void)peer;
    DL_FOREACH_SAFE (certpatcher->waiting, request, next) {
        DL_DELETE(certpatcher->waiting, request);
        drop_request(request);
    }
    DL_FOREACH_SAFE (certpatcher->working, request, next) {
        DL_DELETE(certpatcher->working, request);
        job_cancel(request->job);
        drop_request(request);
    }
    certpatcher->waiting_count = certpatcher->working_count = 0;
}

static void on_inject(struct message *message, void *context)
{
    struct certpatcher *certpatcher = ((const struct worker_link *)context)->worker->state;
    struct request *request;

    if (certpatcher->waiting_count >= WAITING_MOST) {
        answer(certpatcher, &message->inject, INJECT_FAILED, "too many requests at once");
        return;
    }
    request = memory_new(1, sizeof(*request));
    request->certpatcher = certpatcher;
    request->asked = *message;
    message->storage = NULL; /* taken over */
    DL_APPEND(certpatcher->waiting, request);
    certpatcher->waiting_count++;
    begin_jobs(certpatcher);
}

static void begin_jobs(struct certpatcher *certpatcher)
{
    while (certpatcher->waiting != NULL && certpatcher->working_count < JOBS_AT_ONCE) {
        struct request *request = certpatcher->waiting;

        DL_DELETE(certpatcher->waiting, request);
        certpatcher->waiting_count--;
        DL_APPEND(certpatcher->working, request);
        certpatcher->working_count++;
        request->job = job_begin(certpatcher->worker->api, &request->asked.inject,
                                 is_dry_run(certpatcher), on_ended, request);
    }
}

static void on_ended(const struct inject_message *asked, enum inject_outcome outcome,
                     const char *reason, void *context)
{
    struct request *request = context;
    struct certpatcher *certpatcher = request->certpatcher;

    log_outcome(certpatcher, asked, outcome, reason);
    answer(certpatcher, asked, outcome, reason);
    certpatcher->outcomes[outcome]++;
    DL_DELETE(certpatcher->working, request);
    certpatcher->working_count--;
    drop_request(request);
    begin_jobs(certpatcher);
    report(certpatcher);
}

static void answer(struct certpatcher *certpatcher, const struct inject_message *asked,
                   enum inject_outcome outcome, const char *reason)
{
    struct message message = message_of(MESSAGE_INJECT_DONE);
    char *bounded = memory_format("%.1000s", reason);

    message.inject_done.namespace = asked->namespace;
    message.inject_done.pool = asked->pool;
    message.inject_done.server = asked->server;
    message.inject_done.certificate = asked->certificate;
    message.inject_done.hostname = asked->hostname;
    message.inject_done.outcome = outcome;
    message.inject_done.message = bounded;
    worker_send(certpatcher->worker, ROLE_RECONCILER, &message);
    free(bounded);
}

static void log_outcome(struct certpatcher *certpatcher, const struct inject_message *asked,
                        enum inject_outcome outcome, const char *reason)
{
    static const struct {
        enum log_level level;
        const char *text;
    } lines[INJECT_OUTCOMES] = {
        [INJECT_ADDED] = {LOG_INFO, "name added to the Certificate"},
        [INJECT_PRESENT] = {LOG_DEBUG, "the Certificate has the name already"},
        [INJECT_REFUSED] = {LOG_WARNING, "request refused: the API's objects do not ask for it"},
        [INJECT_FAILED] = {LOG_WARNING, "cannot add the name to the Certificate; trying again"},
        [INJECT_NO_SERVER] = {LOG_DEBUG, "the name waits until the API server can be used"},
    };
    char *certificate = memory_format("%s/%s", asked->namespace, asked->certificate);
    const struct log_field fields[] = {
        LOG_TEXT("namespace", asked->namespace),
        LOG_TEXT("name", asked->certificate),
        LOG_TEXT("pool", asked->pool),
        LOG_TEXT("server", asked->server),
        LOG_TEXT("hostname", asked->hostname),
        LOG_TEXT("reason", reason[0] ? reason : NULL),
        {.name = NULL},
    };

    if (outcome == INJECT_ADDED || outcome == INJECT_PRESENT)
        withdraw_complaint(certpatcher, certificate);
    if (lines[outcome].level != LOG_WARNING || complain(certpatcher, certificate, reason))
        log_write(lines[outcome].level,
                  outcome == INJECT_ADDED && is_dry_run(certpatcher)
                      ? "would add the name to the Certificate"
                      : lines[outcome].text,
                  fields);
    free(certificate);
}

/* Whether this is news. */
static bool complain(struct certpatcher *certpatcher, const char *certificate, const char *reason)
{
    struct complaint *complaint;

    HASH_FIND_STR(certpatcher->complaints, certificate, complaint);
    if (complaint != NULL && strcmp(complaint->reason, reason) == 0)
        return false;
    if (complaint == NULL) {
        if (HASH_COUNT(certpatcher->complaints) >= COMPLAINTS_MOST)
            withdraw_complaint(certpatcher, certpatcher->complaints->certificate); /* the oldest */
        complaint = memory_new(1, sizeof(*complaint));
        complaint->certificate = memory_text(certificate);
        HASH_ADD_KEYPTR(hh, certpatcher->complaints, complaint->certificate,
                        strlen(complaint->certificate), complaint);
    }
    memory_replace(&complaint->reason, reason);
    return true;
}

static void withdraw_complaint(struct certpatcher *certpatcher, const char *certificate)
{
    struct complaint *complaint;

    HASH_FIND_STR(certpatcher->complaints, certificate, complaint);
    if (complaint == NULL)
        return;
    HASH_DEL(certpatcher->complaints, complaint);
    free(complaint->certificate);
    free(complaint->reason);
    free(complaint);
}

static bool is_dry_run(const struct certpatcher *certpatcher)
{
    return certpatcher->worker->settings.settings.dry_run;
}

static void drop_request(struct request *request)
{
    message_clear(&request->asked);
    free(request);
}

static void report(struct certpatcher *certpatcher)
{
    struct worker_state state = {
        .healthy = true,
        .idle = certpatcher->waiting_count + certpatcher->working_count == 0,
    };

    snprintf(state.summary, sizeof(state.summary),
             "%llu names added, %llu present, %llu requests refused, %llu failed; %u at work",
             certpatcher->outcomes[INJECT_ADDED], certpatcher->outcomes[INJECT_PRESENT],
             certpatcher->outcomes[INJECT_REFUSED],
             certpatcher->outcomes[INJECT_FAILED] + certpatcher->outcomes[INJECT_NO_SERVER],
             certpatcher->waiting_count + certpatcher->working_count);
    worker_report(certpatcher->worker, &state);
}
