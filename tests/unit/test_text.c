/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal and for a shell. */
#include "tests/unit/check.h"

#include "ctl/output/output.h"
#include "ctl/output/text.h"

static void test_clean(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *clean;
    } rows[] = {
        {"", 0, ""},
        {"puppet", 6, "puppet"},
        {"J\xc3\xa4ger", 6, "J\xc3\xa4ger"},
        {"a\0b", 3, "a?b"},
        {"a\nb\x1b[1m\x7f", 8, "a?b?[1m?"},
        {"\xc2\x9b"
         "31m",
         5, "?31m"}, /* C1: a terminal's CSI */
        {"\xff\xc3", 2, "??"},
        {"\xed\xa0\x80", 3, "???"},
        {"\xe2\x80\xaegpj", 6, "?gpj"}, /* right to left */
        {"\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c", 8, "???"},
        {"\xe2\x80\xa6\xe2\x80\x93", 6, "\xe2\x80\xa6\xe2\x80\x93"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *clean = text_clean(rows[i].bytes, rows[i].size);

        CHECK_ROW_TEXT(rows[i].clean, clean, rows[i].clean);
        free(clean);
    }
}

static void test_shell_word(void **state)
{
    static const char *const rows[][2] = {
        {"puppet-1.example", "puppet-1.example"},
        {"", "''"},
        {"a b", "'a b'"},
        {"$(reboot)", "'$(reboot)'"},
        {"it's", "'it'\\''s'"},
        {"-rf", "-rf"},
        {"a;b", "'a;b'"},
        {"*", "'*'"},
        {"~", "'~'"},
        {"=ls", "'=ls'"},
        {"a\nb", "'a?b'"},
        {"\x1b[2J", "'?[2J'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *word = text_shell_word(rows[i][0]);

        CHECK_ROW_TEXT(rows[i][0], word, rows[i][1]);
        free(word);
    }
}

/* Only the format may end a line, whatever the texts are. */
static void test_output(void **state)
{
    char *bytes = NULL;
    size_t size;
    FILE *stream = open_memstream(&bytes, &size);

    (void)state;
    assert_int_equal(output_print(stream, "%s\n", "a\nb\x1b[1m"), 8);
    output_print(stream, "[%-4s|%4s|%.*s|%*s]\n", "a", "b", 2, "cde", 3, "");
    output_print(stream, "%d %u %zu %02llu %8d %c\n", -1, 2u, (size_t)3, 4ULL, 5, 'x');
    output_print(stream, "%c|", '\x1b');
    output_escaped(stream, "a\"\\\n", "\"\\", (const char *const[]){"Q", "B"});
    fclose(stream);
    assert_string_equal(bytes, "a?b?[1m\n[a   |   b|cd|   ]\n-1 2 3 04        5 x\n?|aQB?");
    free(bytes);
}

static void test_alternatives(void **state)
{
    static const char *const words[] = {"a", "b", "c"};
    static const char *const lists[] = {"", "a", "a or b", "a, b or c"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        char *list = text_alternatives(words, i);

        CHECK_ROW_TEXT(lists[i], list, lists[i]);
        free(list);
    }
}

/* What FUNCTION prints, with TEXT and the columns given. */
static char *printed(void (*wrap)(FILE *, const char *, size_t, size_t), const char *text,
                     size_t column, size_t indent)
{
    char *bytes = NULL;
    size_t size;
    FILE *stream = open_memstream(&bytes, &size);

    wrap(stream, text, column, indent);
    fclose(stream);
    return bytes;
}

static void test_wrap(void **state)
{
    static const struct {
        const char *text;
        size_t column, indent;
        const char *printed;
    } rows[] = {
        {"", 0, 0, "\n"},
        {"one two", 0, 0, "one two\n"},
        {"aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccccccccccccccccc dddddddddddddddddddd", 0, 0,
         "aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccccccccccccccccc dddddddddddddddddddd\n"},
        {"aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccccccccccccccccc ddddddddddddddddddddd", 0, 0,
         "aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb ccccccccccccccccccc\nddddddddddddddddddddd\n"},
        {"one two", 76, 76,
         "one\n"
         "                                                                            two\n"},
        /* what is longer than a line stays whole */
        {"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
         "b b",
         2, 2,
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
         "b\n"
         "  b\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = printed(text_wrap, rows[i].text, rows[i].column, rows[i].indent);

        CHECK_ROW_TEXT(rows[i].text, text, rows[i].printed);
        free(text);
    }
}

static void print_command(FILE *stream, const char *command, size_t column, size_t indent)
{
    (void)column;
    text_command(stream, command, indent);
}

static void test_command(void **state)
{
    char *text = printed(print_command, "kubectl get\nnothing\nnowhere", 0, 4);

    (void)state;
    CHECK_ROW_TEXT("command", text, "    kubectl get \\\n      nothing \\\n      nowhere\n");
    free(text);
    text = text_one_line("kubectl get\nnothing");
    CHECK_ROW_TEXT("one line", text, "kubectl get nothing");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),        cmocka_unit_test(test_shell_word),
        cmocka_unit_test(test_alternatives), cmocka_unit_test(test_output),
        cmocka_unit_test(test_wrap),         cmocka_unit_test(test_command)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
