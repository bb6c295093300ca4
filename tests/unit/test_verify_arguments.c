/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tlsroutectl verify`. */
#include "tests/unit/check.h"

#include "ctl/arguments/timeout.h"
#include "ctl/command_table.h"
#include "ctl/commands/verify_arguments.h"

#include <stdio.h>

enum {
    WORDS_MAX = 10
};

static const struct {
    const char *words[WORDS_MAX]; /* after the command's name */
    const char *problem;          /* or its beginning */
    const char *namespace, *pool, *connect, *hostname;
    unsigned seconds;
    enum format format;
} rows[] = {
    {.words = {NULL}, .seconds = 10},
    {.words = {"openvox/puppet"}, .namespace = "openvox", .pool = "puppet", .seconds = 10},
    {.words = {"-n", "openvox", "puppet"}, .namespace = "openvox", .pool = "puppet", .seconds = 10},
    {.words = {"puppet", "--namespace", "openvox"},
     .namespace = "openvox",
     .pool = "puppet",
     .seconds = 10},
    {.words = {"puppet"},
     .problem = "invalid argument: puppet (expected NAMESPACE/POOL, or POOL with --namespace)"},
    {.words = {"-n", "openvox"}, .namespace = "openvox", .seconds = 10},
    {.words = {"--connect", "h:1", "--hostname", "a.example", "-o", "json", "--timeout", "3"},
     .connect = "h:1",
     .hostname = "a.example",
     .seconds = 3,
     .format = FORMAT_JSON},
    {.words = {"--connect", "h:1", "ns/p", "-o", "text", "--timeout=3600"},
     .connect = "h:1",
     .namespace = "ns",
     .pool = "p",
     .seconds = 3600},
    {.words = {"a/b", "c/d"}, .problem = "unexpected argument: c/d"},
    {.words = {"/b"}, .problem = "invalid namespace: \"\" "},
    {.words = {"a/"}, .problem = "invalid Pool name: \"\" "},
    {.words = {"a/b/c"}, .problem = "invalid Pool name: \"b/c\" "},
    {.words = {"A/b"}, .problem = "invalid namespace: \"A\" "},
    {.words = {"-n", "x", "a/b"},
     .problem = "the namespace is given twice: in a/b and with --namespace"},
    {.words = {"--hostname", "a.example"}, .problem = "--hostname needs --connect"},
    {.words = {"--hostname", "192.0.2.1", "--connect", "h"},
     .problem = "invalid hostname: \"192.0.2.1\" is an IP address"},
    {.words = {"--hostname", "a.example", "--connect", "h", "a/b"},
     .problem = "--hostname cannot be combined with a Pool or --namespace"},
    {.words = {"--timeout", "0"}, .problem = "invalid timeout: 0 (expected 1 to 3600 seconds)"},
    {.words = {"--timeout", "3601"},
     .problem = "invalid timeout: 3601 (expected 1 to 3600 seconds)"},
    {.words = {"--timeout", "-1"}, .problem = "invalid timeout: -1 (expected 1 to 3600 seconds)"},
    {.words = {"--timeout", "1s"}, .problem = "invalid timeout: 1s (expected 1 to 3600 seconds)"},
    {.words = {"-o", "yaml"}, .problem = "invalid output format: yaml (expected text or json)"},
    {.words = {"--nonsense"}, .problem = "unknown option: --nonsense"},
    {.words = {"--connect"}, .problem = "option --connect needs a value"},
};

/* Both steps: what is true of every command, and what is true of verify. */
static char *read(int count, char **words, struct arguments *arguments,
                  struct verify_arguments *verify)
{
    char *program[] = {(char *)"tlsroutectl", NULL}, *problem;
    const struct command *command = command_find("verify", &problem);
    int index;

    assert_null(arguments_begin(1, program, arguments, &index));
    problem = arguments_read(count, words, command, arguments);
    return problem != NULL ? problem : verify_arguments_read(arguments, verify);
}

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *words[WORDS_MAX + 2] = {(char *)"verify"};
        struct arguments arguments;
        struct verify_arguments verify;
        char *problem, row[64];
        int count = 1;

        while (rows[i].words[count - 1] != NULL) {
            words[count] = (char *)rows[i].words[count - 1];
            count++;
        }
        snprintf(row, sizeof(row), "row %zu: %s", i, count > 1 ? words[1] : "");
        problem = read(count, words, &arguments, &verify);
        if (rows[i].problem != NULL) {
            CHECK_ROW(row, problem != NULL);
            CHECK_ROW(problem, strncmp(problem, rows[i].problem, strlen(rows[i].problem)) == 0);
            free(problem);
        } else {
            CHECK_ROW_TEXT(row, problem, NULL);
            CHECK_ROW_TEXT(row, verify.namespace, rows[i].namespace);
            CHECK_ROW_TEXT(row, verify.pool, rows[i].pool);
            CHECK_ROW_TEXT(row, verify.hostname, rows[i].hostname);
            CHECK_ROW_TEXT(row, arguments.options[OPTION_CONNECT], rows[i].connect);
            CHECK_ROW(row, verify.seconds == rows[i].seconds);
            CHECK_ROW(row, arguments.format == rows[i].format);
            verify_arguments_clear(&verify);
        }
        arguments_clear(&arguments);
    }
}

static void test_default_in_help(void **state)
{
    (void)state;
    assert_int_equal(atoi(option_info(OPTION_TIMEOUT)->otherwise), TIMEOUT_SECONDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_default_in_help)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
