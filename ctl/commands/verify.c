/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl verify: whether agents are shown a certificate with the name they ask for. */
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "ctl/commands/command.h"
#include "ctl/verify/options.h"
#include "ctl/verify/report.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A call under way. */
struct verification {
    const struct verify_options *options;
    struct check_plan plan;
    struct endpoints places;     /* of --connect */
    struct json_object *reports; /* for -o json, else NULL */
    enum verdict worst;
    size_t count; /* checks made */
};

static int complain(char *problem, int status);
static char *prepare(const struct verify_options *, struct verification *);
static char *run(struct verification *);
static char *verify_one_pool(struct verification *);
static char *verify_all_pools(struct verification *);
static bool has_route(struct json_object *pool);
static void report(struct verification *, struct check);
static int conclude(struct verification *);

static const int exit_of[VERDICTS] = {
    [VERDICT_CARRIED] = CTL_FINE,     [VERDICT_UNCHECKED] = CTL_NO_ANSWER,
    [VERDICT_UNTRUSTED] = CTL_NOT_SO, [VERDICT_NOT_VALID] = CTL_NOT_SO,
    [VERDICT_MISSING] = CTL_NOT_SO,
};

int verify_run(int argc, char **argv, const struct ctl_globals *globals)
{
    struct verify_options options;
    struct verification verification;
    char *problem = verify_options_read(argc, argv, &options);
    int status;

    (void)globals; /* the daemon is not asked */
    if (problem != NULL)
        return ctl_usage(stderr, complain(problem, CTL_USAGE));
    if (options.help)
        return ctl_usage(stdout, CTL_FINE);
    log_open("tlsroutectl", LOG_ERROR, LOG_LOGFMT);
    signal(SIGPIPE, SIG_IGN); /* a peer that has gone is an error of write(2) */
    problem = prepare(&options, &verification);
    if (problem == NULL)
        problem = run(&verification);
    status = problem == NULL ? conclude(&verification) : complain(problem, CTL_NO_ANSWER);
    json_object_put(verification.reports);
    endpoints_clear(&verification.places);
    SSL_CTX_free(verification.plan.context);
    cluster_close(verification.plan.cluster);
    verify_options_clear(&options);
    return status;
}

/* Prints PROBLEM, which it frees, unless it is "". Returns STATUS. */
static int complain(char *problem, int status)
{
    if (problem[0] != '\0')
        fprintf(stderr, "tlsroutectl: %s\n", problem);
    free(problem);
    return status;
}

/* Like run(), returns NULL or what is wrong. */
static char *prepare(const struct verify_options *options, struct verification *verification)
{
    struct check_plan *plan = &verification->plan;
    const char *wrong;
    char *problem;

    *verification = (struct verification){
        .options = options,
        .plan = {.milliseconds = options->seconds * 1000},
        .reports = options->json ? json_object_new_array() : NULL,
    };
    if (options->connect != NULL) {
        wrong = endpoints_parse(&verification->places, options->connect);
        if (wrong != NULL)
            return memory_format("--connect \"%.300s\" %s", options->connect, wrong);
        plan->places = &verification->places;
    }
    plan->context = handshake_context(options->ca_file, &problem);
    if (plan->context == NULL)
        return problem;
    if (options->hostname != NULL)
        return NULL;
    return cluster_open(options->kubeconfig, options->context, options->seconds, &plan->cluster);
}

static char *run(struct verification *verification)
{
    const struct verify_options *options = verification->options;

    if (options->pool != NULL)
        return verify_one_pool(verification);
    if (options->hostname == NULL)
        return verify_all_pools(verification);
    report(verification, check_hostname(&verification->plan, options->hostname));
    return NULL;
}

static char *verify_one_pool(struct verification *verification)
{
    const char *namespace = verification->options->namespace, *name = verification->options->pool;
    char *problem;
    struct json_object *pool =
        cluster_get(verification->plan.cluster, KIND_POOL, namespace, name, &problem);

    if (pool == NULL)
        return problem != NULL
                   ? problem
                   : memory_format("there is no Pool %s in namespace %s", name, namespace);
    report(verification, check_pool(&verification->plan, namespace, name, pool));
    return NULL;
}

static char *verify_all_pools(struct verification *verification)
{
    char *problem;
    struct json_object *pools = cluster_get(verification->plan.cluster, KIND_POOL,
                                            verification->options->namespace, NULL, &problem);

    for (size_t i = 0; i < json_count(pools); i++) {
        struct json_object *pool = json_item(pools, i);

        if (has_route(pool))
            report(verification,
                   check_pool(&verification->plan, json_text_at(pool, "metadata.namespace"),
                              json_text_at(pool, "metadata.name"), pool));
    }
    if (problem == NULL && verification->count == 0)
        problem = memory_text("there is no Pool with a route");
    return problem;
}

static bool has_route(struct json_object *pool)
{
    return json_object_get_boolean(json_at(pool, "spec.route.enabled"));
}

/* CHECK is released. */
static void report(struct verification *verification, struct check check)
{
    if (verification->reports != NULL) {
        json_object_array_add(verification->reports, check_report_json(&check));
    } else {
        if (verification->count > 0)
            putchar('\n');
        check_report_text(stdout, &check);
        fflush(stdout); /* the next one may take its time */
    }
    if (check.verdict > verification->worst)
        verification->worst = check.verdict;
    verification->count++;
    check_clear(&check);
}

static int conclude(struct verification *verification)
{
    int status = exit_of[verification->worst];

    if (verification->reports != NULL) {
        struct json_object *object = json_object_new_object();

        json_object_object_add(object, "exitStatus", json_object_new_int(status));
        json_object_object_add(object, "checks", json_object_get(verification->reports));
        puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
                                                        JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(object);
    }
    return status;
}
