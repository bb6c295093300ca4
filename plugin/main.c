/* SPDX-License-Identifier: Apache-2.0 */
/* plugin: runs the exec plugin of a kubeconfig for the supervisor, reads what it prints, and ends.
 * It knows no secret but what the kubeconfig itself gives to the plugin. */
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
static bool has_variable(const struct exec_request_message *, const char *start);
static char *describe_failure(const struct run_result *);

int main(int argc, char **argv)
{
    (void)argv;
    return helper_main(ROLE_PLUGIN, MESSAGE_EXEC_REQUEST, get_credential, argc);
}

/* What is allocated here is released when the process ends, which is soon. */
static void get_credential(const struct message *request, struct message *result)
{
    const struct run run = {.arguments = list_arguments(&request->exec_request),
                            .environment = list_environment(&request->exec_request),
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
    setenv("PATH", PATH, 1); /* where the command itself is looked up */
    outcome = run_command(&run);
    if (outcome.problem[0] != '\0') {
        result->exec_result.problem = describe_failure(&outcome);
        return;
    }
    problem = exec_credential_read(outcome.output, outcome.size, time(NULL), &result->exec_result,
                                   &object);
    run_clear(&outcome);
    if (problem != NULL)
        result->exec_result = (struct exec_result_message){.problem = problem};
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

static char **list_environment(const struct exec_request_message *request)
{
    const struct passwd *user = getpwuid(geteuid());
    char **variables = memory_new(request->variables.count + 4, sizeof(*variables));
    size_t count = 0;
    char *info = exec_credential_info(request);

    TEXT_LIST_FOREACH (item, &request->variables)
        variables[count++] = memory_text(item);
    variables[count++] = memory_format("KUBERNETES_EXEC_INFO=%s", info);
    if (!has_variable(request, "PATH="))
        variables[count++] = memory_text("PATH=" PATH);
    if (user != NULL && !has_variable(request, "HOME="))
        variables[count++] = memory_format("HOME=%s", user->pw_dir);
    free(info);
    return variables;
}

static bool has_variable(const struct exec_request_message *request, const char *start)
{
    TEXT_LIST_FOREACH (item, &request->variables) {
        if (strncmp(item, start, strlen(start)) == 0)
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
