/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl verify: whether agents are served a certificate with the hostname that they use.
 * Reads the cluster itself, as the user, so that it also helps where tlsrouted does not run. */
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/verify_arguments.h"
#include "ctl/output/error.h"
#include "ctl/output/output.h"
#include "ctl/verify/report.h"

#include <signal.h>
#include <stdlib.h>

/* One run of the command. */
struct run {
    const struct arguments *arguments;
    struct verify_arguments verify;
    struct verification_plan plan;
    struct endpoints endpoints;  /* of --connect */
    struct json_object *reports; /* with -o json, otherwise NULL */
    enum verdict worst;
    size_t count; /* verifications */
};

static int fail(char *problem, int status);
static char *prepare(struct run *);
static char *verify(struct run *);
static char *verify_one_pool(struct run *);
static char *verify_all_pools(struct run *);
static bool has_route(struct json_object *pool);
static void report(struct run *, struct verification);
static int conclude(const struct run *);
static void clear(struct run *);

static const int exits[VERDICTS] = {
    [VERDICT_CARRIED] = COMMAND_OK,       [VERDICT_UNCHECKED] = COMMAND_NO_RESULT,
    [VERDICT_UNTRUSTED] = COMMAND_NOT_OK, [VERDICT_NOT_VALID] = COMMAND_NOT_OK,
    [VERDICT_MISSING] = COMMAND_NOT_OK,   [VERDICT_STRANGER] = COMMAND_NOT_OK,
};

int verify_run(const struct arguments *arguments)
{
    struct run run = {.arguments = arguments};
    char *problem = verify_arguments_read(arguments, &run.verify);
    int status;

    if (problem != NULL)
        return fail(problem, COMMAND_USAGE);
    log_open("tlsroutectl", LOG_ERROR, LOG_LOGFMT);
    signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of write(2) */
    problem = prepare(&run);
    if (problem == NULL)
        problem = verify(&run);
    status = problem == NULL ? conclude(&run) : fail(problem, COMMAND_NO_RESULT);
    clear(&run);
    return status;
}

/* Releases PROBLEM. */
static int fail(char *problem, int status)
{
    error_print("%s", problem);
    free(problem);
    return status;
}

/* Returns NULL or, like verify(), what is wrong. */
static char *prepare(struct run *run)
{
    const char *const *options = run->arguments->options;
    struct verification_plan *plan = &run->plan;
    const char *wrong;
    char *problem;

    plan->milliseconds = run->verify.seconds * 1000;
    if (run->arguments->format == FORMAT_JSON)
        run->reports = json_object_new_array();
    if (options[OPTION_CONNECT] != NULL) {
        wrong = endpoints_parse(&run->endpoints, options[OPTION_CONNECT]);
        if (wrong != NULL)
            return memory_format("--connect %.300s: %s", options[OPTION_CONNECT], wrong);
        plan->endpoints = &run->endpoints;
    }
    plan->context = handshake_context(options[OPTION_CA], &problem);
    if (plan->context == NULL)
        return problem;
    if (run->verify.hostname != NULL)
        return NULL;
    return cluster_open(options[OPTION_KUBECONFIG], options[OPTION_CONTEXT], run->verify.seconds,
                        &plan->cluster);
}

static char *verify(struct run *run)
{
    if (run->verify.pool != NULL)
        return verify_one_pool(run);
    if (run->verify.hostname == NULL)
        return verify_all_pools(run);
    report(run, verification_of_hostname(&run->plan, run->verify.hostname));
    return NULL;
}

static char *verify_one_pool(struct run *run)
{
    const char *namespace = run->verify.namespace, *name = run->verify.pool;
    char *problem;
    struct json_object *pool = cluster_get(run->plan.cluster, KIND_POOL, namespace, name, &problem);

    if (pool == NULL)
        return problem != NULL ? problem
                               : memory_format("Pool %s/%s does not exist", namespace, name);
    report(run, verification_of_pool(&run->plan, namespace, name, pool));
    return NULL;
}

static char *verify_all_pools(struct run *run)
{
    char *problem;
    struct json_object *pools =
        cluster_get(run->plan.cluster, KIND_POOL, run->verify.namespace, NULL, &problem);

    for (size_t i = 0; i < json_count(pools); i++) {
        struct json_object *pool = json_item(pools, i);

        if (has_route(pool))
            report(run, verification_of_pool(&run->plan, json_text_at(pool, "metadata.namespace"),
                                             json_text_at(pool, "metadata.name"), pool));
    }
    if (problem == NULL && run->count == 0)
        problem = memory_text("no Pool has a route");
    return problem;
}

static bool has_route(struct json_object *pool)
{
    return json_object_get_boolean(json_at(pool, "spec.route.enabled"));
}

/* Releases VERIFICATION. */
static void report(struct run *run, struct verification verification)
{
    if (run->reports != NULL) {
        json_object_array_add(run->reports, report_json(&verification));
    } else {
        if (run->count > 0)
            output_print(stdout, "\n");
        report_print(stdout, &verification);
        fflush(stdout); /* the next one may take its time */
    }
    if (verification.verdict > run->worst)
        run->worst = verification.verdict;
    run->count++;
    verification_clear(&verification);
}

static int conclude(const struct run *run)
{
    int status = exits[run->worst];

    if (run->reports != NULL) {
        struct json_object *object = json_object_new_object();

        json_object_object_add(object, "exitStatus", json_object_new_int(status));
        json_object_object_add(object, "checks", json_object_get(run->reports));
        format_json(stdout, object);
        json_object_put(object);
    }
    return status;
}

static void clear(struct run *run)
{
    json_object_put(run->reports);
    endpoints_clear(&run->endpoints);
    SSL_CTX_free(run->plan.context);
    cluster_close(run->plan.cluster);
    verify_arguments_clear(&run->verify);
}
