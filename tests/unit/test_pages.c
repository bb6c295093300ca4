/* SPDX-License-Identifier: Apache-2.0 */
/* What follows each page of a list. */
#include "tests/unit/check.h"

#include "common/api/pages.h"

#include <stdlib.h>

enum {
    STEPS_MAX = 14
};

static const struct projection nothing = {0};

static void count_item(const struct projected *item, size_t size, void *context)
{
    (void)item;
    (void)size;
    ++*(unsigned *)context;
}

static const char *read_page(struct pages *pages, const char *text, char **version)
{
    pages_add(text, strlen(text), pages);
    return pages_end(pages, version);
}

static void test_next(void **state)
{
#define MORE          "{\"items\":[{},{}],\"metadata\":{\"continue\":\"a/b\",\"resourceVersion\":\"6\"}}"
#define LAST          "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{}]}"
#define PART          "{\"items\":[{},"
#define SECOND(limit) "/p?limit=" limit "&continue=a%2Fb"
    static const struct {
        const char *row;
        struct {
            enum api_error error;
            const char *text; /* that has come */
            enum pages_next next;
            const char *path; /* that is next */
        } steps[STEPS_MAX];
    } rows[] = {
        {"one page", {{API_OK, LAST, PAGES_COMPLETE, "/p?limit=10000"}}},
        {"two",
         {{API_OK, MORE, PAGES_MORE, SECOND("10000")},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=10000"}}},
        {"broken off, and smaller ones stay small",
         {{API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=5000"},
          {API_OK, MORE, PAGES_MORE, SECOND("5000")},
          {API_UNREACHABLE, PART, PAGES_ANEW, "/p?limit=2500"},
          {API_OK, MORE, PAGES_MORE, SECOND("2500")},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=2500"}}},
        {"broken off again and again",
         {{API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=5000"},
          {API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=2500"},
          {API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=1250"},
          {API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=625"},
          {API_TIMEOUT, PART, PAGES_ANEW, "/p?limit=312"},
          {API_TIMEOUT, PART, PAGES_FAILED, "/p?limit=312"}}},
        {"never begun", {{API_TIMEOUT, NULL, PAGES_FAILED, "/p?limit=10000"}}},
        {"never begun, after one that was",
         {{API_OK, MORE, PAGES_MORE, SECOND("10000")},
          {API_TIMEOUT, NULL, PAGES_FAILED, SECOND("10000")}}},
        {"not a list", {{API_PROTOCOL, "[", PAGES_FAILED, "/p?limit=10000"}}},
        {"expired, a few times",
         {{API_OK, MORE, PAGES_MORE, SECOND("10000")},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_OK, MORE, PAGES_MORE, SECOND("10000")},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_OK, MORE, PAGES_MORE, SECOND("10000")},
          {API_EXPIRED, NULL, PAGES_FAILED, SECOND("10000")}}},
        {"expired, but complete in between",
         {{API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=10000"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=10000"}}},
        {"any other error", {{API_FORBIDDEN, NULL, PAGES_FAILED, "/p?limit=10000"}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned items = 0;
        struct pages pages = {.use = {&nothing, count_item, &items}};

        for (size_t j = 0; j < STEPS_MAX && rows[i].steps[j].path != NULL; j++) {
            const char *text = rows[i].steps[j].text;
            char *path;

            if (text != NULL)
                pages_add(text, strlen(text), &pages);
            if (rows[i].steps[j].error == API_OK)
                CHECK_ROW_TEXT(rows[i].row, pages_end(&pages, NULL), NULL);
            CHECK_ROW(rows[i].row,
                      pages_after(&pages, rows[i].steps[j].error) == rows[i].steps[j].next);
            path = pages_path(&pages, "/p");
            CHECK_ROW_TEXT(rows[i].row, path, rows[i].steps[j].path);
            free(path);
        }
        pages_rewind(&pages);
    }
}

static void test_read(void **state)
{
    static const struct {
        const char *text;
        bool is_good;
        unsigned items;
        const char *version; /* then */
    } rows[] = {
        {MORE, true, 2, "6"},
        {LAST, true, 1, "7"},
        {"{\"items\":[]}", true, 0, ""},
        {"{\"items\":null}", false, 0, "before"},
        {"{\"items\":7}", false, 0, "before"},
        {"{}", false, 0, "before"},
        {"{\"items\":[{},{", false, 1, "before"},
        {"", false, 0, "before"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *version = strdup("before");
        unsigned items = 0;
        struct pages pages = {.use = {&nothing, count_item, &items}};
        const char *problem = read_page(&pages, rows[i].text, &version);

        CHECK_ROW(rows[i].text, (problem == NULL) == rows[i].is_good);
        CHECK_ROW(rows[i].text, items == rows[i].items);
        CHECK_ROW_TEXT(rows[i].text, version, rows[i].version);
        free(version);
        pages_rewind(&pages);
    }
}

/* A list of which each page refers to the next, but one to itself, would have no end. */
static void test_same_page(void **state)
{
    unsigned items = 0;
    struct pages pages = {.use = {&nothing, count_item, &items}};

    (void)state;
    assert_null(read_page(&pages, MORE, NULL));
    assert_non_null(read_page(&pages, MORE, NULL));
    pages_rewind(&pages); /* a list that begins anew may have the same pages */
    assert_null(read_page(&pages, MORE, NULL));
    pages_rewind(&pages);
}

/* What cannot be a list need not come to its end. */
static void test_enough(void **state)
{
    unsigned items = 0;
    struct pages pages = {.use = {&nothing, count_item, &items}};

    (void)state;
    assert_true(pages_add("{\"items\":[{},", 13, &pages));
    assert_false(pages_are_whole(&pages));
    assert_false(pages_add("}", 1, &pages));
    assert_false(pages_add("{}]}", 4, &pages));
    assert_true(pages_are_whole(&pages));
    assert_non_null(pages_end(&pages, NULL));
    assert_int_equal(items, 1);
    pages_rewind(&pages);
}

/* Objects that have come are got even if more has to come for them to be looked for. */
static void test_whole(void **state)
{
    static const char text[] = MORE;
    unsigned items = 0;
    struct pages pages = {.use = {&nothing, count_item, &items}};

    (void)state;
    for (size_t i = 0; i < strlen(text); i++) {
        assert_false(pages_are_whole(&pages));
        assert_true(pages_add(text + i, 1, &pages));
    }
    assert_true(pages_are_whole(&pages));
    assert_int_equal(items, 2);
    pages_rewind(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_next), cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_same_page),
                                       cmocka_unit_test(test_enough), cmocka_unit_test(test_whole)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
