/* SPDX-License-Identifier: Apache-2.0 */
/* A list that comes in parts: whatever the parts are, what is read is the same. */
#include "tests/unit/check.h"

#include "common/base/list_reader.h"
#include "common/base/memory.h"

enum {
    PART = 16 * 1024, /* bytes that come at a time */
    CUTS = 50,        /* random ones of each text */
    MOST = LIST_PART_MAX - 100,
    TOO_MUCH = LIST_PART_MAX + 2 * PART
};

static const struct projection_path of_list[] = {{"metadata.continue", 64}};
static const struct projection list_projection = {of_list, COUNT_OF(of_list)};
static const struct projection_path of_item[] = {{"spec.port", 16}};
static const struct projection item_projection = {of_item, COUNT_OF(of_item)};

static void take_item(const struct projected *item, size_t size, void *context)
{
    assert_true(size >= 1);
    json_object_array_add(context, value_to_json(item->object));
}

static void count_item(const struct projected *item, size_t size, void *context)
{
    (void)item;
    (void)size;
    ++*(size_t *)context;
}

/* Adds the text in parts of SIZE bytes, of random sizes for 0; copies are for valgrind and ASan. */
static const char *add(struct list_reader *reader, const char *text, size_t size,
                       const struct list_use *use)
{
    const char *problem = NULL;

    for (size_t left = strlen(text), next; left > 0 && problem == NULL;
         left -= next, text += next) {
        char *part;

        next = size > 0 ? size : 1 + (size_t)rand() % 20;
        next = next < left ? next : left;
        part = memory_new(next, 1);
        memcpy(part, text, next);
        problem = list_reader_add(reader, part, next, use);
        free(part);
    }
    return problem;
}

static const struct {
    const char *text;
    const char *items; /* that are reported, also before an error */
    const char *list;  /* NULL: an error */
} lists[] = {
    {"{\"items\":[],\"metadata\":{\"continue\":\"c\"}}", "[]",
     "{\"metadata\":{\"continue\":\"c\"}}"},
    {"{\"kind\":\"PoolList\",\"metadata\":{\"continue\":\"\",\"x\":1},\"items\":["
     "{\"spec\":{\"port\":1,\"x\":2}} , {},7,\"]\",true, null ]}\n",
     "[{\"spec\":{\"port\":1}},{},null,null,null,null]", "{\"metadata\":{\"continue\":\"\"}}"},
    {" { \"x\" : {\"items\":[1]} , \"items\" : [ {} ] , \"y\":[\"}\"],\"metadata\":{}} ", "[{}]",
     "{\"metadata\":{}}"},
    {"{\"items\":{},\"items\":[{\"spec\":{\"port\":12345}}]}", "[{\"spec\":{\"port\":12345}}]",
     "{}"},
    {"{\"items\":[12345,-1.5e3]}", "[null,null]", "{}"},
    {"{\"items\":[{}],\"items\":[{}]}", "[{}]", "{}"},
    {"{\"items\":null}", "[]", NULL},
    {"{\"items\":{}}", "[]", NULL},
    {"{\"items\"", "[]", NULL},
    {"{\"Items\":[{}]}", "[]", NULL},
    {"{\"items2\":[{}]}", "[]", NULL},
    {"{}", "[]", NULL},
    {"[]", "[]", NULL},
    {"7", "[]", NULL},
    {"", "[]", NULL},
    {"x", "[]", NULL},
    {"{\"items\":[", "[]", NULL},
    {"{\"items\":[{},", "[{}]", NULL},
    {"{\"items\":[{},]}", "[{}]", NULL},
    {"{\"items\":[{}]", "[{}]", NULL},
    {"{\"items\":[{}]}}", "[{}]", NULL},
    {"{\"items\":[{}]]", "[{}]", NULL},
    {"{\"items\":[{}}", "[{}]", NULL},
    {"{\"items\":[{} {}]}", "[{}]", NULL},
    {"{\"items\":[{},{}{}]}", "[{},{}]", NULL},
    {"{\"items\":[{\"a\":}]}", "[]", NULL},
    {"{\"items\":[{},tru]}", "[{}]", NULL},
    {"{\"items\":[{},\"a]}", "[{}]", NULL},
};

static void check_list(size_t row, size_t part)
{
    struct json_object *items = json_object_new_array();
    const struct list_use use = {&item_projection, take_item, items};
    struct list_reader reader = {0};
    struct projected list = {0};
    const char *problem = add(&reader, lists[row].text, part, &use);

    if (problem == NULL)
        problem = list_reader_end(&reader, &use, &list_projection, &list);
    CHECK_ROW(lists[row].text, (problem == NULL) == (lists[row].list != NULL));
    CHECK_ROW(lists[row].text, problem == NULL || list.object == NULL);
    check_same_json(lists[row].text, items, lists[row].items);
    if (problem == NULL)
        check_same_json(lists[row].text, value_to_json(list.object), lists[row].list);
    projected_clear(&list);
    list_reader_clear(&reader);
}

static void test_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        check_list(i, 1000);
        check_list(i, 1);
        check_list(i, 7);
        for (int j = 0; j < CUTS; j++)
            check_list(i, 0);
    }
}

