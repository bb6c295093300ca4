/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl setup: from the kubeconfig of an administrator to what tlsrouted needs, in the
 * cluster and on this host. tlsrouted itself never has that kubeconfig. */
#include "common/base/json.h"
#include "common/base/log.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/setup_arguments.h"
#include "ctl/output/error.h"
#include "ctl/output/output.h"

#include <signal.h>
#include <stdlib.h>

static int fail(char *problem, int status);
static int print_objects(enum format, struct json_object *objects);
static int work(const struct arguments *, struct setup *, struct json_object *objects);
static char *set_up(const struct setup *, struct json_object *objects);
static char *remove_all(const struct setup *, struct json_object *objects);
static void print_heading(const struct setup *, bool is_removal);
static void print_next(const struct arguments *, const struct setup *);

int setup_run(const struct arguments *arguments)
{
    struct setup setup;
    char *problem = setup_arguments_read(arguments, &setup);
    struct json_object *objects;
    int status;

    if (problem != NULL)
        return fail(problem, COMMAND_USAGE);
    objects = compose_objects(&setup.choice);
    status = arguments->format == FORMAT_TEXT ? work(arguments, &setup, objects)
                                              : print_objects(arguments->format, objects);
    json_object_put(objects);
    setup_arguments_clear(&setup);
    return status;
}

/* Releases PROBLEM. */
static int fail(char *problem, int status)
{
    error_print("%s", problem);
    free(problem);
    return status;
}

/* As kubectl apply -f takes them. */
static int print_objects(enum format format, struct json_object *objects)
{
    struct json_object *list = json_object_new_object();

    for (size_t i = 0; i < json_count(objects) && format == FORMAT_YAML; i++) {
        output_print(stdout, "---\n");
        format_yaml(stdout, json_item(objects, i));
    }
    json_put_text(list, "apiVersion", "v1");
    json_put_text(list, "kind", "List");
    json_object_object_add(list, "items", json_object_get(objects));
    if (format == FORMAT_JSON)
        format_json(stdout, list);
    json_object_put(list);
    return COMMAND_OK;
}

static int work(const struct arguments *arguments, struct setup *setup, struct json_object *objects)
{
    const char *const *options = arguments->options;
    bool is_removal = options[OPTION_REMOVE] != NULL;
    char *problem;

    log_open("tlsroutectl", LOG_ERROR, LOG_LOGFMT);
    signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of write(2) */
    problem = connection_open(options[OPTION_KUBECONFIG], options[OPTION_CONTEXT], setup->seconds,
                              &setup->connection);
    if (problem == NULL && (problem = setup_reach(setup)) != NULL)
        connection_close(setup->connection);
    if (problem != NULL)
        return fail(problem, COMMAND_NO_RESULT);
    print_heading(setup, is_removal);
    problem = is_removal ? remove_all(setup, objects) : set_up(setup, objects);
    connection_close(setup->connection);
    if (problem != NULL)
        return fail(problem, COMMAND_NOT_OK);
    if (!is_removal && !setup->is_dry)
        print_next(arguments, setup);
    return COMMAND_OK;
}

static char *set_up(const struct setup *setup, struct json_object *objects)
{
    char *problem = setup->folder != NULL ? setup_check_files(setup) : NULL;

    if (problem == NULL)
        problem = setup_apply(setup, objects);
    if (problem == NULL && setup->folder != NULL)
        problem = setup_write_files(setup);
    return problem;
}

static char *remove_all(const struct setup *setup, struct json_object *objects)
{
    char *problem = setup_remove(setup, objects);

    if (problem == NULL && setup->folder != NULL)
        problem = setup_remove_files(setup);
    return problem;
}

static void print_heading(const struct setup *setup, bool is_removal)
{
    output_print(stdout, "%s %s%s:\n", is_removal ? "Removing from" : "Setting up",
                 connection_server(setup->connection)->url,
                 setup->is_dry ? ", without changing anything (--dry-run)" : "");
}

/* What comes next on a host, and how to undo all of it. */
static void print_next(const struct arguments *arguments, const struct setup *setup)
{
    static const enum option_id repeated[] = {OPTION_KUBECONFIG, OPTION_CONTEXT,
                                              OPTION_NAMESPACE,  OPTION_FOLDER,
                                              OPTION_INSTANCE,   OPTION_IN_CLUSTER};
    const char *instance = setup->instance;

    if (arguments->options[OPTION_FOLDER] != NULL)
        output_print(stdout, "Next:     tlsrouted --check-config --config %s/%s.yaml\n",
                     setup->folder, instance != NULL ? instance : "tlsrouted");
    else if (setup->folder != NULL)
        output_print(stdout, "Next:     systemctl enable --now tlsrouted%s%s\n",
                     instance != NULL ? "@" : "", instance != NULL ? instance : "");
    output_print(stdout, "To undo:  tlsroutectl setup --remove");
    for (size_t i = 0; i < sizeof(repeated) / sizeof(repeated[0]); i++) {
        const struct option_info *info = option_info(repeated[i]);
        const char *value = arguments->options[repeated[i]];

        if (value != NULL)
            output_print(stdout, " %s%s%s", info->name, value[0] != '\0' ? " " : "", value);
    }
    output_print(stdout, "\n");
}
