/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: strict decoding, reading by path without conversions. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/json_patch.h"

static void test_decode_good(void **state)
{
    static const struct {
        const char *text, *compact;
    } rows[] = {
        {"{}", "{}"},
        {" {} ", "{}"},
        {"{}\n", "{}"},
        {"{}\r\n", "{}"},
        {"[]", "[]"},
        {"\"a\"", "\"a\""},
        {"{\"a\": [1, -2, true, null, \"x/y\"]}", "{\"a\":[1,-2,true,null,\"x/y\"]}"},
        {"{\"a\":\"m\xc3\xbcnchen \xf0\x9f\x98\x80\"}",
         "{\"a\":\"m\xc3\xbcnchen \xf0\x9f\x98\x80\"}"},
        {"{\"\xc3\xbc\":\"\\\\\xe2\x82\xac\xef\xbf\xbd\"}",
         "{\"\xc3\xbc\":\"\\\\\xe2\x82\xac\xef\xbf\xbd\"}"},
        {"{\"a\":18446744073709551615}", "{\"a\":18446744073709551615}"},
        {"{\"a\":\"\\u0041\\n\"}", "{\"a\":\"A\\n\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem = NULL;
        struct json_object *object = json_decode(rows[i].text, strlen(rows[i].text), &problem);

        CHECK_ROW_TEXT(rows[i].text, problem, NULL);
        CHECK_ROW_TEXT(rows[i].text, json_encode(object), rows[i].compact);
        json_object_put(object);
    }
}

static void check_next(const char *before);

static void test_decode_bad(void **state)
{
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
    static const struct {
        const char *text;
        size_t size;
    } rows[] = {
        BYTES(""),
        BYTES(" "),
        BYTES("\n"),
        BYTES("null"),
        BYTES("{"),
        BYTES("{\"a\""),
        BYTES("{\"a\":"),
        BYTES("{\"a\":1"),
        BYTES("{\"a\":1,}"),
        BYTES("[1,]"),
        BYTES("[1 2]"),
        BYTES("{a:1}"),
        BYTES("{}{}"),
        BYTES("{}x"),
        BYTES("\xc3\xbc"),
        BYTES("{}\xc3\xbc"),
        BYTES("{\"a\":\"\\\xc3\xbc\"}"),
        BYTES("{\"a\":\"\xed\xa0\x80\"}"),
        BYTES("{} x"),
        BYTES("{}]"),
        BYTES("{\"a\":'x'}"),
        BYTES("{\"a\":tru}"),
        BYTES("{\"a\":True}"),
        BYTES("{\"a\":/*x*/1}"),
        BYTES("{\"a\":\"x"),
        BYTES("{\"a\":\"\\x\"}"),
        BYTES("{\"a\":\"\\ud83d\\ude0'0\"}"),
        BYTES("{\"a\":\"\\ud83d\\"),
        BYTES("{\"a\":\"\xff\"}"),
        BYTES("{\"a\":\"\xc3\"}"),
        BYTES("hello"),
        BYTES("<html>"),
        BYTES("\0{}"),
        BYTES("{\0}"),
        BYTES("{\"a\":1\0}"),
        BYTES("{}\0"),
        BYTES("{}\0x"),
        BYTES("{}\0\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem = NULL;
        char *block = memory_resize(NULL, rows[i].size, 1); /* of just that size */

        memcpy(block, rows[i].text, rows[i].size);
        CHECK_ROW(rows[i].text, json_decode(block, rows[i].size, &problem) == NULL);
        CHECK_ROW(rows[i].text, problem != NULL && problem[0] != '\0');
        free(block);
        check_next(rows[i].text);
    }
}

/* Whatever the one before was, it is not seen in what is decoded next. */
static void check_next(const char *before)
{
    static const char next[] = "{\"a\":\"\\u00e9\",\"b\":\"\\ude00\"}";
    const char *problem = NULL;
    struct json_object *object = json_decode(next, strlen(next), &problem);

    CHECK_ROW_TEXT(before, json_encode(object), "{\"a\":\"\xc3\xa9\",\"b\":\"\xef\xbf\xbd\"}");
    json_object_put(object);
}

static void test_depth(void **state)
{
    char text[201];
    const char *problem = NULL;

    (void)state;
    for (size_t depth = 1; depth <= 100; depth++) {
        struct json_object *object;

        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        object = json_decode(text, 2 * depth, &problem);
        assert_true((object != NULL) == (depth <= 64));
        json_object_put(object);
    }
}

static void test_at(void **state)
{
    static const struct {
        const char *path, *compact; /* NULL: nothing there */
        const char *text;
    } rows[] = {
        {"a", "{\"b\":{\"c\":\"x\",\"n\":7,\"z\":null,\"\":\"e\"},\"l\":[{\"c\":1}]}", ""},
        {"a.b.c", "\"x\"", "x"},
        {"a.b.n", "7", ""},
        {"a.b.z", NULL, ""},
        {"a.b.z.c", NULL, ""},
        {"a.b.c.d", NULL, ""},
        {"a.b.x", NULL, ""},
        {"b", NULL, ""},
        {"a.l", "[{\"c\":1}]", ""},
        {"a.l.c", NULL, ""},
        {"a.l.0", NULL, ""},
        {"f", "false", ""},
        {"s", "\"\"", ""},
        {"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd", NULL, ""},
    };
    struct json_object *object =
        check_json("{\"a\":{\"b\":{\"c\":\"x\",\"n\":7,\"z\":null,\"\":\"e\"},\"l\":[{\"c\":1}]},"
                   "\"f\":false,\"s\":\"\"}");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *found = json_at(object, rows[i].path);

        CHECK_ROW_TEXT(rows[i].path, found != NULL ? json_encode(found) : NULL, rows[i].compact);
        CHECK_ROW_TEXT(rows[i].path, json_text_at(object, rows[i].path), rows[i].text);
        assert_null(json_at(NULL, rows[i].path));
        assert_string_equal(json_text_at(NULL, rows[i].path), "");
    }
    assert_ptr_equal(json_at(object, ""), object);
    json_object_put(object);
}

static void test_patch(void **state)
{
    struct json_object *patch = json_object_new_array();

    (void)state;
    json_patch_add(patch, "test", "/a/b", json_object_new_string("x"));
    json_patch_add(patch, "add", "/l/-", json_object_new_array());
    json_patch_add(patch, "replace", "/n", NULL);
    check_same_json("patch", patch,
                    "[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":\"x\"},"
                    "{\"op\":\"add\",\"path\":\"/l/-\",\"value\":[]},"
                    "{\"op\":\"replace\",\"path\":\"/n\",\"value\":null}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_good), cmocka_unit_test(test_decode_bad),
        cmocka_unit_test(test_depth),       cmocka_unit_test(test_at),
        cmocka_unit_test(test_patch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
