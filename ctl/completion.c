/* SPDX-License-Identifier: Apache-2.0 */
/* The shells' scripts know nothing about tlsroutectl: all candidates come from here, and so from
 * the tables. It runs in the middle of somebody's command line, so it never prints an error. */
#include "ctl/completion.h"

#include "common/base/delays.h"
#include "common/base/installation.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/memory.h"
#include "ctl/command_table.h"
#include "ctl/daemon/session.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

/* What the words before the last one say. */
struct position {
    const struct command *command; /* NULL: it is still to come */
    enum option_id pending;        /* the option whose value is next; OPTIONS: none */
    unsigned given;                /* a set of options */
    size_t operands;
    bool no_more_options; /* after "--" */
    bool is_lost;         /* there is no such command */
    const char *socket_path;
};

/* Candidates on their way to a stream. */
struct candidates {
    FILE *stream;
    const char *prefix; /* what they begin with: the word so far */
    size_t count;       /* those that were printed */
};

static void read_word(struct position *, const char *word);
static void read_option(struct position *, const char *word);
static void read_command(struct position *, const char *word);
static int complete(struct candidates *, const struct position *);
static int complete_value(struct candidates *, const struct position *, enum values);
static void add_commands(struct candidates *);
static void add_options(struct candidates *, const struct position *);
static void add_formats(struct candidates *, unsigned formats);
static void add_levels(struct candidates *);
static void add_names(struct candidates *, const char *socket_path, enum view);
static void add(struct candidates *, const char *word, const char *description);

int completion_print(FILE *stream, size_t count, char *const *words)
{
    struct position position = {.pending = OPTIONS, .socket_path = INSTALLATION_SOCKET};
    struct candidates candidates = {.stream = stream, .prefix = words[count - 1]};

    for (size_t i = 0; i + 1 < count; i++)
        read_word(&position, words[i]);
    if (position.pending != OPTIONS && strcmp(candidates.prefix, "=") == 0)
        candidates.prefix = "";
    return complete(&candidates, &position);
}

/* bash makes three words of "--socket=PATH". */
static void read_word(struct position *position, const char *word)
{
    if (position->pending != OPTIONS) {
        if (strcmp(word, "=") == 0)
            return;
        if (position->pending == OPTION_SOCKET)
            position->socket_path = word;
        position->pending = OPTIONS;
    } else if (!position->no_more_options && strcmp(word, "--") == 0) {
        position->no_more_options = true;
    } else if (!position->no_more_options && word[0] == '-' && word[1] != '\0') {
        read_option(position, word);
    } else if (position->command == NULL) {
        read_command(position, word);
    } else {
        position->operands++;
    }
}

static void read_option(struct position *position, const char *word)
{
    unsigned set = position->command != NULL ? position->command->options : OPTIONS_GLOBAL;
    bool is_long = word[1] == '-';
    size_t length = is_long ? strcspn(word, "=") : 2;
    const char *value = word + length;
    char *candidates = NULL;
    enum option_id option =
        is_long ? option_by_name(set, word, length, &candidates) : option_by_letter(set, word[1]);

    free(candidates);
    if (option == OPTIONS)
        return;
    position->given |= 1u << option;
    if (option_info(option)->value == NULL)
        return;
    if (value[0] == '\0')
        position->pending = option;
    else if (option == OPTION_SOCKET)
        position->socket_path = is_long ? value + 1 : value;
}

static void read_command(struct position *position, const char *word)
{
    char *problem;

    position->command = command_find(word, &problem);
    position->is_lost = position->is_lost || position->command == NULL;
    position->no_more_options = false;
    free(problem);
}

/* Options where a word begins with a dash, or where nothing else can stand. */
static int complete(struct candidates *candidates, const struct position *position)
{
    const struct command *command = position->command;
    bool is_option = candidates->prefix[0] == '-' && !position->no_more_options;

    if (position->is_lost)
        return COMPLETION_WORDS;
    if (position->pending != OPTIONS)
        return complete_value(candidates, position, option_info(position->pending)->values);
    if (!is_option && command == NULL)
        add_commands(candidates);
    else if (!is_option && command->operand != OPERAND_NONE && position->operands == 0)
        complete_value(candidates, position, command->values);
    if (is_option || (candidates->count == 0 && candidates->prefix[0] == '\0'))
        add_options(candidates, position);
    return COMPLETION_WORDS;
}

static int complete_value(struct candidates *candidates, const struct position *position,
                          enum values values)
{
    switch (values) {
    case VALUES_NONE:
        break;
    case VALUES_FILES:
        return COMPLETION_FILES;
    case VALUES_FORMATS:
        add_formats(candidates, position->command->formats);
        break;
    case VALUES_LEVELS:
        add_levels(candidates);
        break;
    case VALUES_POOLS:
        add_names(candidates, position->socket_path, VIEW_POOLS);
        break;
    case VALUES_ROUTES:
        add_names(candidates, position->socket_path, VIEW_ROUTES);
        break;
    case VALUES_CERTIFICATES:
        add_names(candidates, position->socket_path, VIEW_CERTIFICATES);
        break;
    }
    return COMPLETION_WORDS;
}

static void add_commands(struct candidates *candidates)
{
    for (size_t i = 0; i < command_table_count; i++)
        add(candidates, command_table[i].name, command_table[i].help);
}

/* Without those that have been given, or that exclude each other. */
static void add_options(struct candidates *candidates, const struct position *position)
{
    unsigned set = position->command != NULL ? position->command->options : OPTIONS_GLOBAL;
    unsigned exclusive = 0;

    for (enum option_id i = 0; i < OPTIONS; i++)
        exclusive |= option_info(i)->exclusive ? 1u << i : 0;
    set &= ~position->given;
    if ((position->given & exclusive) != 0)
        set &= ~exclusive;
    for (enum option_id i = 0; i < OPTIONS; i++) {
        if ((set & (1u << i)) != 0)
            add(candidates, option_info(i)->name, option_info(i)->help);
    }
}

static void add_formats(struct candidates *candidates, unsigned formats)
{
    for (enum format i = 0; i < FORMATS; i++) {
        if ((formats & (1u << i)) != 0)
            add(candidates, format_name(i), NULL);
    }
}

static void add_levels(struct candidates *candidates)
{
    for (enum log_level level = LOG_ERROR; level <= LOG_DEBUG; level++)
        add(candidates, log_level_name(level), NULL);
}

/* A name that a shell would not take as it is cannot be one of an object: it is left out. */
static void add_names(struct candidates *candidates, const char *socket_path, enum view view)
{
    struct session *session = session_new(socket_path, CTL_COMPLETION_MILLISECONDS);
    struct json_object *rows = session_query(session, view, "", "");

    for (size_t i = 0; i < json_count(rows); i++) {
        struct json_object *row = json_item(rows, i);
        char *name =
            memory_format("%s/%s", json_text_at(row, "namespace"), json_text_at(row, "name"));
        char *word = text_shell_word(name);

        if (strcmp(name, word) == 0 && name[0] != '-')
            add(candidates, name, NULL);
        free(word);
        free(name);
    }
    json_object_put(rows);
    session_free(session);
}

/* DESCRIPTION may be NULL. */
static void add(struct candidates *candidates, const char *word, const char *description)
{
    if (strncmp(word, candidates->prefix, strlen(candidates->prefix)) != 0)
        return;
    if (description != NULL)
        output_print(candidates->stream, "%s\t%s\n", word, description);
    else
        output_print(candidates->stream, "%s\n", word);
    candidates->count++;
}
