/* SPDX-License-Identifier: Apache-2.0 */
/* A contention over something that tlsrouted writes: it is restored at once twice, then at growing
 * intervals, and forgotten in the end; and who it was, if that has shown. */
#include "tests/unit/check.h"

#include "common/objects/contention.h"

#include <limits.h>

/* Digests of two specs. */
enum {
    A = 7,
    B
};

static struct contention written(unsigned times, uint64_t spec, time_t now)
{
    struct contention contention = {0};

    for (unsigned i = 0; i < times; i++)
        contention_written(&contention, spec, now);
    return contention;
}

/* After so many writes of the same spec, the last one just now. */
static void test_delays(void **state)
{
    static const struct {
        unsigned writes, delay, remaining;
    } rows[] = {
        {0, 0, 0},      {1, 0, 0},       {2, 0, 0},       {3, 1, 0},       {4, 2, 10},
        {5, 4, 20},     {6, 8, 40},      {7, 16, 80},     {8, 32, 160},    {9, 64, 320},
        {10, 128, 640}, {11, 256, 1280}, {12, 300, 1500}, {13, 300, 1500}, {1000, 300, 1500},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = written(rows[i].writes, A, 5000);
        unsigned delay = contention_delay(&contention, A, 5000);
        unsigned remaining = contention_remaining(&contention, A, false, 5000);

        if (delay != rows[i].delay || remaining != rows[i].remaining)
            fail_msg("%u writes: %u and %u, has to be %u and %u", rows[i].writes, delay, remaining,
                     rows[i].delay, rows[i].remaining);
        /* another spec is another matter: the Pool was changed */
        assert_int_equal(contention_delay(&contention, B, 5000), 0);
        assert_int_equal(contention_remaining(&contention, B, false, 5000), 0);
        contention_clear(&contention);
        assert_int_equal(contention.written, 0);
        assert_int_equal(contention_delay(&contention, A, 5000), 0);
    }
}

/* The third change of the same spec by somebody else is a contention, also while it is restored. */
static void test_changed_again(void **state)
{
    static const unsigned remaining[] = {0, 0, 0, 5, 10, 20};

    (void)state;
    for (unsigned writes = 0; writes < COUNT_OF(remaining); writes++) {
        struct contention contention = written(writes, A, 5000);

        assert_int_equal(contention_remaining(&contention, A, true, 5000), remaining[writes]);
        assert_int_equal(contention_remaining(&contention, A, true, 5000 + 1799),
                         remaining[writes]);
        assert_int_equal(contention_remaining(&contention, A, true, 5000 + 1800), 0);
        assert_int_equal(contention_remaining(&contention, B, true, 5000), 0);
        contention_clear(&contention);
    }
}

