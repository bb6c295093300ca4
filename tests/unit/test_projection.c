/* SPDX-License-Identifier: Apache-2.0 */
/* Projection: what is wanted is there, what is not costs nothing, whatever stands in it. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/base/projection.h"

#include <malloc.h>

static const struct projection_path paths[] = {
    {"metadata.name", 64},
    {"metadata.annotations[example.org/paused]", 16},
    {"metadata.managedFields[].manager", 32},
    {"metadata.managedFields[].fieldsV1.f:spec.f:names", 0},
    {"spec.names", 40},
    {"spec.port", 16},
    {"spec.enabled", 16},
    {"spec.service", 40},
};

static const struct projection projection = {paths, COUNT_OF(paths)};

#define BIT(index) (UINT64_C(1) << (index))

static void test_read(void **state)
{
    static const struct {
        const char *text;
        const char *expected; /* NULL: no object */
        uint64_t too_long, malformed;
    } rows[] = {
        {"{}", "{}", 0, 0},
        {" { } ", "{}", 0, 0},
        {"{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"},\"status\":{\"x\":[1,2]}}",
         "{\"metadata\":{\"name\":\"a\"}}", 0, 0},
        {"{\"spec\":{\"names\":[\"a\",\"b\"],\"port\":8140,\"enabled\":true,\"other\":{}}}",
         "{\"spec\":{\"names\":[\"a\",\"b\"],\"port\":8140,\"enabled\":true}}", 0, 0},
        {"{\"spec\":{\"port\":-1.5e3,\"enabled\":false}}",
         "{\"spec\":{\"port\":-1500.0,\"enabled\":false}}", 0, 0},
        {"{\"spec\":{\"port\":9223372036854775807}}", "{\"spec\":{}}", BIT(5), 0},
        {"{\"spec\":null,\"metadata\":{\"name\":null}}", "{\"metadata\":{}}", 0, 0},
        {"{\"spec\":5,\"metadata\":[{\"name\":\"a\"}]}", "{}", 0, 0},
        {"{\"metadata\":{\"annotations\":{\"a\":\"b\",\"example.org/paused\":\"true\"}}}",
         "{\"metadata\":{\"annotations\":{\"example.org/paused\":\"true\"}}}", 0, 0},
        {"{\"metadata\":{\"managedFields\":[{\"manager\":\"m\",\"fieldsV1\":{\"f:spec\":{"
         "\"f:names\":{},\"f:x\":{\".\":{}}}}},7,{}]}}",
         "{\"metadata\":{\"managedFields\":[{\"manager\":\"m\",\"fieldsV1\":{\"f:spec\":{"
         "\"f:names\":true}}},null,{}]}}",
         0, 0},
        {"{\"spec\":{\"service\":{\"a\":{\"b\":[1,{\"c\":\"\\u00e9\\\"\"}]}}}}",
         "{\"spec\":{\"service\":{\"a\":{\"b\":[1,{\"c\":\"\\u00e9\\\"\"}]}}}}", 0, 0},
        {"{\"spec\":{\"service\":\"12345678901234567890123456789012345678901234567890\"}}",
         "{\"spec\":{}}", BIT(7), 0},
        {"{\"spec\":{\"service\":{\"a\":\"\t\"}}}", "{\"spec\":{}}", 0, BIT(7)},
        {"{\"spec\":{\"service\":{\n\"a\":\"\\t\\\"\"}}}",
         "{\"spec\":{\"service\":{\"a\":\"\\t\\\"\"}}}", 0, 0},
        {"{\"spec\":{\"service\":\"\xff\"}}", "{\"spec\":{}}", 0, BIT(7)},
        {"{\"spec\":{\"other\":\"\xff\",\"port\":1}}", "{\"spec\":{\"port\":1}}", 0, 0},
        {"{\"m\\u0065tadata\":{\"n\\u0061me\":\"a\"}}", "{\"metadata\":{\"name\":\"a\"}}", 0, 0},
        /* A name with a NUL in it is another name. */
        {"{\"metadata\":{\"name\\u0000\":\"b\"}}", "{\"metadata\":{}}", 0, 0},
        {"{\"metadata\":{\"name\":\"a\",\"name\\u0000b\":\"c\"}}",
         "{\"metadata\":{\"name\":\"a\"}}", 0, 0},
        {"{\"a\\\\\":1,\"b\\\"\":\"\\\\\",\"spec\":{\"port\":1}}", "{\"spec\":{\"port\":1}}", 0, 0},
        {"{\"spec\":{\"port\":1},\"spec\":{\"enabled\":true}}", "{\"spec\":{\"enabled\":true}}", 0,
         0},
        {"{\"spec\":{\"port\":1},\"spec\":null}", "{}", 0, 0},
        {"[{\"metadata\":{\"name\":\"a\"}}]", NULL, 0, 0},
        {"\"text\"", NULL, 0, 0},
        {"12", NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct projected projected;

        CHECK_ROW_TEXT(rows[i].text,
                       projection_read(&projection, rows[i].text, strlen(rows[i].text), &projected),
                       NULL);
        CHECK_ROW(rows[i].text, projected.too_long == rows[i].too_long);
        CHECK_ROW(rows[i].text, projected.malformed == rows[i].malformed);
        check_same_json(rows[i].text, value_to_json(projected.object),
                        rows[i].expected != NULL ? rows[i].expected : "null");
        projected_clear(&projected);
    }
}