/* Whether all has come is known before the end is said, and not before it is there. */
static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const size_t size = strlen(lists[i].text);
        size_t items = 0, whole = 0;
        const struct list_use use = {&item_projection, count_item, &items};
        struct list_reader reader = {0};

        for (size_t j = 0; j < size && lists[i].list != NULL; j++) {
            assert_null(list_reader_add(&reader, lists[i].text + j, 1, &use));
            assert_null(list_reader_look(&reader, &use));
            CHECK_ROW(lists[i].text, whole == 0 || list_reader_is_whole(&reader));
            whole += list_reader_is_whole(&reader);
        }
        CHECK_ROW(lists[i].text, lists[i].list == NULL || whole > 0);
        CHECK_ROW(lists[i].text, whole <= 2); /* white space may follow */
        list_reader_clear(&reader);
    }
}

/* COUNT times FILL, between BEFORE and AFTER. The caller frees it. */
static char *filled(const char *before, const char *fill, size_t count, const char *after)
{
    const size_t length = strlen(fill);
    char *text = memory_new(strlen(before) + count * length + strlen(after) + 1, 1);
    char *to = stpcpy(text, before);

    for (size_t i = 0; i < count; i++, to += length)
        memcpy(to, fill, length);
    strcpy(to, after);
    return text;
}

/* What has been read is not kept. */
static void test_long_list(void **state)
{
    const size_t count = 20000;
    char *text =
        filled("{\"items\":[0", ",{\"spec\":{\"port\":1,\"x\":\"................\"}}", count, "]}");
    size_t items = 0, most = 0;
    const struct list_use use = {&item_projection, count_item, &items};
    struct list_reader reader = {0};
    struct projected list;

    (void)state;
    for (size_t at = 0, next; text[at] != '\0'; at += next) {
        next = strnlen(text + at, PART);
        assert_null(list_reader_add(&reader, text + at, next, &use));
        most = reader.room > most ? reader.room : most;
    }
    assert_null(list_reader_end(&reader, &use, &list_projection, &list));
    assert_int_equal(items, count + 1);
    assert_true(most <= 4 * (size_t)PART);
    projected_clear(&list);
    list_reader_clear(&reader);
    free(text);
}

/* What is not whole is looked at again when as much again has come, not for each byte. */
static void test_slow_object(void **state)
{
    char *text = filled("{\"items\":[{\"a\":\"", "-", 100000, "\"}]}");
    size_t items = 0, looks = 0, before = 0;
    const struct list_use use = {&item_projection, count_item, &items};
    struct list_reader reader = {0};
    struct projected list;

    (void)state;
    for (const char *at = text; *at != '\0'; at++) {
        assert_null(list_reader_add(&reader, at, 1, &use));
        looks += reader.looked != before;
        before = reader.looked;
    }
    assert_in_range(looks, 1, 40);
    assert_null(list_reader_end(&reader, &use, &list_projection, &list));
    assert_int_equal(items, 1);
    projected_clear(&list);
    list_reader_clear(&reader);
    free(text);
}

/* Of an object, and of all that is no object. */
static void test_limits(void **state)
{
    static const struct {
        const char *row, *before, *after;
        size_t fill;
        bool is_read;
        size_t items;
    } rows[] = {
        {"a large object", "{\"items\":[{},{\"a\":\"", "\"}]}", MOST, true, 2},
        {"an object that is too large", "{\"items\":[{},{\"a\":\"", "\"}]}", TOO_MUCH, false, 1},
        {"too much before", "{\"a\":\"", "\",\"items\":[{}]}", TOO_MUCH, false, 0},
        {"too much behind", "{\"items\":[{}],\"a\":\"", "\"}", TOO_MUCH, false, 1},
        {"too much instead", "{\"a\":\"", "\"}", TOO_MUCH, false, 0},
        {"an end that never comes", "{\"items\":[{}],\"a\":\"", "", 2 * TOO_MUCH, false, 1},
        {"white space", "{\"items\":[{},", "{}]}", MOST, true, 2},
        {"too much of it", "{\"items\":[{},", "{}]}", TOO_MUCH, false, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = filled(rows[i].before, " ", rows[i].fill, rows[i].after);
        size_t items = 0;
        const struct list_use use = {&item_projection, count_item, &items};
        struct list_reader reader = {0};
        struct projected list = {0};
        const char *problem = add(&reader, text, PART, &use);

        CHECK_ROW(rows[i].row, reader.room <= 3 * (size_t)LIST_PART_MAX);
        CHECK_ROW(rows[i].row, reader.rest_room <= 3 * (size_t)LIST_PART_MAX);
        if (problem == NULL)
            problem = list_reader_end(&reader, &use, &list_projection, &list);
        CHECK_ROW(rows[i].row, (problem == NULL) == rows[i].is_read);
        CHECK_ROW(rows[i].row, items == rows[i].items);
        projected_clear(&list);
        list_reader_clear(&reader);
        free(text);
    }
}

int main(void)
{
    const char *text = getenv("TEST_SEED");
    const unsigned seed = text != NULL ? (unsigned)strtoul(text, NULL, 0) : (unsigned)time(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),      cmocka_unit_test(test_whole),
        cmocka_unit_test(test_long_list), cmocka_unit_test(test_slow_object),
        cmocka_unit_test(test_limits),
    };

    print_message("TEST_SEED=%u\n", seed);
    srand(seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