/* What is left of it SECONDS after the last write. */
static void test_time_passes(void **state)
{
    static const struct {
        unsigned writes;
        time_t seconds;
        unsigned delay, remaining;
    } rows[] = {
        {3, 0, 1, 0},       {3, 1, 0, 0},       {6, 0, 8, 40},      {6, 7, 1, 33},
        {6, 8, 0, 32},      {6, 39, 0, 1},      {6, 40, 0, 0},      {6, 41, 0, 0},
        {12, 1, 299, 1499}, {12, 299, 1, 1201}, {12, 300, 0, 1200}, {12, 1499, 0, 1},
        {12, 1500, 0, 0},   {12, 1799, 0, 0},   {12, 1800, 0, 0},   {12, INT_MAX, 0, 0},
        {1, 1, 0, 0},       {0, 1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = written(rows[i].writes, A, 100);
        time_t now = 100 + rows[i].seconds;

        if (contention_delay(&contention, A, now) != rows[i].delay ||
            contention_remaining(&contention, A, false, now) != rows[i].remaining)
            fail_msg(
                "%u writes, %lld seconds later: %u and %u, has to be %u and %u", rows[i].writes,
                (long long)rows[i].seconds, contention_delay(&contention, A, now),
                contention_remaining(&contention, A, false, now), rows[i].delay, rows[i].remaining);
        contention_clear(&contention);
    }
}

/* A spec that changes begins anew, and so does one that was left in peace. */
static void test_new_beginnings(void **state)
{
    struct contention contention = written(6, A, 100);

    (void)state;
    contention_written(&contention, B, 101);
    assert_int_equal(contention_delay(&contention, B, 101), 0);
    assert_int_equal(contention_delay(&contention, A, 101), 0);
    contention_written(&contention, A, 102);
    assert_int_equal(contention_delay(&contention, A, 102), 0);
    for (int i = 0; i < 5; i++)
        contention_written(&contention, A, 200);
    assert_int_equal(contention_delay(&contention, A, 200), 8);
    contention_written(&contention, A, 200 + 1799); /* not long enough */
    assert_int_equal(contention_delay(&contention, A, 1999), 16);
    contention_written(&contention, A, 1999 + 1800);
    assert_int_equal(contention_delay(&contention, A, 3799), 0);
    assert_int_equal(contention.corrections, 0);
    contention_clear(&contention);
}

/* The other writer answers within a second, for a day: what we write is bounded. */
static void test_long_contention(void **state)
{
    struct contention contention = {0};
    unsigned writes = 0;

    (void)state;
    for (time_t now = 0; now < 24 * 3600; now++) {
        if (contention_delay(&contention, A, now) == 0) {
            contention_written(&contention, A, now);
            writes++;
        }
        if (writes > 3)
            assert_true(contention_remaining(&contention, A, false, now) > 0);
    }
    assert_in_range(writes, 24 * 12, 24 * 12 + 12); /* every 300 seconds, and the first ones */
    contention_clear(&contention);
}

/* The same rule for all; what differs is how long is waited. So many corrections, the last one just
 * now. */
static void test_rules(void **state)
{
    static const struct {
        enum contention_rule rule;
        unsigned corrections, delay;
    } rows[] = {{CONTENTION_ROUTE, 1, 0},       {CONTENTION_ROUTE, 2, 1},
                {CONTENTION_ROUTE, 99, 300},    {CONTENTION_SERVICE, 1, 0},
                {CONTENTION_SERVICE, 2, 1},     {CONTENTION_SERVICE, 5, 8},
                {CONTENTION_SERVICE, 99, 300},  {CONTENTION_NAMES, 1, 0},
                {CONTENTION_NAMES, 2, 3600},    {CONTENTION_NAMES, 99, 3600},
                {CONTENTION_LEASE, 1, 0},       {CONTENTION_LEASE, 2, 1},
                {CONTENTION_LEASE, 99, 10},     {CONTENTION_DUPLICATE, 1, 0},
                {CONTENTION_DUPLICATE, 2, 300}, {CONTENTION_DUPLICATE, 99, 300}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = {.rule = rows[i].rule};

        assert_true(contention_is_over(&contention, 0));
        for (unsigned j = 0; j <= rows[i].corrections; j++)
            contention_written(&contention, A, 100);
        if (contention_delay(&contention, A, 100) != rows[i].delay)
            fail_msg("rule %d, %u corrections: %u", (int)rows[i].rule, rows[i].corrections,
                     contention_delay(&contention, A, 100));
        assert_false(contention_is_over(&contention, 100 + (time_t)rows[i].delay));
        contention_clear(&contention);
        assert_int_equal(contention.rule, rows[i].rule);
    }
}

/* A change stands for two seconds, so that the API server dates it later than our last write. */
static void test_patience(void **state)
{
    static const struct {
        const char *row;
        unsigned writes;
        time_t changed; /* 0: just now */
        unsigned patience;
    } rows[] = {
        {"nothing was written", 0, 0, 0},   {"changed once", 1, 0, 0},
        {"changed twice", 2, 0, 0},         {"a contention", 3, 0, 2},
        {"a contention, seen", 3, 100, 2},  {"seen a second ago", 3, 99, 1},
        {"seen two seconds ago", 3, 98, 0}, {"seen long ago", 3, 1, 0},
        {"a long contention", 1000, 99, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct contention contention = written(rows[i].writes, A, 100);

        if (rows[i].changed != 0)
            contention_differs(&contention, true, rows[i].changed);
        contention_differs(&contention, rows[i].changed != 0, 100); /* since it was first seen */
        CHECK_ROW(rows[i].row, contention_patience(&contention, A, 100) == rows[i].patience);
        CHECK_ROW(rows[i].row, contention_patience(&contention, B, 100) == 0);
        contention_clear(&contention);
    }
}

/* What stood there when we last looked is no evidence, whoever it names. */
static void test_evidence(void **state)
{
    static const char duplicate[] = "another tlsrouted";
    static const struct {
        const char *row;
        struct managers before, now;
        const char *manager;
    } rows[] = {
        {"nobody", {"", 0, 10}, {"", 0, 10}, NULL},
        {"somebody new", {"", 0, 10}, {"a", 12, 10}, "a"},
        {"somebody new within the same second", {"", 0, 10}, {"a", 10, 10}, "a"},
        {"the one who made it", {"a", 5, 10}, {"a", 5, 10}, NULL},
        {"the one who made it, again", {"a", 5, 10}, {"a", 12, 10}, "a"},
        {"another one", {"a", 5, 10}, {"b", 12, 10}, "b"},
        {"another tlsrouted", {"", 0, 10}, {"", 0, 12}, duplicate},
        {"another tlsrouted, others before", {"a", 5, 10}, {"a", 5, 12}, duplicate},
        {"we own nothing any more", {"", 0, 10}, {"", 0, 0}, NULL},
        {"the other does not either", {"a", 5, 10}, {"", 0, 10}, NULL},
    };
    struct contention contention = {0};
    const struct managers other = {"a", 1, 1};

    (void)state;
    assert_null(contention_evidence(&contention, &other)); /* never looked at */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        contention_observe(&contention, &rows[i].before, NULL);
        CHECK_ROW_TEXT(rows[i].row, contention_evidence(&contention, &rows[i].now),
                       rows[i].manager);
    }
    contention_observe(&contention, NULL, NULL); /* it did not exist */
    assert_string_equal(contention_evidence(&contention, &other), "a");
    contention_forget_observed(&contention);
    assert_null(contention_evidence(&contention, &other));
    contention_clear(&contention);
}

/* Another tlsrouted has the same name in managedFields. It shows by its time or, within one second,
 * by what nobody else can have written. */
static void test_duplicate(void **state)
{
    static const struct {
        const char *row;
        struct managers now;
        const char *content;
        bool shows;
    } rows[] = {
        {"as it was", {"", 0, 10}, "x", false},
        {"later", {"", 0, 11}, "x", true},
        {"within the second", {"", 0, 10}, "y", true},
        {"within the second, by somebody else", {"a", 10, 10}, "y", false},
        {"within the second, and perhaps by removal", {"", 0, 10}, NULL, false},
        {"not ours any more", {"a", 11, 0}, "y", false},
        {"an older state", {"", 0, 9}, "y", false},
    };
    struct contention contention = {0};
    const struct managers before = {"", 0, 10}, older = {"", 0, 9};

    (void)state;
    assert_false(contention_shows_duplicate(&contention, &before, "x"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        contention_observe(&contention, &before, "x");
        CHECK_ROW(rows[i].row, contention_shows_duplicate(&contention, &rows[i].now,
                                                          rows[i].content) == rows[i].shows);
    }
    contention_forget_observed(&contention);
    assert_false(contention_shows_duplicate(&contention, &rows[1].now, "y"));
    contention_observe(&contention, NULL, NULL); /* it was deleted, and comes once more */
    assert_false(contention_shows_duplicate(&contention, &before, "x"));
    assert_true(contention_shows_duplicate(&contention, &rows[1].now, "x"));
    contention_observe(&contention, &older, "older");
    assert_false(contention_shows_duplicate(&contention, &before, "x"));
    contention_clear(&contention);
    contention_observe(&contention, NULL, NULL); /* it did not exist */
    assert_true(contention_shows_duplicate(&contention, &before, "x"));
    contention_clear(&contention);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),          cmocka_unit_test(test_changed_again),
        cmocka_unit_test(test_time_passes),     cmocka_unit_test(test_new_beginnings),
        cmocka_unit_test(test_long_contention), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_patience),        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_duplicate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
