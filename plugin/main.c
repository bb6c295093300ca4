/* SPDX-License-Identifier: Apache-2.0 */
/* plugin: runs the exec plugin of a kubeconfig for whoever started it, the supervisor or
 * tlsroutectl, reads what it prints, and ends. It knows no secret but what the kubeconfig itself
 * gives to the plugin. */
#include "common/base/delays.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/worker/helper.h"
#include "plugin/exec_credential.h"
#include "plugin/run.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void get_credential(const struct message *request, struct message *result);
static char **list_arguments(const struct exec_request_message *);
static char **list_environment(const struct exec_request_message *);
static bool has_variable(char *const *variables, size_t count, const char *item);
static void complete_environment(void);
static char *describe_failure(const struct run_result *);

int main(int argc, char **argv)
{
    (void)argv;
    return helper_main(ROLE_PLUGIN, MESSAGE_EXEC_REQUEST, get_credential, argc);
}

/* What is allocated here is released when the process ends, which is soon. */
static void get_credential(const struct message *request, struct message *result)
{
    struct run run = {.arguments = list_arguments(&request->exec_request),
                      .output_max = EXEC_CREDENTIAL_MAX,
                      .seconds = EXEC_PLUGIN_RUN_SECONDS};
    struct run_result outcome;
    struct json_object *object = NULL;
    const char *problem;

    *result = message_of(MESSAGE_EXEC_RESULT);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        result->exec_result.problem =
            "cannot be kept from gaining privileges; allow prctl(2) with PR_SET_NO_NEW_PRIVS";
        return;
    }
    complete_environment();
    run.environment = list_environment(&request->exec_request);
    outcome = run_command(&run);
    if (outcome.problem[0] != '\0') {
        result->exec_result.problem = describe_failure(&outcome);
        return;
    }
    problem = exec_credential_read(outcome.output, outcome.size, time(NULL),
                                   request->exec_request.version, &result->exec_result, &object);
    run_clear(&outcome);
    if (problem != NULL)
        result->exec_result = (struct exec_result_message){.problem = problem};
}

/* The daemon starts this process with next to nothing, tlsroutectl with what its user has. PATH is
 * also where the command itself is looked up. */
static void complete_environment(void)
{
    const struct passwd *user = getpwuid(geteuid());

    unsetenv("JOURNAL_STREAM"); /* the daemon's */
    setenv("PATH", PATH, 0);
    if (user != NULL)
        setenv("HOME", user->pw_dir, 0);
}

static char **list_arguments(const struct exec_request_message *request)
{
    char **arguments = memory_new(request->arguments.count + 2, sizeof(*arguments));
    size_t count = 0;

    arguments[count++] = memory_text(request->command);
    TEXT_LIST_FOREACH (item, &request->arguments)
        arguments[count++] = memory_text(item);
    return arguments;
}

/* Each variable once: programs differ in which of two counts. */
static char **list_environment(const struct exec_request_message *request)
{
    char *info = exec_credential_info(request), **variables;
    size_t count = 0, own = 0;

    while (environ[own] != NULL)
        own++;
    variables = memory_new(request->variables.count + own + 2, sizeof(*variables));
    TEXT_LIST_FOREACH (item, &request->variables)
        variables[count++] = memory_text(item);
    variables[count++] = memory_format("KUBERNETES_EXEC_INFO=%s", info);
    for (size_t i = 0; i < own; i++) {
        if (!has_variable(variables, count, environ[i]))
            variables[count++] = memory_text(environ[i]);
    }
    free(info);
    return variables;
}

/* Whether VARIABLES, COUNT of them, have the one of ITEM, "NAME=VALUE". */
static bool has_variable(char *const *variables, size_t count, const char *item)
{
    const size_t length = strcspn(item, "=");

    for (size_t i = 0; i < count; i++) {
        if (strncmp(variables[i], item, length) == 0 && variables[i][length] == '=')
            return true;
    }
    return false;
}

static char *describe_failure(const struct run_result *result)
{
    return line_of(memory_format("it %s%s%s", result->problem,
                                 result->error_text[0] != '\0' ? ": " : "", result->error_text),
                   MESSAGE_BOUND(exec_result, problem));
}
