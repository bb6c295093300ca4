/* SPDX-License-Identifier: Apache-2.0 */
/* A byte stream cut into lines, at every place where a read can end. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "watcher/lines.h"

/* What take() saw, each line with a '|' after it; it stops after so many lines. */
struct seen {
    char text[256];
    size_t lines, stop_after;
    size_t longest;
};

static bool take(const char *line, size_t size, void *context);

static const struct {
    const char *input, *lines, *rest;
} rows[] = {
    {"", "", ""},
    {"\n", "", ""},
    {"\n\n\n", "", ""},
    {"a\n", "a|", ""},
    {"a", "", "a"},
    {"a\nb", "a|", "b"},
    {"a\n\nb\n", "a|b|", ""},
    {"\na\n", "a|", ""},
    {"abc\ndefg\nh\n", "abc|defg|h|", ""},
    {"a\r\nb\r\n", "a\r|b\r|", ""},
    {"{\"a\":\"\\n\"}\n{}\n", "{\"a\":\"\\n\"}|{}|", ""},
};

/* In three pieces: every pair of places to cut. */
static void test_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *input = rows[i].input;
        size_t size = strlen(input);

        for (size_t first = 0; first <= size; first++) {
            for (size_t second = first; second <= size; second++) {
                struct lines lines = {0};
                struct seen seen = {0};

                assert_int_equal(lines_add(&lines, input, first, 100, take, &seen), LINES_OK);
                assert_int_equal(lines_add(&lines, input + first, second - first, 100, take, &seen),
                                 LINES_OK);
                assert_int_equal(lines_add(&lines, input + second, size - second, 100, take, &seen),
                                 LINES_OK);
                CHECK_ROW_TEXT(input, seen.text, rows[i].lines);
                CHECK_ROW(input, lines.size == strlen(rows[i].rest));
                CHECK_ROW(input,
                          lines.size == 0 || memcmp(lines.bytes, rows[i].rest, lines.size) == 0);
                lines_clear(&lines);
                assert_true(lines.bytes == NULL && lines.size == 0 && lines.room == 0);
            }
        }
    }
}

static void test_limit(void **state)
{
    static const struct {
        const char *first, *second;
        enum lines_result result; /* of the one that decides; the limit is 4 */
        const char *lines;
    } limits[] = {
        {"abcd\n", "", LINES_OK, "abcd|"},
        {"abcde\n", "", LINES_TOO_LONG, ""},
        {"abcde", "", LINES_TOO_LONG, ""},
        {"abcd", "\n", LINES_OK, "abcd|"},
        {"abcd", "e", LINES_TOO_LONG, ""},
        {"abcd", "e\n", LINES_TOO_LONG, ""},
        {"ab", "cd\nabcd\n", LINES_OK, "abcd|abcd|"},
        {"ab", "cde\n", LINES_TOO_LONG, ""},
        {"a\nb\n", "abcde\n", LINES_TOO_LONG, "a|b|"},
        {"a\nb\nabcde\nc\n", "", LINES_TOO_LONG, "a|b|"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct lines lines = {0};
        struct seen seen = {0};
        enum lines_result result =
            lines_add(&lines, limits[i].first, strlen(limits[i].first), 4, take, &seen);

        if (result == LINES_OK)
            result = lines_add(&lines, limits[i].second, strlen(limits[i].second), 4, take, &seen);
        CHECK_ROW(limits[i].first, result == limits[i].result);
        CHECK_ROW_TEXT(limits[i].first, seen.text, limits[i].lines);
        lines_clear(&lines);
    }
}

static void test_stop(void **state)
{
    const char input[] = "a\nb\nc\nd\n";

    (void)state;
    for (size_t split = 0; split < 4; split++) {
        struct lines lines = {0};
        struct seen seen = {.stop_after = 2};

        assert_int_equal(lines_add(&lines, input, split, 9, take, &seen), LINES_OK);
        assert_int_equal(lines_add(&lines, input + split, 8 - split, 9, take, &seen),
                         LINES_STOPPED);
        assert_string_equal(seen.text, "a|b|");
        /* the rest is dropped; what comes next is the beginning of a line */
        assert_int_equal(lines.size, 0);
        seen.stop_after = 0;
        assert_int_equal(lines_add(&lines, "e\n", 2, 9, take, &seen), LINES_OK);
        assert_string_equal(seen.text, "a|b|e|");
        lines_clear(&lines);
    }
}

/* A long line does not keep its memory for ever. */
static void test_large(void **state)
{
    const size_t size = 1024 * 1024;
    char *input = memory_new(size, 1);
    struct lines lines = {0};
    struct seen seen = {0};

    (void)state;
    memset(input, 'x', size);
    for (size_t at = 0; at < size; at += 16384)
        assert_int_equal(lines_add(&lines, input + at, 16384, size, take, &seen), LINES_OK);
    assert_in_range(lines.room, size, 4 * size);
    assert_int_equal(lines_add(&lines, "\n", 1, size, take, &seen), LINES_OK);
    assert_int_equal(seen.longest, size);
    assert_int_equal(lines.room, 0);
    for (size_t at = 0; at < size; at += 16384)
        assert_int_equal(lines_add(&lines, input + at, 16384, size, take, &seen), LINES_OK);
    assert_int_equal(lines_add(&lines, "y", 1, size, take, &seen), LINES_TOO_LONG);
    lines_clear(&lines);
    free(input);
}

/* NUL bytes are bytes of a line. */
static void test_nul(void **state)
{
    struct lines lines = {0};
    struct seen seen = {0};

    (void)state;
    assert_int_equal(lines_add(&lines, "a\0", 2, 9, take, &seen), LINES_OK);
    assert_int_equal(lines_add(&lines, "\0b\n\0\n", 5, 9, take, &seen), LINES_OK);
    assert_int_equal(seen.lines, 2);
    assert_int_equal(seen.longest, 4);
    lines_clear(&lines);
}

static bool take(const char *line, size_t size, void *context)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);

    assert_int_not_equal(size, 0);
    assert_null(memchr(line, '\n', size));
    if (used + size + 2 <= sizeof(seen->text)) {
        memcpy(seen->text + used, line, size);
        strcpy(seen->text + used + size, "|");
    }
    if (size > seen->longest)
        seen->longest = size;
    return ++seen->lines != seen->stop_after;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_stop),        cmocka_unit_test(test_large),
        cmocka_unit_test(test_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
