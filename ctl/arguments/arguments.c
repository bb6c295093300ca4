/* SPDX-License-Identifier: Apache-2.0 */
/* All commands are read by one function from the table of options, so that an option looks and
 * fails the same everywhere. The messages are ours: getopt's name no candidates. */
#include "ctl/arguments/arguments.h"

#include "common/base/installation.h"
#include "common/base/memory.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG_OPTION = 256, /* added to an option in getopt's tables: beyond every letter */
    NAMESPACE_MAX = 63,
    NAME_MAX_LENGTH = 253,
};

/* What getopt_long() takes. */
struct tables {
    char letters[2 * OPTIONS + 3];
    struct option names[OPTIONS + 1];
};

static char *read_options(int argc, char **argv, unsigned set, unsigned formats, bool to_command,
                          struct arguments *);
static struct tables tables_of(unsigned set, bool to_command);
static enum option_id option_of(unsigned set, int result);
static char *option_problem(unsigned set, int result, const char *word);
static char *name_problem(unsigned set, const char *word);
static char *add_option(enum option_id, const char *value, unsigned formats, struct arguments *);
static char *add_format(const char *name, unsigned formats, struct arguments *);
static char *add_operand(int argc, char **argv, const struct command *, struct arguments *);
static char *split_operand(const char *word, enum operand, struct arguments *);

char *arguments_begin(int argc, char **argv, struct arguments *arguments, int *index)
{
    char *problem;

    *arguments = (struct arguments){
        .socket_path = INSTALLATION_SOCKET, .namespace = memory_text(""), .name = ""};
    problem = read_options(argc, argv, OPTIONS_GLOBAL, 0, true, arguments);
    *index = optind;
    return problem;
}

char *arguments_read(int argc, char **argv, const struct command *command,
                     struct arguments *arguments)
{
    char *problem;

    arguments->format = format_default(command->formats);
    problem = read_options(argc, argv, command->options, command->formats, false, arguments);
    if (problem != NULL || arguments->options[OPTION_HELP] != NULL)
        return problem;
    return add_operand(argc - optind, argv + optind, command, arguments);
}

void arguments_clear(struct arguments *arguments)
{
    free(arguments->namespace);
    *arguments = (struct arguments){0};
}

static char *read_options(int argc, char **argv, unsigned set, unsigned formats, bool to_command,
                          struct arguments *arguments)
{
    const struct tables tables = tables_of(set, to_command);
    char *problem = NULL;
    int result;

    optind = 0; /* glibc: start anew */
    opterr = 0;
    while (problem == NULL && arguments->options[OPTION_HELP] == NULL &&
           (result = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        if (result == '?' || result == ':')
            problem = option_problem(set, result, argv[optind - 1]);
        else
            problem = add_option(option_of(set, result), optarg != NULL ? optarg : "", formats,
                                 arguments);
    }
    return problem;
}

/* TO_COMMAND: the first word that is no option ends the options. */
static struct tables tables_of(unsigned set, bool to_command)
{
    struct tables tables = {0};
    char *letter = stpcpy(tables.letters, to_command ? "+:" : ":");
    size_t count = 0;

    for (enum option_id i = 0; i < OPTIONS; i++) {
        const struct option_info *info = option_info(i);
        bool has_value = info->value != NULL;

        if ((set & (1u << i)) == 0)
            continue;
        tables.names[count++] =
            (struct option){info->name + 2, has_value ? required_argument : no_argument, NULL,
                            LONG_OPTION + (int)i};
        if (info->letter != '\0') {
            *letter++ = info->letter;
            if (has_value)
                *letter++ = ':';
        }
    }
    return tables;
}

/* RESULT is what getopt_long() returned, or optopt. */
static enum option_id option_of(unsigned set, int result)
{
    return result >= LONG_OPTION ? (enum option_id)(result - LONG_OPTION)
                                 : option_by_letter(set, (char)result);
}

/* WORD is the one that getopt_long() read last. */
static char *option_problem(unsigned set, int result, const char *word)
{
    enum option_id option = option_of(set, optopt);

    if (optopt == 0)
        return name_problem(set, word);
    if (option == OPTIONS)
        return memory_format("unknown option: -%c", optopt);
    return memory_format(result == ':' ? "option %s needs a value"
                                       : "option %s does not take a value",
                         option_info(option)->name);
}

static char *name_problem(unsigned set, const char *word)
{
    int length = (int)strcspn(word, "=");
    char *candidates, *problem;

    option_by_name(set, word, (size_t)length, &candidates);
    problem = candidates == NULL
                  ? memory_format("unknown option: %.*s", length, word)
                  : memory_format("ambiguous option: %.*s (%s?)", length, word, candidates);
    free(candidates);
    return problem;
}

static char *add_option(enum option_id option, const char *value, unsigned formats,
                        struct arguments *arguments)
{
    bool exclusive = option_info(option)->exclusive;

    for (enum option_id i = 0; i < OPTIONS && exclusive; i++) {
        if (i != option && arguments->options[i] != NULL && option_info(i)->exclusive)
            return memory_format("%s and %s cannot be combined", option_info(i)->name,
                                 option_info(option)->name);
    }
    arguments->options[option] = value;
    if (option == OPTION_SOCKET)
        arguments->socket_path = value;
    return option == OPTION_OUTPUT ? add_format(value, formats, arguments) : NULL;
}

static char *add_format(const char *name, unsigned formats, struct arguments *arguments)
{
    char *list, *problem;

    if (format_parse(name, formats, &arguments->format))
        return NULL;
    list = format_list(formats);
    problem = memory_format("invalid output format: %.80s (expected %s)", name, list);
    free(list);
    return problem;
}

static char *add_operand(int argc, char **argv, const struct command *command,
                         struct arguments *arguments)
{
    int max = command->operand == OPERAND_NONE ? 0 : 1;

    if (argc > max)
        return memory_format("unexpected argument: %.80s", argv[max]);
    if (argc == 0)
        return command->operand == OPERAND_POOL
                   ? memory_format("missing argument: %s", command->operand_text)
                   : NULL;
    arguments->operand = argv[0];
    return command->operand == OPERAND_WORD ? NULL
                                            : split_operand(argv[0], command->operand, arguments);
}

/* No object has a longer name, and no message could carry it. */
static char *split_operand(const char *word, enum operand operand, struct arguments *arguments)
{
    size_t length = strcspn(word, "/");
    const char *name = word[length] == '/' ? word + length + 1 : NULL;

    if (length == 0 || length > NAMESPACE_MAX ||
        (name != NULL &&
         (name[0] == '\0' || strlen(name) > NAME_MAX_LENGTH || strchr(name, '/') != NULL)) ||
        (name == NULL && operand == OPERAND_POOL))
        return memory_format("invalid argument: %.80s (expected %s)", word,
                             operand == OPERAND_POOL ? "NAMESPACE/NAME"
                                                     : "NAMESPACE or NAMESPACE/NAME");
    free(arguments->namespace);
    arguments->namespace = memory_bytes(word, length);
    arguments->name = name != NULL ? name : "";
    return NULL;
}
