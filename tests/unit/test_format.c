/* SPDX-License-Identifier: Apache-2.0 */
/* What tlsroutectl prints: tables, JSON, YAML and names. */
#include "tests/unit/check.h"

#include "ctl/output/format.h"

#include <stdio.h>

static const struct column columns[] = {
    {"NAME", "name", NULL, false},
    {"STATE", "state", NULL, true},
    {"HAS", "present", "wanted", false},
    {"LIST", "deep.list", NULL, false},
    COLUMNS_END,
};

/* Prints into a text that the caller frees. */
static char *printed_table(const char *rows, const struct table_style *style)
{
    struct json_object *array = check_json(rows);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    table_print(stream, columns, array, style);
    fclose(stream);
    json_object_put(array);
    return text;
}

static char *printed(void (*print)(FILE *, struct json_object *), const char *value)
{
    struct json_object *object = check_json(value);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    print(stream, object);
    fclose(stream);
    json_object_put(object);
    return text;
}

static void test_tables(void **state)
{
    static const struct {
        const char *row, *rows;
        struct table_style style;
        const char *text;
    } rows[] = {
        {"none", "[]", {80, false}, "NAME  STATE  HAS  LIST\n"},
        {"kinds of values",
         "[{\"name\":\"a\",\"state\":true,\"present\":1,\"wanted\":2,\"deep\":{\"list\":[\"x\","
         "\"y\"]}}]",
         {80, false},
         "NAME  STATE  HAS  LIST\na     yes    1/2  x,y\n"},
        {"nothing there",
         "[{\"name\":\"\",\"state\":null,\"deep\":{\"list\":[]}}]",
         {80, false},
         "NAME  STATE  HAS  LIST\n-     -      -/-  -\n"},
        {"the widest is cut",
         "[{\"name\":\"abcdefghijklmnopqrstuvwxyz\",\"state\":\"ok\",\"present\":0,\"wanted\":0}]",
         {35, false},
         "NAME               STATE  HAS  LIST\n"
         "abcdefghijklmnop\xe2\x80\xa6  ok     0/0  -\n"},
        {"characters, not bytes",
         "[{\"name\":\"\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\"}]",
         {80, false},
         "NAME    STATE  HAS  LIST\n"
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4  -      -/-  -\n"},
        {"controls",
         "[{\"name\":\"a\\u001b[1mb\\u009b\",\"state\":\"ok\"}]",
         {80, false},
         "NAME     STATE  HAS  LIST\na?[1mb?  ok     -/-  -\n"},
        {"colour",
         "[{\"name\":\"a\",\"state\":\"ok\"},{\"name\":\"b\",\"state\":\"wrong\"},"
         "{\"name\":\"c\",\"state\":\"else\"}]",
         {80, true},
         "NAME  STATE  HAS  LIST\na     \033[32mok     \033[0m-/-  -\n"
         "b     \033[31mwrong  \033[0m-/-  -\nc     else   \033[0m-/-  -\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = printed_table(rows[i].rows, &rows[i].style);

        CHECK_ROW_TEXT(rows[i].row, text, rows[i].text);
        free(text);
    }
}

/* In characters, not bytes, and never in two parts of one. */
static void test_cut(void **state)
{
    static const char umlauts[] =
        "[{\"name\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
        "\xc3\xa4\"}]";
    const struct table_style style = {27, false}, too_narrow = {1, false};
    char *text = printed_table(umlauts, &style);

    (void)state;
    assert_string_equal(text, "NAME       STATE  HAS  LIST\n"
                              "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                              "\xe2\x80\xa6  -      -/-  -\n");
    free(text);
    text = printed_table(umlauts, &too_narrow);
    assert_string_equal(text, "NAME      STATE  HAS  LIST\n"
                              "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
                              "\xe2\x80\xa6  -      -/-  -\n");
    free(text);
}

static void test_json(void **state)
{
    char *text = printed(format_json, "{\"a\":\"/\\u007f\\u009b\\u00e4\\n\"}");

    (void)state;
    assert_string_equal(text, "{\n  \"a\": \"/\\u007f\\u009b\xc3\xa4\\n\"\n}\n");
    check_same_json("as it was", check_json(text), "{\"a\":\"/\\u007f\\u009b\\u00e4\\n\"}");
    free(text);
}

static void test_yaml(void **state)
{
    static const char *const rows[][2] = {
        {"{\"a\":\"b\"}", "a: b\n"},
        {"{\"a\":null,\"b\":true,\"c\":12,\"d\":[],\"e\":{}}",
         "a: null\nb: true\nc: 12\nd: []\ne: {}\n"},
        {"[{\"a\":\"1\"},{\"a\":\"no\"},{\"a\":\"NULL\"},{\"a\":\"\"},{\"a\":\"- x\"}]",
         "- a: \"1\"\n- a: \"no\"\n- a: \"NULL\"\n- a: \"\"\n- a: \"- x\"\n"},
        {"{\"a\":\"x\\ny: z\"}", "a: \"x\\ny: z\"\n"},
        {"{\"a\":\"\\u001b[1m\\u009b\"}", "a: \"\\e[1m\\x9B\"\n"},
        {"{\"2\":\"x y\"}", "\"2\": \"x y\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = printed(format_yaml, rows[i][0]);

        CHECK_ROW_TEXT(rows[i][0], text, rows[i][1]);
        free(text);
    }
}

static void test_clean(void **state)
{
    struct json_object *value = check_json(
        "{\"a\":\"x\\u001b[1m\",\"b\":[\"\\u009b\",{\"c\":\"\\u007f\"}],\"d\":1,\"e\":null}");

    (void)state;
    format_clean(value);
    check_same_json("clean", value,
                    "{\"a\":\"x?[1m\",\"b\":[\"?\",{\"c\":\"?\"}],\"d\":1,\"e\":null}");
    format_clean(NULL);
}

static void test_names(void **state)
{
    char *text = printed(format_names, "[{\"namespace\":\"n\",\"name\":\"a\"},{\"name\":\"b\"}]");

    (void)state;
    assert_string_equal(text, "n/a\nb\n");
    free(text);
}

static void test_formats(void **state)
{
    static const char *const names[FORMATS] = {"text", "table", "json", "yaml", "name"};
    static const struct {
        unsigned set;
        const char *list;
        enum format preset;
    } rows[] = {
        {FORMAT_SET(TABLE), "table", FORMAT_TABLE},
        {FORMAT_SET(TEXT) | FORMAT_SET(JSON), "text or json", FORMAT_TEXT},
        {FORMAT_SET(YAML) | FORMAT_SET(TABLE) | FORMAT_SET(NAME), "table, yaml or name",
         FORMAT_TABLE},
    };
    enum format format;

    (void)state;
    for (enum format i = 0; i < FORMATS; i++) {
        CHECK_ROW_TEXT(names[i], format_name(i), names[i]);
        CHECK_ROW(names[i], format_parse(names[i], 1u << i, &format) && format == i);
        CHECK_ROW(names[i], !format_parse(names[i], ~(1u << i), &format));
    }
    assert_false(format_parse("xml", ~0u, &format));
    assert_false(format_parse("", ~0u, &format));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *list = format_list(rows[i].set);

        CHECK_ROW_TEXT(rows[i].list, list, rows[i].list);
        CHECK_ROW(rows[i].list, format_default(rows[i].set) == rows[i].preset);
        free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),  cmocka_unit_test(test_cut),   cmocka_unit_test(test_json),
        cmocka_unit_test(test_yaml),    cmocka_unit_test(test_names), cmocka_unit_test(test_clean),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
