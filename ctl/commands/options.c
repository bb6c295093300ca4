/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands/options.h"

#include "common/base/memory.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHOICES_MAX = 4,
    FIRST_CHOICE = 256, /* beyond every letter */
};

static struct option *long_options(const struct options_taken *, char *choices);
static char *take_format(const struct options_taken *, const char *name, struct options *);
static char *take_words(int argc, char **argv, const struct options_taken *, struct options *);
static char *take_name(const char *word, const struct options_taken *, struct options *);

char *options_read(int argc, char **argv, const struct ctl_globals *globals,
                   const struct options_taken *taken, struct options *options)
{
    char *choices = memory_text(taken->choices != NULL ? taken->choices : "");
    struct option *table = long_options(taken, choices);
    char *problem = NULL;

    *options = (struct options){.socket_path = globals->socket_path, .name = "", .choice = -1};
    for (int option;
         problem == NULL && (option = getopt_long(argc, argv, taken->formats != 0 ? "s:ho:" : "s:h",
                                                  table, NULL)) != -1;) {
        if (option == 's')
            options->socket_path = optarg;
        else if (option == 'h')
            options->help = true;
        else if (option == 'o')
            problem = take_format(taken, optarg, options);
        else if (option >= FIRST_CHOICE && options->choice < 0)
            options->choice = option - FIRST_CHOICE;
        else
            problem = memory_text(option == '?' ? "" : "only one of these options can be given");
    }
    if (problem == NULL && !options->help)
        problem = take_words(argc, argv, taken, options);
    if (options->namespace == NULL)
        options->namespace = memory_text("");
    free(table);
    free(choices);
    if (problem != NULL)
        options_clear(options);
    return problem;
}

void options_clear(struct options *options)
{
    free(options->namespace);
    options->namespace = NULL;
}

/* The caller frees the table, whose choices are the words of CHOICES. */
static struct option *long_options(const struct options_taken *taken, char *choices)
{
    static const struct option common[] = {{"socket", required_argument, NULL, 's'},
                                           {"help", no_argument, NULL, 'h'}};
    static const struct option output = {"output", required_argument, NULL, 'o'};
    struct option *table = memory_new(CHOICES_MAX + 4, sizeof(*table));
    size_t count = 0;
    char *rest = NULL;
    int number = FIRST_CHOICE;

    table[count++] = common[0];
    table[count++] = common[1];
    if (taken->formats != 0)
        table[count++] = output;
    for (char *word = strtok_r(choices, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        table[count++] = (struct option){word, no_argument, NULL, number++};
    return table;
}

static char *take_format(const struct options_taken *taken, const char *name,
                         struct options *options)
{
    if (output_parse(name, &options->format) && (taken->formats & (1u << options->format)) != 0)
        return NULL;
    return memory_format("--output \"%.80s\" is not a format of this command; expected %s%s", name,
                         "table, json or yaml",
                         taken->formats == OPTIONS_ALL_FORMATS ? ", or name" : "");
}

static char *take_words(int argc, char **argv, const struct options_taken *taken,
                        struct options *options)
{
    const char *word = optind < argc ? argv[optind] : NULL;

    if (argc - optind > (taken->words == WORDS_NONE ? 0 : 1))
        return memory_format("there is a word too many: \"%.80s\"",
                             argv[optind + (taken->words == WORDS_NONE ? 0 : 1)]);
    if (taken->words == WORDS_NAME && word == NULL)
        return memory_text("which Pool? Give its NAMESPACE/NAME");
    options->word = word;
    return word != NULL && taken->words != WORDS_ONE ? take_name(word, taken, options) : NULL;
}

/* Longer ones could not even be sent; no object has such a name. */
static char *take_name(const char *word, const struct options_taken *taken, struct options *options)
{
    size_t length = strcspn(word, "/");
    const char *name = word[length] == '/' ? word + length + 1 : NULL;

    if (length == 0 || length > 63 ||
        (name != NULL && (name[0] == '\0' || strlen(name) > 253 || strchr(name, '/') != NULL)) ||
        (name == NULL && taken->words == WORDS_NAME))
        return memory_format("\"%.80s\" is not a %sNAMESPACE/NAME", word,
                             taken->words == WORDS_NAME ? "" : "NAMESPACE or ");
    options->namespace = memory_bytes(word, length);
    options->name = name != NULL ? name : "";
    return NULL;
}
