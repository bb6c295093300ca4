/* SPDX-License-Identifier: Apache-2.0 */
/* `verify` names what it verifies in three ways that exclude each other in part: a Pool, a
 * namespace or a hostname. Other commands need no such rules. */
#include "ctl/commands/verify_arguments.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/arguments/timeout.h"

#include <stdlib.h>
#include <string.h>

static char *read_pool(const char *operand, struct verify_arguments *);
static char *check(const struct arguments *, const struct verify_arguments *);

char *verify_arguments_read(const struct arguments *arguments, struct verify_arguments *verify)
{
    char *problem;

    *verify = (struct verify_arguments){
        .namespace = memory_text(arguments->options[OPTION_NAMESPACE]),
        .hostname = arguments->options[OPTION_HOSTNAME],
    };
    problem = timeout_read(arguments, &verify->seconds);
    if (problem == NULL && arguments->operand != NULL)
        problem = read_pool(arguments->operand, verify);
    if (problem == NULL)
        problem = check(arguments, verify);
    if (problem != NULL)
        verify_arguments_clear(verify);
    return problem;
}

void verify_arguments_clear(struct verify_arguments *verify)
{
    free(verify->namespace);
    *verify = (struct verify_arguments){0};
}

static char *read_pool(const char *operand, struct verify_arguments *verify)
{
    const char *slash = strchr(operand, '/');

    verify->pool = slash != NULL ? slash + 1 : operand;
    if (slash != NULL) {
        if (verify->namespace != NULL)
            return memory_format("the namespace is given twice: in %.80s and with --namespace",
                                 operand);
        verify->namespace = memory_bytes(operand, (size_t)(slash - operand));
    }
    if (verify->namespace == NULL)
        return memory_format("invalid argument: %.80s (expected NAMESPACE/POOL, or POOL with "
                             "--namespace)",
                             operand);
    if (object_name_problem(verify->pool) != NULL)
        return memory_format("invalid Pool name: \"%.80s\" %s", verify->pool,
                             object_name_problem(verify->pool));
    return NULL;
}

static char *check(const struct arguments *arguments, const struct verify_arguments *verify)
{
    const char *namespace = verify->namespace, *hostname = verify->hostname;

    if (namespace != NULL && label_name_problem(namespace) != NULL)
        return memory_format("invalid namespace: \"%.80s\" %s", namespace,
                             label_name_problem(namespace));
    if (hostname == NULL)
        return NULL;
    if (hostname_problem(hostname) != NULL)
        return memory_format("invalid hostname: \"%.80s\" %s", hostname,
                             hostname_problem(hostname));
    if (arguments->options[OPTION_CONNECT] == NULL)
        return memory_text("--hostname needs --connect");
    if (verify->pool != NULL || namespace != NULL)
        return memory_text("--hostname cannot be combined with a Pool or --namespace");
    return NULL;
}
