/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands is complete, and what follows from it: abbreviations, help, completion. */
#include "tests/unit/check.h"

#include "ctl/command_table.h"
#include "ctl/completion.h"
#include "ctl/dispatch.h"
#include "ctl/usage.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    WORDS_MAX = 8,
    WIDTH = 80,
    HELP_MAX = 51 /* characters of what stands behind a command in help */
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = &command_table[i];
        size_t length = strlen(command->help);
        bool has_output = (command->options & OPTION_SET(OUTPUT)) != 0;

        CHECK_ROW(command->name, command->run != NULL);
        CHECK_ROW(command->name, islower((unsigned char)command->help[0]) && length <= HELP_MAX &&
                                     command->help[length - 1] != '.');
        CHECK_ROW(command->name, (command->options & OPTION_SET(HELP)) != 0);
        CHECK_ROW(command->name, has_output == (command->formats != 0));
        CHECK_ROW(command->name,
                  (command->operand == OPERAND_NONE) == (command->operand_text[0] == '\0'));
        CHECK_ROW(command->name,
                  (command->operand == OPERAND_NONE) == (command->values == VALUES_NONE));
        CHECK_ROW(command->name, (command->group >= GROUP_AGENTS) ==
                                     ((command->options & OPTION_SET(SOCKET)) == 0));
        CHECK_ROW(command->name, i == 0 || command->group >= command_table[i - 1].group);
    }
}

/* Every option has help, is taken somewhere, and has a name that no other begins with. */
static void test_options(void **state)
{
    unsigned taken = OPTIONS_GLOBAL;

    (void)state;
    for (size_t i = 0; i < command_table_count; i++)
        taken |= command_table[i].options;
    for (enum option_id i = 0; i < OPTIONS; i++) {
        const struct option_info *info = option_info(i);
        char *candidates;

        CHECK_ROW(info->name, strncmp(info->name, "--", 2) == 0 && info->help[0] != '\0');
        CHECK_ROW(info->name, (taken & (1u << i)) != 0);
        CHECK_ROW(info->name,
                  option_by_name(~0u, info->name, strlen(info->name), &candidates) == i);
        CHECK_ROW(info->name, info->letter == '\0' || option_by_letter(~0u, info->letter) == i);
    }
}

static void test_abbreviations(void **state)
{
    static const struct {
        const char *word, *name, *problem;
    } rows[] = {
        {"stat", "status", NULL},
        {"p", "pools", NULL},
        {"rel", "reload", NULL},
        {"w", NULL, "ambiguous command: w (workers or watch?)"},
        {"r", NULL, "ambiguous command: r (routes, resync or reload?)"},
        {"nonsense", NULL, "unknown command: nonsense"},
        {"", NULL, "unknown command: "},
        {"complete", NULL, "unknown command: complete"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *problem;
        const struct command *command = command_find(rows[i].word, &problem);

        CHECK_ROW_TEXT(rows[i].word, command != NULL ? command->name : NULL, rows[i].name);
        CHECK_ROW_TEXT(rows[i].word, problem, rows[i].problem);
        free(problem);
    }
    for (size_t i = 0; i < command_table_count; i++) {
        char *problem;

        CHECK_ROW(command_table[i].name,
                  command_find(command_table[i].name, &problem) == &command_table[i]);
    }
}

static bool has_path_of_this_build(const char *line, size_t length)
{
    return memmem(line, length, RUNSTATEDIR, strlen(RUNSTATEDIR)) != NULL ||
           memmem(line, length, SYSCONFDIR, strlen(SYSCONFDIR)) != NULL;
}

/* No line of TEXT is too long, unless it holds such a path. */
static void check_width(const char *row, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        CHECK_ROW(row, length <= WIDTH || has_path_of_this_build(text, length));
        text += length + (text[length] == '\n');
    }
}

