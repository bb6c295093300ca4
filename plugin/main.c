/* SPDX-License-Identifier: Apache-2.0 */
/* plugin: runs the exec plugin of one kubeconfig for the supervisor, reads what it prints, and
 * ends. It knows no secret but what the kubeconfig gives the plugin itself. */
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "common/worker/helper.h"
#include "plugin/exec_credential.h"
#include "plugin/run.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void get_credential(const struct message *ask, struct message *answer);
static char **list_arguments(const struct exec_request_message *);
static char **list_environment(const struct exec_request_message *);
static bool has_variable(const struct exec_request_message *, const char *start);
static char *describe_failure(const struct run_result *);

int main(int argc, char **argv)
{
    (void)argv;
    return helper_main(ROLE_PLUGIN, MESSAGE_EXEC_REQUEST, get_credential, argc);
}

/* What is allocated here lasts until the process ends, which is soon. */
static void get_credential(const struct message *ask, struct message *answer)
{
    const struct run run = {.arguments = list_arguments(&ask->exec_request),
                            .environment = list_environment(&ask->exec_request),
                            .output_max = EXEC_CREDENTIAL_MAX,
                            .seconds = EXEC_PLUGIN_RUN_SECONDS};
    struct run_result result;
    struct json_object *object = NULL;
    const char *problem;

    setenv("PATH", PATH, 1); /* where the command itself is looked for */
    result = run_command(&run);
    *answer = message_of(MESSAGE_EXEC_RESULT);
    if (result.problem[0] != '\0') {
        answer->exec_result.problem = describe_failure(&result);
        return;
    }
    problem =
        exec_credential_read(result.output, result.size, time(NULL), &answer->exec_result, &object);
    run_clear(&result);
    if (problem != NULL)
        answer->exec_result = (struct exec_result_message){.problem = problem};
}

static char **list_arguments(const struct exec_request_message *ask)
{
    char **arguments = memory_new(ask->arguments.count + 2, sizeof(*arguments));
    size_t count = 0;

    arguments[count++] = memory_text(ask->command);
    TEXT_LIST_FOREACH (item, &ask->arguments)
        arguments[count++] = memory_text(item);
    return arguments;
}

static char **list_environment(const struct exec_request_message *ask)
{
    const struct passwd *user = getpwuid(geteuid());
    char **variables = memory_new(ask->variables.count + 4, sizeof(*variables));
    size_t count = 0;
    char *info = exec_credential_info(ask);

    TEXT_LIST_FOREACH (item, &ask->variables)
        variables[count++] = memory_text(item);
    variables[count++] = memory_format("KUBERNETES_EXEC_INFO=%s", info);
    if (!has_variable(ask, "PATH="))
        variables[count++] = memory_text("PATH=" PATH);
    if (user != NULL && !has_variable(ask, "HOME="))
        variables[count++] = memory_format("HOME=%s", user->pw_dir);
    free(info);
    return variables;
}

static bool has_variable(const struct exec_request_message *ask, const char *start)
{
    TEXT_LIST_FOREACH (item, &ask->variables) {
        if (strncmp(item, start, strlen(start)) == 0)
            return true;
    }
    return false;
}

static char *describe_failure(const struct run_result *result)
{
    return memory_format("it %s%s%s", result->problem, result->complaint[0] != '\0' ? ": " : "",
                         result->complaint);
}
