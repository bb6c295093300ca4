/* SPDX-License-Identifier: Apache-2.0 */
/* What is transient does not lie between what stays, and goes back to the kernel. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/base/transient.h"

#include <sys/mman.h>
#include <unistd.h>

enum {
    MANY = 5000
};

static uintptr_t page_of(const void *thing)
{
    return (uintptr_t)thing / (uintptr_t)sysconf(_SC_PAGESIZE);
}

static bool is_mapped(const void *thing)
{
    void *page = (void *)(page_of(thing) * (uintptr_t)sysconf(_SC_PAGESIZE));

    return msync(page, 1, MS_ASYNC) == 0;
}

/* Of any size; nothing that was written before is in it. */
static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 9, 200, 3999, TRANSIENT_BYTES_MAX};
    struct transients transients = {0};

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        char *things[COUNT_OF(sizes)];

        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            things[i] = transient_take(&transients, sizes[i]);
            assert_int_equal((uintptr_t)things[i] % sizeof(void *), 0);
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(things[i][j], 0);
            memset(things[i], 'a' + (int)i, sizes[i]);
        }
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(things[i][j], 'a' + (int)i);
            transient_return(&transients, things[i]);
        }
    }
}

/* One page stays for the next things; every other one goes with the last thing that is in it. */
static void test_pages(void **state)
{
    struct transients transients = {0};
    char *things[MANY], *kept = NULL;

    (void)state;
#ifdef SANITIZED
    skip();
#endif
    for (size_t i = 0; i < MANY; i++) {
        things[i] = transient_take(&transients, 100);
        memset(things[i], 'x', 100);
    }
    for (size_t i = 0; i < MANY; i++) {
        if (i == MANY / 2)
            kept = things[i];
        else
            transient_return(&transients, things[i]);
    }
    for (size_t i = 0; i < MANY; i++) {
        bool stays =
            page_of(things[i]) == page_of(kept) || page_of(things[i]) == page_of(transients.newest);

        assert_true(is_mapped(things[i]) == stays);
    }
    assert_int_equal(kept[99], 'x');
    transient_return(&transients, kept);
    assert_false(is_mapped(kept));
    kept = transient_take(&transients, 1);
    assert_true(page_of(kept) == page_of(things[MANY - 1]));
    transient_return(&transients, kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