/* Help names every command, and that of a command every option of it and no other. */
static void test_help(void **state)
{
    char *text, line[64];
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    usage_print(stream);
    fclose(stream);
    check_width("all", text);
    for (size_t i = 0; i < command_table_count; i++) {
        snprintf(line, sizeof(line), "\n  %s ", command_table[i].name);
        CHECK_ROW(line, strstr(text, line) != NULL);
    }
    free(text);
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = &command_table[i];

        stream = open_memstream(&text, &size);
        usage_print_command(stream, command);
        fclose(stream);
        check_width(command->name, text);
        CHECK_ROW(command->name, strstr(text, command->operand_text) != NULL);
        for (enum option_id k = 0; k < OPTIONS; k++) {
            snprintf(line, sizeof(line), "%s ", option_info(k)->name);
            CHECK_ROW(line, (strstr(strstr(text, "Options:"), line) != NULL) ==
                                ((command->options & (1u << k)) != 0));
        }
        free(text);
    }
}

/* Runs the words of LINE as a command line. Returns its exit status, and what it has printed to
 * standard error in *TEXT, which the caller frees. */
static int run_line(const char *line, char **text)
{
    char copy[128], *rest = strcpy(copy, line), *argv[WORDS_MAX + 1] = {0};
    FILE *file = tmpfile();
    int argc = 0, status, saved = dup(STDERR_FILENO);
    long size;

    while (rest != NULL && argc < WORDS_MAX)
        argv[argc++] = strsep(&rest, " ");
    dup2(fileno(file), STDERR_FILENO);
    status = dispatch(argc, argv);
    dup2(saved, STDERR_FILENO);
    close(saved);
    size = lseek(fileno(file), 0, SEEK_END);
    *text = calloc(1, (size_t)size + 1);
    assert_int_equal(pread(fileno(file), *text, (size_t)size, 0), size);
    fclose(file);
    return status;
}

