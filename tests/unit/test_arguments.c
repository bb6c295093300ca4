/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, read by what a command takes; words that are shortened. */
#include "tests/unit/check.h"

#include "common/base/installation.h"

#include "ctl/arguments/arguments.h"
#include "ctl/arguments/prefix.h"

enum {
    WORDS_MAX = 8
};

#define COMMON (OPTION_SET(SOCKET) | OPTION_SET(HELP))
#define OUTPUT (COMMON | OPTION_SET(OUTPUT))
#define ROWS   (FORMAT_SET(TABLE) | FORMAT_SET(JSON) | FORMAT_SET(YAML) | FORMAT_SET(NAME))

static const struct command plain = {.options = COMMON};
static const struct command word = {.operand = OPERAND_WORD, .options = COMMON};
static const struct command list = {.operand = OPERAND_SCOPE, .options = OUTPUT, .formats = ROWS};
static const struct command document = {.operand = OPERAND_POOL,
                                        .operand_text = "NAMESPACE/POOL",
                                        .options = OUTPUT,
                                        .formats = FORMAT_SET(TABLE) | FORMAT_SET(JSON)};
static const struct command picture = {.operand = OPERAND_SCOPE,
                                       .options = COMMON | OPTION_SET(DOT) | OPTION_SET(SVG)};
static const struct command verify = {.operand = OPERAND_WORD,
                                      .options = OPTION_SET(CONNECT) | OPTION_SET(CONTEXT) |
                                                 OPTION_SET(NAMESPACE) | OPTION_SET(OUTPUT),
                                      .formats = FORMAT_SET(TEXT) | FORMAT_SET(JSON)};

#define LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Divides COPY of LINE at its spaces into ARGV. Returns the number of words. */
static int split(const char *line, char *copy, char **argv)
{
    char *rest = strcpy(copy, line), *next;
    int argc = 0;

    while ((next = strsep(&rest, " ")) != NULL && argc < WORDS_MAX)
        argv[argc++] = next;
    argv[argc] = NULL;
    return argc;
}

/* The words of LINE are the options before a command, "|", and what follows it. */
static char *read_line(const char *line, const struct command *command, struct arguments *arguments,
                       char *copy)
{
    char *argv[WORDS_MAX + 1];
    int argc = split(line, copy, argv), index;
    char *problem = arguments_begin(argc, argv, arguments, &index);

    return problem != NULL ? problem
                           : arguments_read(argc - index, argv + index, command, arguments);
}

static void test_valid(void **state)
{
    static const struct {
        const char *line;
        const struct command *command;
        const char *socket, *namespace, *name, *operand;
        enum format format;
    } rows[] = {
        {"t x", &plain, INSTALLATION_SOCKET, "", "", NULL, 0},
        {"t x -s /s", &plain, "/s", "", "", NULL, 0},
        {"t -s /s x", &plain, "/s", "", "", NULL, 0},
        {"t -s/s x", &plain, "/s", "", "", NULL, 0},
        {"t --sock /r x --socket=/s", &plain, "/s", "", "", NULL, 0},
        {"t x debug", &word, INSTALLATION_SOCKET, "", "", "debug", 0},
        {"t x -- -h", &word, INSTALLATION_SOCKET, "", "", "-h", 0},
        {"t x ns", &list, INSTALLATION_SOCKET, "ns", "", "ns", FORMAT_TABLE},
        {"t x ns/pool", &list, INSTALLATION_SOCKET, "ns", "pool", "ns/pool", FORMAT_TABLE},
        {"t x -o json ns", &list, INSTALLATION_SOCKET, "ns", "", "ns", FORMAT_JSON},
        {"t x ns --output yaml", &list, INSTALLATION_SOCKET, "ns", "", "ns", FORMAT_YAML},
        {"t x -oname", &list, INSTALLATION_SOCKET, "", "", NULL, FORMAT_NAME},
        {"t x ns/p -o table", &document, INSTALLATION_SOCKET, "ns", "p", "ns/p", FORMAT_TABLE},
        {"t x a/b/c", &verify, INSTALLATION_SOCKET, "", "", "a/b/c", FORMAT_TEXT},
    };
    char copy[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arguments arguments;
        char *problem = read_line(rows[i].line, rows[i].command, &arguments, copy);

        CHECK_ROW_TEXT(rows[i].line, problem, NULL);
        CHECK_ROW_TEXT(rows[i].line, arguments.socket_path, rows[i].socket);
        CHECK_ROW_TEXT(rows[i].line, arguments.namespace, rows[i].namespace);
        CHECK_ROW_TEXT(rows[i].line, arguments.name, rows[i].name);
        CHECK_ROW_TEXT(rows[i].line, arguments.operand, rows[i].operand);
        CHECK_ROW(rows[i].line, rows[i].format == 0 || arguments.format == rows[i].format);
        CHECK_ROW(rows[i].line, arguments.options[OPTION_HELP] == NULL);
        arguments_clear(&arguments);
    }
}

