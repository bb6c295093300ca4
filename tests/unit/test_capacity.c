/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections the watcher may have: by the number of namespaces and the limit of files. */
#include "tests/unit/check.h"

#include "common/base/text_list.h"
#include "supervisor/config/capacity.h"

static void test_capacity(void **state)
{
    static const struct {
        const char *row;
        unsigned namespaces, files, watches, connections, descriptors;
        bool is_cut;
    } rows[] = {
        {"all namespaces", 0, 1024, 8, 40, 168, false},
        {"one", 1, 1024, 8, 40, 168, false},
        {"fifty", 50, 1024, 253, 285, 413, false},
        {"more than may be watched apart", 51, 1024, 258, 288, 416, false},
        {"three hundred", 300, 1024, 1503, 288, 416, false},
        {"a thousand", 1000, 1024, 5003, 288, 416, false},
        {"just enough files", 300, 416, 1503, 288, 416, false},
        {"one too few", 300, 415, 1503, 287, 416, true},
        {"few", 300, 256, 1503, 128, 416, true},
        {"few, and enough", 10, 256, 53, 85, 213, false},
        {"none", 1, 0, 8, 0, 168, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config config = {0};
        struct capacity capacity;

        for (unsigned n = 0; n < rows[i].namespaces; n++)
            text_list_add(&config.namespaces, "n");
        capacity = capacity_of(&config, rows[i].files);
        CHECK_ROW(rows[i].row, capacity.watches == rows[i].watches);
        CHECK_ROW(rows[i].row, capacity.connections == rows[i].connections);
        CHECK_ROW(rows[i].row, capacity.descriptors == rows[i].descriptors);
        CHECK_ROW(rows[i].row, capacity.is_cut == rows[i].is_cut);
        text_list_clear(&config.namespaces);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_capacity)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