static void test_usage_errors(void **state)
{
    static const char all[] = "usage: tlsroutectl [-s PATH] COMMAND [OPTION]... [ARGUMENT]\n"
                              "Run \"tlsroutectl --help\" for more.\n";
    static const struct {
        const char *line, *problem, *usage;
    } rows[] = {
        {"t", "tlsroutectl: no command given\n", all},
        {"t nonsense", "tlsroutectl: unknown command: nonsense\n", all},
        {"t w", "tlsroutectl: ambiguous command: w (workers or watch?)\n", all},
        {"t --nonsense", "tlsroutectl: unknown option: --nonsense\n", all},
        {"t \033[1m", "tlsroutectl: unknown command: ?[1m\n", all},
        {"t complete --", "tlsroutectl: unknown command: complete\n", all},
        {"t status more", "tlsroutectl: unexpected argument: more\n",
         "usage: tlsroutectl status [OPTION]...\n"
         "Run \"tlsroutectl status --help\" for more.\n"},
        {"t expl", "tlsroutectl: missing argument: NAMESPACE/POOL\n",
         "usage: tlsroutectl explain [OPTION]... NAMESPACE/POOL\n"
         "Run \"tlsroutectl explain --help\" for more.\n"},
        {"t loglevel loud",
         "tlsroutectl: invalid log level: loud (expected error, warning, info or debug)\n",
         "usage: tlsroutectl loglevel [OPTION]... [LEVEL]\n"
         "Run \"tlsroutectl loglevel --help\" for more.\n"},
        {"t verify --hostname a.example", "tlsroutectl: --hostname needs --connect\n",
         "usage: tlsroutectl verify [OPTION]... [NAMESPACE/POOL]\n"
         "Run \"tlsroutectl verify --help\" for more.\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text, expected[512];

        CHECK_ROW(rows[i].line, run_line(rows[i].line, &text) == COMMAND_USAGE);
        snprintf(expected, sizeof(expected), "%s%s", rows[i].problem, rows[i].usage);
        CHECK_ROW_TEXT(rows[i].line, text, expected);
        free(text);
    }
}

/* Without the daemon. */
static void test_unreachable(void **state)
{
    char *text;

    (void)state;
    assert_int_equal(run_line("t -s /nonexistent/socket resync", &text), COMMAND_NO_RESULT);
    assert_string_equal(text, "tlsroutectl: cannot reach tlsrouted at /nonexistent/socket: No such "
                              "file or directory. Is the service running?\n");
    free(text);
}

/* What may take the place of the last word of LINE: words separated by spaces, without their
 * descriptions. "FILES" for names of files. The caller frees it. */
static char *completed(const char *line)
{
    char copy[128], *rest = strcpy(copy, line), *words[WORDS_MAX], *text;
    size_t count = 0, size, length = 0;
    FILE *stream = open_memstream(&text, &size);
    bool is_description = false;
    int result;

    while (rest != NULL && count < WORDS_MAX)
        words[count++] = strsep(&rest, " ");
    result = completion_print(stream, count, words);
    fclose(stream);
    if (result == COMPLETION_FILES) {
        CHECK_ROW(line, size == 0);
        free(text);
        return strdup("FILES");
    }
    for (size_t i = 0; i < size; i++) {
        is_description = text[i] != '\n' && (is_description || text[i] == '\t');
        if (!is_description)
            text[length++] = text[i] == '\n' ? ' ' : text[i];
    }
    text[length > 0 ? length - 1 : 0] = '\0';
    return text;
}

static void test_completion(void **state)
{
    static const char *const rows[][2] = {
        {"w", "workers watch"},
        {"nonsense ", ""},
        {"nonsense -", ""},
        {"-", "--socket --version --help"},
        {"--s", "--socket"},
        {"-s ", "FILES"},
        {"-s /x exp", "explain"},
        {"--socket /x exp", "explain"},
        {"--socket = /x exp", "explain"},
        {"--socket=/x exp", "explain"},
        {"-s/x exp", "explain"},
        {"status ", "--output --socket --help"},
        {"status --o", "--output"},
        {"status -o json ", "--socket --help"},
        {"stat -o ", "table json yaml"},
        {"pools -o ", "table json yaml name"},
        {"pools --output = j", "json"},
        {"pools --output =", "table json yaml name"},
        {"verify -o ", "text json"},
        {"health ", "--live --ready --socket --help"},
        {"health --live ", "--socket --help"},
        {"graph --m", "--mermaid"},
        {"graph --svg --m", ""},
        {"loglevel ", "error warning info debug"},
        {"loglevel w", "warning"},
        {"loglevel -- w", "warning"},
        {"loglevel info w", ""},
        {"loglevel -- -", ""},
        {"verify --connect ", ""},
        {"verify --ca ", "FILES"},
        {"verify --kubeconfig x", "FILES"},
        {"verify --conn", "--connect"},
        {"-s /nonexistent/socket explain x", ""},
        {"-s /nonexistent/socket explain ", "--output --help"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = completed(rows[i][0]);

        CHECK_ROW_TEXT(rows[i][0], text, rows[i][1]);
        free(text);
    }
}

/* Of every command, and of every option of it, the whole name is found from its beginning. */
static void test_everything_is_completed(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = &command_table[i];
        char *text = completed(command->name), line[64];

        CHECK_ROW_TEXT(command->name, text, command->name);
        free(text);
        for (enum option_id k = 0; k < OPTIONS; k++) {
            const char *name = option_info(k)->name;

            snprintf(line, sizeof(line), "%s %s", command->name, name);
            text = completed(line);
            CHECK_ROW_TEXT(line, text, (command->options & (1u << k)) != 0 ? name : "");
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_options),
        cmocka_unit_test(test_abbreviations), cmocka_unit_test(test_help),
        cmocka_unit_test(test_usage_errors),  cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_completion),    cmocka_unit_test(test_everything_is_completed),
    };

    return cmocka_run_group_tests_name("command_table", tests, NULL, NULL);
}
