/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tlsroutectl setup`. */
#include "tests/unit/check.h"

#include "common/base/installation.h"
#include "ctl/command_table.h"
#include "ctl/commands/setup_arguments.h"

#include <stdio.h>

enum {
    WORDS_MAX = 8
};

static const struct {
    const char *words[WORDS_MAX]; /* after the command's name */
    const char *problem;          /* or its beginning */
    const char *namespaces, *folder;
    bool is_dry, is_forced, may_reissue;
    enum format format;
} rows[] = {
    {.words = {NULL}, .folder = INSTALLATION_FOLDER},
    {.words = {"-n", "puppet"}, .namespaces = "puppet", .folder = INSTALLATION_FOLDER},
    {.words = {"-n", "a,b-c,d"}, .namespaces = "a, b-c, d", .folder = INSTALLATION_FOLDER},
    {.words = {"--in-cluster", "--reissue"}, .may_reissue = true},
    {.words = {"--folder", "f", "--dry-run", "--force"},
     .folder = "f",
     .is_dry = true,
     .is_forced = true},
    {.words = {"-o", "yaml", "--in-cluster"}, .format = FORMAT_YAML},
    {.words = {"-n", ""}, .problem = "invalid namespace: \"\" "},
    {.words = {"-n", "a,"}, .problem = "invalid namespace: \"\" "},
    {.words = {"-n", "a,B"}, .problem = "invalid namespace: \"B\" "},
    {.words = {"-n", "a,b,a"}, .problem = "the namespace a is given twice"},
    {.words = {"--in-cluster", "--folder", "f"},
     .problem = "--in-cluster and --folder cannot be combined"},
    {.words = {"--in-cluster", "--instance", "b"},
     .problem = "--in-cluster and --instance cannot be combined"},
    {.words = {"--instance", "a/b"}, .problem = "invalid instance: \"a/b\""},
    {.words = {"--instance", "tlsrouted"}, .problem = "invalid instance: \"tlsrouted\""},
    {.words = {"--remove", "--force"}, .problem = "--remove and --force cannot be combined"},
    {.words = {"-o", "yaml", "--remove"}, .problem = "--output yaml and json only print"},
    {.words = {"-o", "json", "--dry-run"}, .problem = "--output yaml and json only print"},
    {.words = {"-o", "table"}, .problem = "invalid output format: table"},
    {.words = {"--timeout", "0"}, .problem = "invalid timeout: 0 (expected 1 to 3600 seconds)"},
    {.words = {"puppet"}, .problem = "unexpected argument: puppet"},
};

static void check_setup(const char *row, size_t i, const struct setup *setup)
{
    char *namespaces = text_list_line(&setup->choice.namespaces, WORDS_MAX);

    CHECK_ROW_TEXT(row, namespaces, rows[i].namespaces != NULL ? rows[i].namespaces : "");
    CHECK_ROW_TEXT(row, setup->folder, rows[i].folder);
    CHECK_ROW(row, setup->is_dry == rows[i].is_dry && setup->is_forced == rows[i].is_forced);
    CHECK_ROW(row, setup->choice.may_reissue == rows[i].may_reissue && setup->seconds == 10);
    free(namespaces);
}

static void test_read(void **state)
{
    char *nothing, name[] = "setup";
    const struct command *command = command_find(name, &nothing);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arguments arguments = {0};
        char *words[WORDS_MAX + 1] = {name}, *problem, row[64];
        struct setup setup;
        int count = 1;

        for (; count < WORDS_MAX && rows[i].words[count - 1] != NULL; count++)
            words[count] = (char *)rows[i].words[count - 1];
        snprintf(row, sizeof(row), "row %zu: %s", i, count > 1 ? words[count - 1] : "");
        problem = arguments_read(count, words, command, &arguments);
        if (problem == NULL)
            problem = setup_arguments_read(&arguments, &setup);
        if (rows[i].problem != NULL) {
            CHECK_ROW(row, problem != NULL);
            CHECK_ROW(problem, strncmp(problem, rows[i].problem, strlen(rows[i].problem)) == 0);
        } else {
            CHECK_ROW_TEXT(row, problem, NULL);
            CHECK_ROW(row, rows[i].format == arguments.format ||
                               (rows[i].format == 0 && arguments.format == FORMAT_TEXT));
            check_setup(row, i, &setup);
            setup_arguments_clear(&setup);
        }
        free(problem);
        arguments_clear(&arguments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