static void test_options(void **state)
{
    static const struct {
        const char *line;
        const struct command *command;
        enum option_id option;
        const char *value;
    } rows[] = {
        {"t x --dot", &picture, OPTION_DOT, ""},
        {"t x --sv", &picture, OPTION_SVG, ""},
        {"t x --svg --svg", &picture, OPTION_SVG, ""},
        {"t x --svg", &picture, OPTION_DOT, NULL},
        {"t x --conn=h:1", &verify, OPTION_CONNECT, "h:1"},
        {"t x -n a -n b", &verify, OPTION_NAMESPACE, "b"},
        {"t -V x", &plain, OPTION_VERSION, ""},
        {"t x -h", &document, OPTION_HELP, ""}, /* nothing is missing then */
        {"t x -h --nonsense", &document, OPTION_HELP, ""},
    };
    char copy[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arguments arguments;
        char *problem = read_line(rows[i].line, rows[i].command, &arguments, copy);

        CHECK_ROW_TEXT(rows[i].line, problem, NULL);
        CHECK_ROW_TEXT(rows[i].line, arguments.options[rows[i].option], rows[i].value);
        arguments_clear(&arguments);
    }
}

static void test_invalid(void **state)
{
    static const struct {
        const char *line;
        const struct command *command;
        const char *problem;
    } rows[] = {
        {"t x y", &plain, "unexpected argument: y"},
        {"t x a b", &list, "unexpected argument: b"},
        {"t x -o xml", &list, "invalid output format: xml (expected table, json, yaml or name)"},
        {"t x ns/p -o name", &document, "invalid output format: name (expected table or json)"},
        {"t x -o json", &plain, "unknown option: -o"},
        {"t x --nonsense", &list, "unknown option: --nonsense"},
        {"t x --nonsense=1", &list, "unknown option: --nonsense"},
        {"t --nonsense x", &list, "unknown option: --nonsense"},
        {"t x --dot", &list, "unknown option: --dot"},
        {"t x -V", &list, "unknown option: -V"},
        {"t x -s", &list, "option --socket needs a value"},
        {"t x --socket", &list, "option --socket needs a value"},
        {"t x --dot=1", &picture, "option --dot does not take a value"},
        {"t x --con h", &verify, "ambiguous option: --con (--connect or --context?)"},
        {"t x", &document, "missing argument: NAMESPACE/POOL"},
        {"t x ns", &document, "invalid argument: ns (expected NAMESPACE/NAME)"},
        {"t x /p", &document, "invalid argument: /p (expected NAMESPACE/NAME)"},
        {"t x ns/", &list, "invalid argument: ns/ (expected NAMESPACE or NAMESPACE/NAME)"},
        {"t x a/b/c", &list, "invalid argument: a/b/c (expected NAMESPACE or NAMESPACE/NAME)"},
        {"t x " LONG_64, &list,
         "invalid argument: " LONG_64 " (expected NAMESPACE or NAMESPACE/NAME)"},
        {"t x --dot --svg", &picture, "--dot and --svg cannot be combined"},
        {"t x --svg --dot", &picture, "--svg and --dot cannot be combined"},
    };
    char copy[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arguments arguments;
        char *problem = read_line(rows[i].line, rows[i].command, &arguments, copy);

        CHECK_ROW_TEXT(rows[i].line, problem, rows[i].problem);
        free(problem);
        arguments_clear(&arguments);
    }
}

static void test_place_of_the_command(void **state)
{
    static const struct {
        const char *line;
        int index;
    } rows[] = {{"t", 1}, {"t x", 1}, {"t -s /s x -h", 3}, {"t -s /s", 3}, {"t -- x", 2}};
    char copy[64], *argv[WORDS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arguments arguments;
        int index;

        assert_null(arguments_begin(split(rows[i].line, copy, argv), argv, &arguments, &index));
        CHECK_ROW(rows[i].line, index == rows[i].index);
        arguments_clear(&arguments);
    }
}

static void test_prefixes(void **state)
{
    static const char *const words[] = {"status", "watch", "workers", "work", "verify"};
    static const struct {
        const char *word;
        int index;
        const char *candidates;
    } rows[] = {
        {"status", 0, NULL},
        {"s", 0, NULL},
        {"statusx", PREFIX_NONE, NULL},
        {"w", PREFIX_AMBIGUOUS, "watch, workers or work"},
        {"wo", PREFIX_AMBIGUOUS, "workers or work"},
        {"work", 3, NULL}, /* a whole word is meant, though it begins another */
        {"worke", 2, NULL},
        {"", PREFIX_NONE, NULL},
        {"x", PREFIX_NONE, NULL},
        {"S", PREFIX_NONE, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *candidates;

        CHECK_ROW(rows[i].word,
                  prefix_find(words, COUNT_OF(words), rows[i].word, &candidates) == rows[i].index);
        CHECK_ROW_TEXT(rows[i].word, candidates, rows[i].candidates);
        free(candidates);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),    cmocka_unit_test(test_options),
        cmocka_unit_test(test_invalid),  cmocka_unit_test(test_place_of_the_command),
        cmocka_unit_test(test_prefixes),
    };

    return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
