/* SPDX-License-Identifier: Apache-2.0 */
/* Commands do not know that there is a table of them. What is printed about usage, for whichever
 * command, is printed here. */
#include "ctl/dispatch.h"

#include "common/base/memory.h"
#include "ctl/arguments/arguments.h"
#include "ctl/command_table.h"
#include "ctl/completion.h"
#include "ctl/output/error.h"
#include "ctl/output/output.h"
#include "ctl/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_completion(int argc, char **argv);
static int dispatch_command(int argc, char **argv, struct arguments *);
static int run(const struct command *, int argc, char **argv, struct arguments *);
static int refuse(const struct command *, char *problem);

int dispatch(int argc, char **argv)
{
    struct arguments arguments;
    char *problem;
    int index, status = COMMAND_OK;

    if (is_completion(argc, argv))
        return completion_print(stdout, (size_t)(argc - 3), argv + 3);
    problem = arguments_begin(argc, argv, &arguments, &index);
    if (problem != NULL)
        status = refuse(NULL, problem);
    else if (arguments.options[OPTION_HELP] != NULL)
        usage_print(stdout);
    else if (arguments.options[OPTION_VERSION] != NULL)
        output_print(stdout, "tlsroutectl (%s)\n", PACKAGE_STRING);
    else
        status = dispatch_command(argc - index, argv + index, &arguments);
    arguments_clear(&arguments);
    return status;
}

/* Hidden: for the shells' completion. */
static bool is_completion(int argc, char **argv)
{
    return argc > 3 && strcmp(argv[1], "complete") == 0 && strcmp(argv[2], "--") == 0;
}

static int dispatch_command(int argc, char **argv, struct arguments *arguments)
{
    const struct command *command;
    char *problem;

    if (argc == 0)
        return refuse(NULL, memory_text("no command given"));
    command = command_find(argv[0], &problem);
    return command != NULL ? run(command, argc, argv, arguments) : refuse(NULL, problem);
}

static int run(const struct command *command, int argc, char **argv, struct arguments *arguments)
{
    char *problem = arguments_read(argc, argv, command, arguments);
    int status;

    if (problem != NULL)
        return refuse(command, problem);
    if (arguments->options[OPTION_HELP] != NULL) {
        usage_print_command(stdout, command);
        return COMMAND_OK;
    }
    status = command->run(arguments);
    if (status == COMMAND_USAGE)
        usage_print_hint(stderr, command);
    return status;
}

/* Releases PROBLEM. */
static int refuse(const struct command *command, char *problem)
{
    error_print("%s", problem);
    usage_print_hint(stderr, command);
    free(problem);
    return COMMAND_USAGE;
}
