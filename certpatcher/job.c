#include "certpatcher/job.h"

#include "certpatcher/patch.h"
#include "common/injection.h"
#include "common/json_patch.h"
#include "common/kind.h"
#include "common/memory.h"
#include "common/object.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOKS_MOST = 5
};

/* One of the three objects that a job reads. */
struct reading {
    struct job *job;
    enum kind kind;
    struct api_call *call; /* under way, or NULL */
    struct json_object *object;
    struct message message;
};

enum {
    POOL,
    SERVER,
    CERTIFICATE,
    READINGS
};

static const enum kind kinds[READINGS] = {KIND_POOL, KIND_SERVER, KIND_CERTIFICATE};

struct job {
    struct api *api;
    struct message asked; /* of type INJECT */
    bool dry_run;
    job_ended *ended;
    void *context;
    struct reading readings[READINGS];
    unsigned missing; /* readings that have not come yet */
    struct api_call *patch;
    unsigned looks;
};

static void look(struct job *);
static void read_one(struct reading *, const char *name);
static void on_read(const struct api_result *, void *context);
static void decide(struct job *);
static void send_patch(struct job *);
static void on_patched(const struct api_result *, void *context);
static void forget(struct job *);
static void end(struct job *, enum inject_outcome, const char *reason);
static void end_with_error(struct job *, const char *what, const struct api_result *);

struct job *job_begin(struct api *api, const struct inject_message *asked, bool dry_run,
                      job_ended *ended, void *context)
{
    struct message message = message_of(MESSAGE_INJECT);
    struct job *job = memory_new(1, sizeof(*job));

    message.inject = *asked;
    job->api = api;
    job->asked = message_copy(&message);
    job->dry_run = dry_run;
    job->ended = ended;
    job->context = context;
    look(job);
    return job;
}

void job_cancel(struct job *job)
{
    forget(job);
    if (job->patch != NULL)
        api_cancel(job->patch);
    message_clear(&job->asked);
    free(job);
}

static void look(struct job *job)
{
    const struct inject_message *asked = &job->asked.inject;
    const char *const names[READINGS] = {asked->pool, asked->server, asked->certificate};

    forget(job);
    job->looks++;
    job->missing = READINGS;
    for (unsigned i = 0; i < READINGS; i++) {
        job->readings[i] =
            (struct reading){.job = job, .kind = kinds[i], .message = message_of(MESSAGE_NONE)};
        read_one(&job->readings[i], names[i]);
    }
}

static void read_one(struct reading *reading, const char *name)
{
    struct job *job = reading->job;
    char *path = kind_path(reading->kind, NULL, job->asked.inject.namespace, name);
    const struct api_request request = {
        .method = "GET", .path = path, .on_done = on_read, .context = reading};

    reading->call = api_send(job->api, &request);
    free(path);
}

static void on_read(const struct api_result *result, void *context)
{
    struct reading *reading = context;
    struct job *job = reading->job;
    const char *kind = kind_names(reading->kind)->name;
    char *problem;

    reading->call = NULL;
    if (result->error != API_OK) {
        end_with_error(job, kind, result);
        return;
    }
    reading->object = json_object_get(result->body);
    problem = object_decode(reading->kind, reading->object, &reading->message);
    if (problem != NULL) {
        char *reason = memory_format("the %s cannot be understood: %s", kind, problem);

        free(problem);
        end(job, INJECT_REFUSED, reason);
        free(reason);
    } else if (--job->missing == 0) {
        decide(job);
    }
}

static void decide(struct job *job)
{
    const struct pool_message *pool = &job->readings[POOL].message.pool;
    const struct server_message *server = &job->readings[SERVER].message.server;
    const struct certificate_message *certificate = &job->readings[CERTIFICATE].message.certificate;
    const char *refusal = injection_refusal(pool, server, certificate);

    if (refusal == NULL && strcmp(pool->hostname, job->asked.inject.hostname) != 0)
        refusal = "the Pool's hostname is another one";
    if (refusal != NULL)
        end(job, INJECT_REFUSED, refusal);
    else if (injection_present(pool, certificate))
        end(job, INJECT_PRESENT, "");
    else
        send_patch(job);
}

static void send_patch(struct job *job)
{
    const struct inject_message *asked = &job->asked.inject;
    char *path = kind_path(KIND_CERTIFICATE, NULL, asked->namespace, asked->certificate);
    char *managed = memory_format("%s?fieldManager=" FIELD_MANAGER "%s", path,
                                  job->dry_run ? "&dryRun=All" : "");
    struct json_object *body = patch_add_name(job->readings[CERTIFICATE].object, asked->hostname);
    const struct api_request request = {.method = "PATCH",
                                        .path = managed,
                                        .content_type = JSON_PATCH_TYPE,
                                        .body = body,
                                        .on_done = on_patched,
                                        .context = job};

    job->patch = api_send(job->api, &request);
    json_object_put(body);
    free(managed);
    free(path);
}

/* A failed test comes as 422, a lost race inside the API server as 409. */
static void on_patched(const struct api_result *result, void *context)
{
    struct job *job = context;

    job->patch = NULL;
    if (result->error == API_OK)
        end(job, INJECT_ADDED, "");
    else if ((result->error == API_CONFLICT || result->error == API_INVALID) &&
             job->looks < LOOKS_MOST)
        look(job);
    else
        end_with_error(job, "Certificate", result);
}

static void forget(struct job *job)
{
    for (unsigned i = 0; i < READINGS; i++) {
        struct reading *reading = &job->readings[i];

        if (reading->call != NULL)
            api_cancel(reading->call);
        if (reading->object == NULL)
            continue;
        message_clear(&reading->message);
        json_object_put(reading->object);
        reading->object = NULL;
    }
}

static void end(struct job *job, enum inject_outcome outcome, const char *reason)
{
    char *copy = memory_text(reason);

    job->ended(&job->asked.inject, outcome, copy, job->context);
    free(copy);
    job_cancel(job);
}

static void end_with_error(struct job *job, const char *what, const struct api_result *result)
{
    char *reason = memory_format("%s: %s", what, result->message);
    enum inject_outcome outcome = INJECT_FAILED;

    if (result->error == API_NOT_FOUND)
        outcome = INJECT_REFUSED;
    else if (api_error_is_global(result->error))
        outcome = INJECT_NO_SERVER;
    end(job, outcome, reason);
    free(reason);
}
