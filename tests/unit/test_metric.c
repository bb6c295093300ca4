/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of metrics: its table, and counting. */
#include "tests/unit/check.h"

#include "common/message/kind.h"
#include "common/message/metric.h"
#include "reconciler/plan/finding.h"

#include <stdio.h>

/* What changed since the last call, and how: the only numbers that are not 0 again. */
static uint64_t told[METRIC_SERIES];

static size_t changes(size_t *series, size_t most)
{
    size_t count = 0;

    for (size_t at = 0; metric_next_change(told, &at) && count < most; at++)
        series[count++] = at;
    return count;
}

/* Names and units as Prometheus' conventions have them, and places that fill the array. */
static void test_table(void **state)
{
    size_t next = 0;

    (void)state;
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        const struct metric_row *row = metric_row(metric);
        const char *end = row->name + strlen(row->name);

        CHECK_ROW(row->name, strncmp(row->name, "tlsrouted_", 10) == 0);
        CHECK_ROW(row->name, row->name[strspn(row->name, "abcdefghijklmnopqrstuvwxyz_")] == '\0');
        CHECK_ROW(row->name,
                  row->help[strcspn(row->help, "\n\"\\")] == '\0'); /* no need to escape */
        CHECK_ROW(row->name, row->help[strlen(row->help) - 1] == '.');
        CHECK_ROW(row->name, row->roles != 0);
        CHECK_ROW(row->name, strstr(row->name, "_total") == NULL);
        if (row->unit == METRIC_UNIT_SECONDS || row->unit == METRIC_UNIT_SINCE_1970 ||
            row->unit == METRIC_UNIT_AGE)
            CHECK_ROW(row->name, strcmp(end - 8, "_seconds") == 0);
        if (row->unit == METRIC_UNIT_BYTES)
            CHECK_ROW(row->name, strcmp(end - 6, "_bytes") == 0);
        if (row->type == METRIC_TYPE_HISTOGRAM)
            CHECK_ROW(row->name, row->unit == METRIC_UNIT_SECONDS);
        CHECK_ROW(row->name, row->first == next);
        next += row->count;
        for (enum metric other = 0; other < metric; other++)
            CHECK_ROW(row->name, strcmp(row->name, metric_row(other)->name) != 0);
    }
    assert_int_equal(next, METRIC_SERIES);
}

/* The values of labels are those of other tables, in their order. */
static void test_labels(void **state)
{
    (void)state;
    assert_int_equal(metric_label_values(METRIC_LABEL_REASON), FINDING_REASONS);
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++)
        assert_string_equal(metric_label_value(METRIC_LABEL_REASON, reason), finding_name(reason));
    assert_int_equal(metric_label_values(METRIC_LABEL_KIND), KIND_COUNT);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        assert_string_equal(metric_label_value(METRIC_LABEL_KIND, kind), kind_names(kind)->name);
    assert_string_equal(metric_label_value(METRIC_LABEL_QUEUE, METRIC_QUEUE_CERTIFICATES),
                        "certificates");
    assert_string_equal(metric_label_value(METRIC_LABEL_RESULT, METRIC_RESULT_REFUSED), "refused");
    assert_string_equal(metric_label_value(METRIC_LABEL_ROUTE_STATE, METRIC_ROUTE_UNSATISFIED),
                        "unsatisfied");
    assert_string_equal(metric_label_value(METRIC_LABEL_CERTIFICATE_STATE, METRIC_CERTIFICATE_FULL),
                        "full");
}

static void test_codes(void **state)
{
    static const struct {
        int status;
        const char *code;
    } rows[] = {{200, "200"}, {201, "201"},   {409, "409"}, {504, "504"},
                {0, "error"}, {418, "other"}, {-1, "other"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW_TEXT(rows[i].code,
                       metric_label_value(METRIC_LABEL_CODE, metric_code(rows[i].status)),
                       rows[i].code);
}

static void test_counting(void **state)
{
    size_t series[4];

    (void)state;
    changes(series, METRIC_SERIES);
    metric_add(METRIC_API_REQUESTS, 1, 2, 3);
    metric_add(METRIC_API_REQUESTS, 1, 2, 4);
    metric_set(METRIC_QUEUE_DEPTH, 1, 0, 9);
    assert_int_equal(changes(series, 4), 2);
    assert_int_equal(series[0],
                     metric_row(METRIC_API_REQUESTS)->first + METRIC_CODE_VALUES * 1 + 2);
    assert_int_equal(told[series[0]], 7);
    assert_int_equal(series[1], metric_row(METRIC_QUEUE_DEPTH)->first + 1);
    assert_int_equal(told[series[1]], 9);
    assert_int_equal(changes(series, 4), 0);
    metric_set(METRIC_QUEUE_DEPTH, 1, 0, 0);
    assert_int_equal(changes(series, 4), 1);
    assert_int_equal(told[series[0]], 0);
}

static void test_buckets(void **state)
{
    static const struct {
        uint64_t microseconds;
        const char *bucket;
    } rows[] = {
        {0, "0.001"},       {1000, "0.001"},    {1001, "0.005"},          {5000, "0.005"},
        {25001, "0.05"},    {999999, "1.0"},    {1000000, "1.0"},         {1000001, "2.5"},
        {30000000, "30.0"}, {30000001, "+Inf"}, {UINT64_MAX / 2, "+Inf"},
    };
    const size_t first = metric_row(METRIC_QUEUE_LATENCY)->first + METRIC_HISTOGRAM_CELLS;
    size_t series[4];

    (void)state;
    changes(series, METRIC_SERIES);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t sum = told[first + METRIC_BUCKET_COUNT], count;

        metric_observe(METRIC_QUEUE_LATENCY, METRIC_QUEUE_CERTIFICATES, rows[i].microseconds);
        count = changes(series, 4);
        CHECK_ROW(rows[i].bucket, count == (rows[i].microseconds > 0 ? 2 : 1));
        CHECK_ROW_TEXT(rows[i].bucket, metric_bucket_text((unsigned)(series[0] - first)),
                       rows[i].bucket);
        CHECK_ROW(rows[i].bucket, told[first + METRIC_BUCKET_COUNT] == sum + rows[i].microseconds);
    }
}

static void test_senders(void **state)
{
    const size_t requests = metric_row(METRIC_API_REQUESTS)->first,
                 routes = metric_row(METRIC_ROUTES)->first,
                 up = metric_row(METRIC_WORKER_UP)->first, live = metric_row(METRIC_LIVE)->first;

    (void)state;
    assert_true(metric_is_from(requests, ROLE_WATCHER));
    assert_false(metric_is_from(requests, ROLE_EXPORTER));
    assert_true(metric_is_from(routes + 1, ROLE_RECONCILER));
    assert_false(metric_is_from(routes, ROLE_CERTPATCHER));
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        assert_false(metric_is_from(up, role));
        assert_false(metric_is_from(live, role));
        assert_false(metric_is_from(METRIC_SERIES, role));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),   cmocka_unit_test(test_labels),
        cmocka_unit_test(test_codes),   cmocka_unit_test(test_counting),
        cmocka_unit_test(test_buckets), cmocka_unit_test(test_senders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
