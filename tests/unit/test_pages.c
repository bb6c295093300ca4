/* SPDX-License-Identifier: Apache-2.0 */
/* What follows each page of a list. */
#include "tests/unit/check.h"

#include "common/api/pages.h"

#include <stdlib.h>

enum {
    STEPS_MAX = 14
};

static void count_item(const struct projected *item, size_t size, void *context)
{
    (void)item;
    (void)size;
    ++*(unsigned *)context;
}

static void test_next(void **state)
{
#define MORE "{\"items\":[{},{}],\"metadata\":{\"continue\":\"a/b\",\"resourceVersion\":\"6\"}}"
#define LAST "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{}]}"
#define LEFT(count)                                                                                \
    "{\"items\":[],\"metadata\":{\"continue\":\"" #count "\",\"remainingItemCount\":" #count "}}"
#define SECOND(limit) "/p?limit=" limit "&continue=a%2Fb"
    static const struct {
        const char *row;
        struct {
            enum api_error error;
            const char *text; /* where there is no error */
            enum pages_next next;
            const char *path; /* that is next */
        } steps[STEPS_MAX];
    } rows[] = {
        {"one page", {{API_OK, LAST, PAGES_COMPLETE, "/p?limit=500"}}},
        {"two",
         {{API_OK, MORE, PAGES_MORE, SECOND("500")},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=500"}}},
        {"too large, and smaller ones stay small",
         {{API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=250"},
          {API_OK, MORE, PAGES_MORE, SECOND("250")},
          {API_TOO_LARGE, NULL, PAGES_MORE, SECOND("125")},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=125"}}},
        {"one object is too large",
         {{API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=250"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=125"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=62"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=31"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=15"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=7"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=3"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=1"},
          {API_TOO_LARGE, NULL, PAGES_FAILED, "/p?limit=1"}}},
        {"a long list",
         {{API_OK, LEFT(20000), PAGES_MORE, "/p?limit=2000&continue=20000"},
          {API_OK, LEFT(10000), PAGES_MORE, "/p?limit=2000&continue=10000"},
          {API_OK, LEFT(9999), PAGES_MORE, "/p?limit=500&continue=9999"},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=500"}}},
        {"a long list that begins anew",
         {{API_OK, LEFT(20000), PAGES_MORE, "/p?limit=2000&continue=20000"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"}}},
        {"a long list of large objects",
         {{API_OK, LEFT(20000), PAGES_MORE, "/p?limit=2000&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=1000&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=500&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=250&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=125&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=62&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=31&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=15&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=7&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=3&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_MORE, "/p?limit=1&continue=20000"},
          {API_TOO_LARGE, NULL, PAGES_FAILED, "/p?limit=1&continue=20000"},
          {API_OK, LEFT(9000), PAGES_MORE, "/p?limit=1&continue=9000"}}},
        {"expired, a few times",
         {{API_OK, MORE, PAGES_MORE, SECOND("500")},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_OK, MORE, PAGES_MORE, SECOND("500")},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_OK, MORE, PAGES_MORE, SECOND("500")},
          {API_EXPIRED, NULL, PAGES_FAILED, SECOND("500")}}},
        {"expired, but complete in between",
         {{API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"},
          {API_OK, LAST, PAGES_COMPLETE, "/p?limit=500"},
          {API_EXPIRED, NULL, PAGES_ANEW, "/p?limit=500"}}},
        {"any other error", {{API_FORBIDDEN, NULL, PAGES_FAILED, "/p?limit=500"}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const struct projection nothing = {0};
        struct pages pages = {0};
        unsigned items = 0;

        for (size_t j = 0; j < STEPS_MAX && rows[i].steps[j].path != NULL; j++) {
            const char *text = rows[i].steps[j].text;
            const struct api_result result = {.text = text, .size = text ? strlen(text) : 0};
            char *path;

            if (text != NULL)
                assert_null(pages_read(&pages, &result, &nothing, count_item, &items, NULL));
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
        static const struct projection nothing = {0};
        const struct api_result result = {.text = rows[i].text, .size = strlen(rows[i].text)};
        struct pages pages = {0};
        char *version = strdup("before");
        unsigned items = 0;
        const char *problem = pages_read(&pages, &result, &nothing, count_item, &items, &version);

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
    static const struct projection nothing = {0};
    const struct api_result result = {.text = MORE, .size = strlen(MORE)};
    struct pages pages = {0};
    unsigned items = 0;

    (void)state;
    assert_null(pages_read(&pages, &result, &nothing, count_item, &items, NULL));
    assert_non_null(pages_read(&pages, &result, &nothing, count_item, &items, NULL));
    pages_rewind(&pages); /* a list that begins anew may have the same pages */
    assert_null(pages_read(&pages, &result, &nothing, count_item, &items, NULL));
    pages_rewind(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_next), cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_same_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
