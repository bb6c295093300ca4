/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor holds of the workers' metrics, and what it finds out about them itself. */
#include "tests/unit/check.h"

#include "supervisor/metrics/worker_metrics.h"
#include "supervisor/processes/usage.h"

#include <unistd.h>

static size_t changes(struct worker_metrics *worker_metrics, struct worker_metric *last)
{
    struct worker_metric metric = {0};
    size_t count = 0;

    while (worker_metrics_next_change(worker_metrics, &metric)) {
        *last = metric;
        count++;
    }
    return count;
}

static void test_holding(void **state)
{
    const size_t requests = metric_row(METRIC_API_REQUESTS)->first + 5;
    struct worker_metrics *worker_metrics = worker_metrics_new();
    struct worker_metric last = {0};

    (void)state;
    assert_int_equal(changes(worker_metrics, &last), 0);
    assert_true(worker_metrics_record(worker_metrics, ROLE_WATCHER, requests, 7));
    assert_false(worker_metrics_record(worker_metrics, ROLE_EXPORTER, requests, 7));
    assert_false(worker_metrics_record(worker_metrics, ROLE_WATCHER, METRIC_SERIES, 7));
    assert_false(worker_metrics_record(worker_metrics, ROLE_WATCHER,
                                       metric_row(METRIC_WORKER_RESTARTS)->first, 7));
    assert_false(
        worker_metrics_record(worker_metrics, ROLE_WATCHER, metric_row(METRIC_LIVE)->first, 7));
    assert_int_equal(changes(worker_metrics, &last), 1);
    assert_int_equal(last.role, ROLE_WATCHER);
    assert_int_equal(last.series, requests);
    assert_int_equal(last.value, 7);
    assert_int_equal(changes(worker_metrics, &last), 0);

    worker_metrics_set(worker_metrics, METRIC_WORKER_RESTARTS, ROLE_WATCHER, 2);
    worker_metrics_set(worker_metrics, METRIC_LIVE, ROLE_SUPERVISOR, 1);
    assert_int_equal(changes(worker_metrics, &last), 2);
    assert_int_equal(last.role, ROLE_SUPERVISOR);

    worker_metrics_reset(worker_metrics,
                         ROLE_WATCHER); /* its own begin anew, those about it do not */
    assert_int_equal(changes(worker_metrics, &last), 1);
    assert_int_equal(last.series, requests);
    assert_int_equal(last.value, 0);

    worker_metrics_change_all(worker_metrics);
    assert_int_equal(changes(worker_metrics, &last), 2);
    worker_metrics_free(worker_metrics);
}

static void test_process(void **state)
{
    static const struct {
        const char *stat;
        bool good;
        uint64_t cpu, memory;
    } rows[] = {
        {"7 (watcher) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 5 1000000 300 18446744",
         true, 2000000, 300 * 4096},
        {"7 (a) b) (c) S 1 7 7 0 -1 1 1 0 0 0 0 1 0 0 20 0 1 0 5 1 2 3", true, 10000, 2 * 4096},
        {"7 (short) S 1 7", false, 0, 0},
        {"", false, 0, 0},
    };
    struct usage usage;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_ROW(rows[i].stat, usage_parse(rows[i].stat, 100, 4096, &usage) == rows[i].good);
        CHECK_ROW(rows[i].stat, usage.cpu == rows[i].cpu && usage.memory == rows[i].memory);
    }
    assert_true(usage_read(getpid(), &usage));
    assert_in_range(usage.memory, 1 << 20, UINT32_MAX);
    assert_false(usage_read(-1, &usage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holding),
        cmocka_unit_test(test_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