static void test_broken(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[1 2]}",
        "{\"a\":[1,2}",
        "{\"a\":{\"b\":1]}",
        "{\"spec\":{\"port\":}}",
        "{\"spec\":{\"port\" 1}}",
        "{\"spec\":{port:1}}",
        "{\"metadata\":{\"managedFields\":[{\"manager\":\"m\"}{}]}}",
        "{\"a\":\"b}",
        "{\"a\":\"b\\\"}",
        "{\"a\":tru}",
        "{\"a\":nul",
        "{} {}",
        "{}]",
        "x",
        "{\"a\":'b'}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *copy = memory_bytes(rows[i], strlen(rows[i])); /* for valgrind and ASan */
        struct projected projected;

        CHECK_ROW(rows[i], projection_read(&projection, copy, strlen(copy), &projected) != NULL);
        CHECK_ROW(rows[i], projected.object == NULL);
        free(copy);
    }
}

/* A text that consists of many times FILL, with a name after it. */
static char *filled(const char *before, const char *fill, size_t times, const char *after)
{
    size_t length = strlen(fill);
    char *text = memory_new(strlen(before) + times * length + strlen(after) + 1, 1);
    char *to = stpcpy(text, before);

    for (size_t i = 0; i < times; i++)
        to = stpcpy(to, fill);
    strcpy(to, after);
    return text;
}

