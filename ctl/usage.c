/* SPDX-License-Identifier: Apache-2.0 */
/* Help is generated from the tables of commands and options, so that it cannot miss one. */
#include "ctl/usage.h"

#include "common/base/memory.h"
#include "ctl/command_table.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <ctype.h>
#include <stdlib.h>

enum {
    INDENT = 2,
    HELP_COLUMN = 29, /* where the help of a command or option begins */
};

#define SYNOPSIS "usage: tlsroutectl [-s PATH] COMMAND [OPTION]... [ARGUMENT]\n"

static void print_synopsis(FILE *, const struct command *);
static void print_command(FILE *, const struct command *);
static void print_options(FILE *, unsigned set, unsigned formats);
static void print_option(FILE *, const struct option_info *, unsigned formats);
static char *format_help(unsigned formats);
static void print_entry(FILE *, const char *entry, const char *help);

static const char *const headings[COMMAND_GROUPS] = {
    [GROUP_DAEMON] = "Show the state of tlsrouted:",
    [GROUP_CLUSTER] = "Show what it does in the cluster:",
    [GROUP_CONTROL] = "Control it (as root, or as the user that it runs as):",
    [GROUP_AGENTS] = "Check what agents are served (works without tlsrouted):",
    [GROUP_SETUP] = "Prepare a cluster and this host (as an administrator of the cluster):",
};

void usage_print(FILE *stream)
{
    output_print(stream, SYNOPSIS);
    for (enum command_group group = 0; group < COMMAND_GROUPS; group++) {
        output_print(stream, "\n%s\n", headings[group]);
        for (size_t i = 0; i < command_table_count; i++) {
            if (command_table[i].group == group)
                print_command(stream, &command_table[i]);
        }
    }
    print_options(stream, OPTIONS_GLOBAL, 0);
    output_print(stream, "\nCommands can be shortened as long as they are unambiguous.\n"
                         "Run \"tlsroutectl COMMAND --help\" for the options of a command.\n"
                         "Exit status: 0 success; 1 a problem was found, or tlsrouted refused;\n"
                         "2 usage error; 3 no result.\n");
}

void usage_print_command(FILE *stream, const struct command *command)
{
    print_synopsis(stream, command);
    output_print(stream, "\n%c%s.\n", toupper((unsigned char)command->help[0]), command->help + 1);
    if (command->details != NULL)
        text_wrap(stream, command->details, 0, 0);
    print_options(stream, command->options, command->formats);
}

void usage_print_hint(FILE *stream, const struct command *command)
{
    print_synopsis(stream, command);
    output_print(stream, "Run \"tlsroutectl %s%s--help\" for more.\n",
                 command != NULL ? command->name : "", command != NULL ? " " : "");
}

static void print_synopsis(FILE *stream, const struct command *command)
{
    if (command == NULL)
        output_print(stream, SYNOPSIS);
    else
        output_print(stream, "usage: tlsroutectl %s [OPTION]...%s%s\n", command->name,
                     command->operand_text[0] != '\0' ? " " : "", command->operand_text);
}

static void print_command(FILE *stream, const struct command *command)
{
    char *entry = memory_format("%s %s", command->name, command->operand_text);

    print_entry(stream, entry, command->help);
    free(entry);
}

static void print_options(FILE *stream, unsigned set, unsigned formats)
{
    output_print(stream, "\nOptions:\n");
    for (enum option_id i = 0; i < OPTIONS; i++) {
        if ((set & (1u << i)) != 0)
            print_option(stream, option_info(i), formats);
    }
}

static void print_option(FILE *stream, const struct option_info *info, unsigned formats)
{
    const char letter[] = {'-', info->letter, ',', ' ', '\0'};
    bool has_value = info->value != NULL, has_default = info->otherwise != NULL;
    char *entry = memory_format("%s%s%s%s", info->letter != '\0' ? letter : "", info->name,
                                has_value ? " " : "", has_value ? info->value : "");
    char *help = info->values == VALUES_FORMATS
                     ? format_help(formats)
                     : memory_format("%s%s%s%s", info->help, has_default ? " (default: " : "",
                                     has_default ? info->otherwise : "", has_default ? ")" : "");

    print_entry(stream, entry, help);
    free(help);
    free(entry);
}

/* The caller frees it. */
static char *format_help(unsigned formats)
{
    char *list = format_list(formats);
    char *help = memory_format("%s (default: %s)", list, format_name(format_default(formats)));

    free(list);
    return help;
}

static void print_entry(FILE *stream, const char *entry, const char *help)
{
    output_print(stream, "%*s%-*s", INDENT, "", HELP_COLUMN - INDENT, entry);
    text_wrap(stream, help, HELP_COLUMN, HELP_COLUMN);
}
