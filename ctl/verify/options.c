/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/options.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct option options_table[] = {
    {"connect", required_argument, NULL, 'c'},
    {"hostname", required_argument, NULL, 'H'},
    {"kubeconfig", required_argument, NULL, 'k'},
    {"context", required_argument, NULL, 'x'},
    {"namespace", required_argument, NULL, 'n'},
    {"ca", required_argument, NULL, 'a'},
    {"timeout", required_argument, NULL, 't'},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static char *take(struct verify_options *, int option, char *value);
static char *take_seconds(struct verify_options *, const char *value);
static char *take_format(struct verify_options *, const char *value);
static char *take_pool(struct verify_options *, const char *pool);
static char *check(const struct verify_options *);

char *verify_options_read(int argc, char **argv, struct verify_options *options)
{
    char *problem = NULL;

    *options = (struct verify_options){.seconds = VERIFY_SECONDS};
    for (int option; problem == NULL && !options->help &&
                     (option = getopt_long(argc, argv, "n:o:h", options_table, NULL)) != -1;)
        problem = take(options, option, optarg);
    if (problem == NULL && !options->help && optind < argc)
        problem = optind + 1 == argc ? take_pool(options, argv[optind])
                                     : memory_text("one NS/POOL at most can be named");
    if (problem == NULL && !options->help)
        problem = check(options);
    if (problem != NULL)
        verify_options_clear(options);
    return problem;
}

void verify_options_clear(struct verify_options *options)
{
    free(options->namespace);
    *options = (struct verify_options){0};
}

static char *take(struct verify_options *options, int option, char *value)
{
    switch (option) {
    case 'c':
        options->connect = value;
        return NULL;
    case 'H':
        options->hostname = value;
        return NULL;
    case 'k':
        options->kubeconfig = value;
        return NULL;
    case 'x':
        options->context = value;
        return NULL;
    case 'n':
        memory_replace(&options->namespace, value);
        return NULL;
    case 'a':
        options->ca_file = value;
        return NULL;
    case 't':
        return take_seconds(options, value);
    case 'o':
        return take_format(options, value);
    case 'h':
        options->help = true;
        return NULL;
    default:
        return memory_text("");
    }
}

static char *take_seconds(struct verify_options *options, const char *value)
{
    char *end;
    unsigned long seconds = strtoul(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || seconds < 1 ||
        seconds > VERIFY_SECONDS_MAX)
        return memory_format("--timeout \"%.40s\": expected seconds, from 1 to %d", value,
                             VERIFY_SECONDS_MAX);
    options->seconds = (unsigned)seconds;
    return NULL;
}

static char *take_format(struct verify_options *options, const char *value)
{
    options->json = strcmp(value, "json") == 0;
    if (options->json || strcmp(value, "text") == 0)
        return NULL;
    return memory_format("--output \"%.40s\": expected text or json", value);
}

static char *take_pool(struct verify_options *options, const char *pool)
{
    const char *slash = strchr(pool, '/');

    if (slash != NULL) {
        if (options->namespace != NULL)
            return memory_text("the namespace is given twice: NS/POOL and --namespace");
        options->namespace = memory_bytes(pool, (size_t)(slash - pool));
        pool = slash + 1;
    }
    options->pool = pool;
    if (options->namespace == NULL)
        return memory_format("\"%.80s\": expected NS/POOL, or POOL with --namespace", pool);
    if (object_name_problem(pool) != NULL)
        return memory_format("\"%.80s\" is not the name of a Pool: it %s", pool,
                             object_name_problem(pool));
    return NULL;
}

static char *check(const struct verify_options *options)
{
    const char *namespace = options->namespace, *hostname = options->hostname;

    if (namespace != NULL && label_name_problem(namespace) != NULL)
        return memory_format("\"%.80s\" is not the name of a namespace: it %s", namespace,
                             label_name_problem(namespace));
    if (hostname == NULL)
        return NULL;
    if (hostname_problem(hostname) != NULL)
        return memory_format("--hostname \"%.80s\" %s", hostname, hostname_problem(hostname));
    if (options->connect == NULL)
        return memory_text("--hostname needs --connect HOST:PORT");
    if (options->pool != NULL || namespace != NULL)
        return memory_text("--hostname takes the place of NS/POOL: give one of them");
    return NULL;
}
