/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of the commands that ask the daemon. */
#include "tests/unit/check.h"

#include "ctl/commands/options.h"

#include <getopt.h>

enum {
    WORDS_MOST = 8
};

static const struct ctl_globals globals = {.socket_path = "/default"};
static const struct options_taken nothing = {.words = WORDS_NONE};
static const struct options_taken any_word = {.words = WORDS_ONE};
static const struct options_taken list = {.words = WORDS_NAMESPACE, .formats = OPTIONS_ALL_FORMATS};
static const struct options_taken document = {.words = WORDS_NAME, .formats = OPTIONS_DOCUMENT};
static const struct options_taken picture = {.words = WORDS_NAMESPACE, .choices = "dot svg"};

#define LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Reads WORDS, separated by spaces, as getopt's messages are not heard. */
static char *read_line(const char *words, const struct options_taken *taken,
                       struct options *options, char *copy)
{
    char *argv[WORDS_MOST + 1] = {NULL}, *rest = copy, *word;
    int argc = 0;

    strcpy(copy, words);
    while ((word = strsep(&rest, " ")) != NULL && argc < WORDS_MOST)
        argv[argc++] = word;
    optind = 0;
    opterr = 0;
    return options_read(argc, argv, &globals, taken, options);
}

static void test_good(void **state)
{
    static const struct {
        const char *line;
        const struct options_taken *taken;
        const char *socket, *namespace, *name, *word;
        enum output_format format;
        int choice;
    } rows[] = {
        {"x", &nothing, "/default", "", "", NULL, OUTPUT_TABLE, -1},
        {"x -s /s", &nothing, "/s", "", "", NULL, OUTPUT_TABLE, -1},
        {"x --socket=/s", &nothing, "/s", "", "", NULL, OUTPUT_TABLE, -1},
        {"x debug", &any_word, "/default", "", "", "debug", OUTPUT_TABLE, -1},
        {"x ns", &list, "/default", "ns", "", "ns", OUTPUT_TABLE, -1},
        {"x ns/pool", &list, "/default", "ns", "pool", "ns/pool", OUTPUT_TABLE, -1},
        {"x -o json ns", &list, "/default", "ns", "", "ns", OUTPUT_JSON, -1},
        {"x ns --output yaml", &list, "/default", "ns", "", "ns", OUTPUT_YAML, -1},
        {"x -oname", &list, "/default", "", "", NULL, OUTPUT_NAME, -1},
        {"x ns/p -o table", &document, "/default", "ns", "p", "ns/p", OUTPUT_TABLE, -1},
        {"x --dot", &picture, "/default", "", "", NULL, OUTPUT_TABLE, 0},
        {"x ns --svg", &picture, "/default", "ns", "", "ns", OUTPUT_TABLE, 1},
        {"x --sv", &picture, "/default", "", "", NULL, OUTPUT_TABLE, 1},
    };
    char copy[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options options;
        char *problem = read_line(rows[i].line, rows[i].taken, &options, copy);

        CHECK_ROW_TEXT(rows[i].line, problem, NULL);
        CHECK_ROW_TEXT(rows[i].line, options.socket_path, rows[i].socket);
        CHECK_ROW_TEXT(rows[i].line, options.namespace, rows[i].namespace);
        CHECK_ROW_TEXT(rows[i].line, options.name, rows[i].name);
        CHECK_ROW_TEXT(rows[i].line, options.word, rows[i].word);
        CHECK_ROW(rows[i].line, options.format == rows[i].format);
        CHECK_ROW(rows[i].line, options.choice == rows[i].choice);
        CHECK_ROW(rows[i].line, !options.help);
        options_clear(&options);
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *line;
        const struct options_taken *taken;
        const char *problem;
    } rows[] = {
        {"x y", &nothing, "there is a word too many: \"y\""},
        {"x a b", &list, "there is a word too many: \"b\""},
        {"x -o xml", &list,
         "--output \"xml\" is not a format of this command; expected table, json or yaml, or name"},
        {"x ns/p -o name", &document,
         "--output \"name\" is not a format of this command; expected table, json or yaml"},
        {"x -o json", &nothing, ""},
        {"x --nonsense", &list, ""},
        {"x -s", &list, ""},
        {"x", &document, "which Pool? Give its NAMESPACE/NAME"},
        {"x ns", &document, "\"ns\" is not a NAMESPACE/NAME"},
        {"x /p", &document, "\"/p\" is not a NAMESPACE/NAME"},
        {"x ns/", &list, "\"ns/\" is not a NAMESPACE or NAMESPACE/NAME"},
        {"x a/b/c", &list, "\"a/b/c\" is not a NAMESPACE or NAMESPACE/NAME"},
        {"x " LONG_64, &list, "\"" LONG_64 "\" is not a NAMESPACE or NAMESPACE/NAME"},
        {"x --dot --svg", &picture, "only one of these options can be given"},
    };
    char copy[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options options;
        char *problem = read_line(rows[i].line, rows[i].taken, &options, copy);

        CHECK_ROW_TEXT(rows[i].line, problem, rows[i].problem);
        free(problem);
    }
}

static void test_help(void **state)
{
    struct options options;
    char copy[64];

    (void)state;
    assert_null(read_line("x -h", &document, &options, copy));
    assert_true(options.help);
    options_clear(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