/* Whatever an object is filled with: what is wanted is found, and next to nothing is allocated. */
static void test_bounded(void **state)
{
    static const char end[] = "\"metadata\":{\"name\":\"a\"}}";
    static const struct {
        const char *before, *fill, *between;
        size_t times;
    } rows[] = {
        {"{\"x\":[", "{},", "0],", 500000},
        {"{\"x\":[", "[],", "0],", 500000},
        {"{\"x\":{", "\"\":{},", "\"z\":0},", 200000},
        {"{\"spec\":{\"names\":[", "{},", "0]},", 500000},
        {"{\"spec\":{", "\"a\":0,", "\"z\":0},", 200000},
        {"{\"metadata\":{\"managedFields\":[", "{},", "{}]},", 500000},
        {"{\"metadata\":{\"annotations\":{", "\"a\":\"\",", "\"z\":\"\"}},", 200000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *start = filled(rows[i].before, rows[i].fill, rows[i].times, rows[i].between);
        char *text = memory_format("%s%s", start, end);
        size_t size = strlen(text), before = mallinfo2().uordblks;
        struct projected projected;

        free(start);
        before -= size;
        assert_null(projection_read(&projection, text, size, &projected));
        CHECK_ROW(rows[i].fill, mallinfo2().uordblks - before < 2 * size);
        check_same_json(rows[i].before, value_to_json(value_at(projected.object, "metadata")),
                        "{\"name\":\"a\"}");
        projected_clear(&projected);
        free(text);
    }
}

/* Objects and arrays a million deep, in turn. */
static void test_deep(void **state)
{
    const size_t levels = 1000000;
    char *opening = filled("{\"x\":", "{\"a\":[", levels / 2, "0");
    char *text = filled(opening, "]}", levels / 2, ",\"metadata\":{\"name\":\"a\"}}");
    struct projected projected;

    (void)state;
    assert_null(projection_read(&projection, text, strlen(text), &projected));
    check_same_json("deep", value_to_json(projected.object), "{\"metadata\":{\"name\":\"a\"}}");
    projected_clear(&projected);
    text[strlen(text) - 27] = '}'; /* one that does not match */
    assert_non_null(projection_read(&projection, text, strlen(text), &projected));
    free(text);
    free(opening);
}

/* A value that is wanted and that json-c cannot hold is missing, and nothing else. */
static void test_deep_value(void **state)
{
    static const struct projection_path wanted[] = {{"spec.service", 4096}, {"spec.port", 16}};
    const struct projection some = {wanted, COUNT_OF(wanted)};
    char *opening = filled("{\"spec\":{\"service\":", "[", 100, "");
    char *text = filled(opening, "]", 100, ",\"port\":1}}");
    struct projected projected;

    (void)state;
    assert_null(projection_read(&some, text, strlen(text), &projected));
    assert_int_equal(projected.malformed, BIT(0));
    check_same_json("value", value_to_json(projected.object), "{\"spec\":{\"port\":1}}");
    projected_clear(&projected);
    free(text);
    free(opening);
}

/* How much is built for one text, and for one of its values, is limited. */
static void test_limits(void **state)
{
    static const struct projection_path wanted[] = {
        {"spec.value", 1 << 20}, {"spec.items[].items[].name", 16}, {"status.name", 16}};
    const struct projection some = {wanted, COUNT_OF(wanted)};
    static const struct {
        const char *row, *before, *fill, *after;
        size_t times;
        uint64_t malformed;
    } rows[] = {
        {"few", "{\"spec\":{\"value\":[0", ",{}", "]}", 3000, 0},
        {"many objects", "{\"spec\":{\"value\":[0", ",{}", "]}", 5000, BIT(0)},
        {"many numbers", "{\"spec\":{\"value\":[0", ",0", "]}", 70000, BIT(0)},
        {"many elements", "{\"spec\":{\"items\":[{}", ",{\"items\":[]}", "]}", 5000, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *start = filled(rows[i].before, rows[i].fill, rows[i].times, rows[i].after);
        char *text = memory_format("%s,\"status\":{\"name\":\"a\"}}", start);
        struct projected projected;

        CHECK_ROW_TEXT(rows[i].row, projection_read(&some, text, strlen(text), &projected), NULL);
        CHECK_ROW(rows[i].row, projected.malformed == rows[i].malformed);
        CHECK_ROW(rows[i].row, projected.containers <= PROJECTION_CONTAINERS_MAX);
        check_same_json(rows[i].row, value_to_json(value_at(projected.object, "status")),
                        "{\"name\":\"a\"}");
        projected_clear(&projected);
        free(text);
        free(start);
    }
}

/* Each takes memory until the text has been read. */
static void test_repeated(void **state)
{
    static const struct {
        size_t times;
        bool is_read;
    } rows[] = {{1000, true}, {100000, false}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = filled("{\"spec\":{", "\"port\":1,", rows[i].times, "\"port\":2}}");
        struct projected projected;
        const char *problem = projection_read(&projection, text, strlen(text), &projected);

        assert_true((problem == NULL) == rows[i].is_read);
        if (rows[i].is_read)
            check_same_json("repeated", value_to_json(projected.object), "{\"spec\":{\"port\":2}}");
        projected_clear(&projected);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),       cmocka_unit_test(test_broken),
        cmocka_unit_test(test_bounded),    cmocka_unit_test(test_deep),
        cmocka_unit_test(test_deep_value), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
