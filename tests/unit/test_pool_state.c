/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of a Pool: findings that are held back or kept, failures, and the totals. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/work/pool_state.h"

/* Findings of these reasons, each with the text "t". */
static struct findings found(const enum finding_reason *reasons, size_t count)
{
    struct findings findings = {0};

    for (size_t i = 0; i < count; i++)
        findings_add_noted(&findings, reasons[i], memory_text("t"), memory_text("n"));
    return findings;
}

static void test_hold_back(void **state)
{
    static const enum finding_reason both[] = {FINDING_BACKEND_MISSING, FINDING_HOSTNAME_CONFLICT},
                                     lasting[] = {FINDING_HOSTNAME_CONFLICT};
    static const struct {
        const char *row;
        const enum finding_reason *reasons;
        size_t count;
        time_t now;
        unsigned seconds;
        size_t left;
        bool holds;
    } rows[] = {
        {"nothing", NULL, 0, 100, 0, 0, false},
        {"nothing to hold", lasting, 1, 100, 0, 1, false},
        {"one of two is held", both, 2, 100, 2, 1, true},
        {"still", both, 2, 101, 1, 1, true},
        {"long enough", both, 2, 102, 0, 2, false},
        {"and for as long as it stands", both, 2, 5000, 0, 2, false},
        {"resolved by itself", lasting, 1, 5001, 0, 1, false},
        {"again: from the beginning", both, 2, 5002, 2, 1, true},
        {"resolved before it was due", lasting, 1, 5003, 0, 1, false},
        {"and again", both, 2, 5004, 2, 1, true},
    };
    struct pool_state pool = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings findings = found(rows[i].reasons, rows[i].count);

        CHECK_ROW(rows[i].row,
                  pool_state_hold_back(&pool, &findings, rows[i].now) == rows[i].seconds);
        CHECK_ROW(rows[i].row, findings.count == rows[i].left);
        CHECK_ROW(rows[i].row, pool.holds == rows[i].holds);
        findings_clear(&findings);
    }
}

/* What has been reported is not held back, whatever its age. */
static void test_reported_is_not_held(void **state)
{
    static const enum finding_reason held[] = {FINDING_BACKEND_MISSING};
    struct pool_state pool = {.reported = found(held, 1)};
    struct findings findings = found(held, 1);

    (void)state;
    assert_int_equal(pool_state_hold_back(&pool, &findings, 100), 0);
    assert_int_equal(findings.count, 1);
    findings_clear(&findings);
    findings_clear(&pool.reported);
}

/* While a list is read again, what was read from it stands as it was reported. */
static void test_keep(void **state)
{
    static const enum finding_reason reasons[] = {FINDING_BACKEND_MISSING,
                                                  FINDING_HOSTNAME_CONFLICT};
    static const struct {
        enum kind kind;
        size_t kept;
    } rows[] = {{KIND_SERVICE, 1}, {KIND_POOL, 2}, {KIND_GATEWAY, 0}, {KIND_ROUTE, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pool_state pool = {.reported = found(reasons, 2)};
        struct findings none = {0}, present = found(reasons, 2);
        struct lists lists = {0};

        lists_begin(&lists, rows[i].kind, "");
        pool_state_keep(&pool, &lists, &none); /* it is the first time */
        assert_int_equal(none.count, 0);
        lists_end(&lists, rows[i].kind, "", lists_began(&lists, rows[i].kind, ""));
        pool_state_keep(&pool, &lists, &none);
        assert_int_equal(none.count, 0);
        lists_begin(&lists, rows[i].kind, "");
        pool_state_keep(&pool, &lists, &none);
        assert_int_equal(none.count, rows[i].kept);
        pool_state_keep(&pool, &lists, &present); /* found still: once is enough */
        assert_int_equal(present.count, 2);
        findings_clear(&none);
        findings_clear(&present);
        findings_clear(&pool.reported);
        lists_forget(&lists, rows[i].kind);
    }
}

static void test_failures(void **state)
{
    struct pool_totals totals = {0};
    struct object object = {0};
    struct pool_state *pool = pool_state_of(&object);

    (void)state;
    assert_ptr_equal(pool_state_of(&object), pool);
    assert_false(pool_state_has_failed(pool));
    assert_true(pool_state_failure(pool, KIND_ROUTE, "one"));
    assert_false(pool_state_failure(pool, KIND_ROUTE, "one"));
    assert_true(pool_state_failure(pool, KIND_ROUTE, "two"));
    assert_true(pool_state_failure(pool, KIND_SERVICE, "two"));
    assert_true(pool_state_has_failed(pool));
    assert_false(pool_state_failure(pool, KIND_ROUTE, NULL));
    assert_true(pool_state_has_failed(pool));
    assert_false(pool_state_failure(pool, KIND_SERVICE, NULL));
    assert_false(pool_state_has_failed(pool));
    assert_true(pool_state_failure(pool, KIND_ROUTE, "two")); /* after a success it is new */
    pool_state_free(pool, &totals);
}

/* Each Pool counts once, however it changes, and no more when it is gone. */
static void test_totals(void **state)
{
    struct pool_totals totals = {0};
    struct object objects[2] = {{0}};
    struct pool_state *a = pool_state_of(&objects[0]), *b = pool_state_of(&objects[1]);

    (void)state;
    pool_state_count(a, &totals);
    assert_int_equal(totals.unsatisfied, 0);
    findings_add(&a->reported, FINDING_PAUSED, memory_text("t"));
    pool_state_count(a, &totals);
    assert_int_equal(totals.unsatisfied, 0); /* it is what somebody wants */
    findings_add_noted(&a->reported, FINDING_HOSTNAME_CONFLICT, memory_text("t"), NULL);
    pool_state_failure(a, KIND_ROUTE, "f");
    pool_state_failure(b, KIND_SERVICE, "f");
    b->holds = true;
    for (unsigned i = 0; i < 3; i++) {
        pool_state_count(a, &totals);
        pool_state_count(b, &totals);
        assert_int_equal(totals.unsatisfied, 2);
        assert_int_equal(totals.holding, 1);
    }
    findings_clear(&a->reported);
    pool_state_count(a, &totals);
    assert_int_equal(totals.unsatisfied, 2);
    pool_state_failure(a, KIND_ROUTE, NULL);
    pool_state_count(a, &totals);
    assert_int_equal(totals.unsatisfied, 1);
    pool_state_free(b, &totals);
    assert_int_equal(totals.unsatisfied, 0);
    assert_int_equal(totals.holding, 0);
    pool_state_free(a, &totals);
    assert_int_equal(totals.unsatisfied, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold_back), cmocka_unit_test(test_reported_is_not_held),
        cmocka_unit_test(test_keep),      cmocka_unit_test(test_failures),
        cmocka_unit_test(test_totals),
    };

    return cmocka_run_group_tests_name("pool_state", tests, NULL, NULL);
}
