/* SPDX-License-Identifier: Apache-2.0 */
/* The text of metrics in both formats, and which of them a client gets. */
#include "tests/unit/check.h"

#include "common/message/kind.h"
#include "exporter/accept.h"
#include "exporter/render.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t numbers[RENDER_SUBJECTS][METRIC_SERIES];

static char *rendered(const struct render_source *source, enum render_format format)
{
    struct evbuffer *buffer = evbuffer_new();
    char *text;

    render(source, format, buffer);
    evbuffer_add(buffer, "", 1);
    text = strdup((const char *)evbuffer_pullup(buffer, -1));
    evbuffer_free(buffer);
    return text;
}

/* What TEXT has from BEGIN up to the next line that begins with "# HELP", or its end. */
static char *part_of(const char *text, const char *begin)
{
    const char *start = strstr(text, begin), *end;

    if (start == NULL)
        return strdup("");
    end = strstr(start + 1, "# HELP");
    return strndup(start, end != NULL ? (size_t)(end - start) : strlen(start));
}

static void set(enum role role, enum metric metric, size_t cell, uint64_t value)
{
    numbers[role][metric_row(metric)->first + cell] = value;
}

static struct render_source source_of_two(void)
{
    struct render_source source = {
        .numbers = (const uint64_t(*)[METRIC_SERIES])numbers, .version = "1.2.3", .lease = "n/l"};

    memset(numbers, 0, sizeof(numbers));
    source.exists[ROLE_RECONCILER] = source.exists[ROLE_SUPERVISOR] = true;
    source.levels[ROLE_RECONCILER] = "a \"quoted\\level\"\nof two lines";
    set(ROLE_SUPERVISOR, METRIC_LIVE, 0, 1);
    set(ROLE_SUPERVISOR, METRIC_PROCESS_CPU, 0, 1500000);
    set(ROLE_RECONCILER, METRIC_PROCESS_CPU, 0, 42);
    set(ROLE_RECONCILER, METRIC_WORKER_RESTARTS, 0, 3);
    set(ROLE_RECONCILER, METRIC_TOKEN_EXPIRY, 0, 1800000000);
    set(ROLE_RECONCILER, METRIC_API_REQUESTS, 3 * METRIC_CODE_VALUES + 1, 7);
    set(ROLE_RECONCILER, METRIC_API_DURATION, 0, 2);
    set(ROLE_RECONCILER, METRIC_API_DURATION, 3, 1);
    set(ROLE_RECONCILER, METRIC_API_DURATION, METRIC_BUCKET_COUNT - 1, 1);
    set(ROLE_RECONCILER, METRIC_API_DURATION, METRIC_BUCKET_COUNT, 31020001);
    set(ROLE_RECONCILER, METRIC_QUEUE_DEPTH, 1, 12345678901234567890ULL);
    return source;
}

#define DURATION_SERIES                                                                            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.001\"} 2\n"          \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.005\"} 2\n"          \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.01\"} 2\n"           \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.025\"} 3\n"          \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.05\"} 3\n"           \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.1\"} 3\n"            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.25\"} 3\n"           \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"0.5\"} 3\n"            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"1.0\"} 3\n"            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"2.5\"} 3\n"            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"5.0\"} 3\n"            \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"10.0\"} 3\n"           \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"30.0\"} 3\n"           \
    "tlsrouted_api_request_duration_seconds_bucket{role=\"reconciler\",le=\"+Inf\"} 4\n"           \
    "tlsrouted_api_request_duration_seconds_sum{role=\"reconciler\"} 31.020001\n"                  \
    "tlsrouted_api_request_duration_seconds_count{role=\"reconciler\"} 4\n"

static void test_golden(void **state)
{
    static const struct {
        const char *begin;
        const char *prometheus, *open_metrics; /* from there on */
    } rows[] = {
        {"# HELP tlsrouted_build",
         "# HELP tlsrouted_build_info The version that is running.\n"
         "# TYPE tlsrouted_build_info gauge\n"
         "tlsrouted_build_info{version=\"1.2.3\"} 1\n",
         "# HELP tlsrouted_build The version that is running.\n"
         "# TYPE tlsrouted_build info\n"
         "tlsrouted_build_info{version=\"1.2.3\"} 1\n"},
        {"# HELP tlsrouted_live",
         "# HELP tlsrouted_live Whether every worker answered a heartbeat recently.\n"
         "# TYPE tlsrouted_live gauge\n"
         "tlsrouted_live 1\n",
         "# HELP tlsrouted_live Whether every worker answered a heartbeat recently.\n"
         "# TYPE tlsrouted_live gauge\n"
         "tlsrouted_live 1\n"},
        {"# HELP tlsrouted_worker_restarts",
         "# HELP tlsrouted_worker_restarts_total How often the worker was restarted.\n"
         "# TYPE tlsrouted_worker_restarts_total counter\n"
         "tlsrouted_worker_restarts_total{role=\"reconciler\"} 3\n",
         "# HELP tlsrouted_worker_restarts How often the worker was restarted.\n"
         "# TYPE tlsrouted_worker_restarts counter\n"
         "tlsrouted_worker_restarts_total{role=\"reconciler\"} 3\n"},
        {"# TYPE tlsrouted_leader",
         "# TYPE tlsrouted_leader gauge\n"
         "tlsrouted_leader{role=\"reconciler\",lease=\"n/l\"} 0\n",
         "# TYPE tlsrouted_leader gauge\n"
         "tlsrouted_leader{role=\"reconciler\",lease=\"n/l\"} 0\n"},
        {"# TYPE tlsrouted_sandbox",
         "# TYPE tlsrouted_sandbox_info gauge\n"
         "tlsrouted_sandbox_info{role=\"reconciler\","
         "level=\"a \\\"quoted\\\\level\\\"\\nof two lines\"} 1\n",
         "# TYPE tlsrouted_sandbox info\n"
         "tlsrouted_sandbox_info{role=\"reconciler\","
         "level=\"a \\\"quoted\\\\level\\\"\\nof two lines\"} 1\n"},
        {"# TYPE tlsrouted_token_expiry",
         "# TYPE tlsrouted_token_expiry_timestamp_seconds gauge\n"
         "tlsrouted_token_expiry_timestamp_seconds{role=\"reconciler\"} 1800000000\n",
         "# TYPE tlsrouted_token_expiry_timestamp_seconds gauge\n"
         "# UNIT tlsrouted_token_expiry_timestamp_seconds seconds\n"
         "tlsrouted_token_expiry_timestamp_seconds{role=\"reconciler\"} 1800000000\n"},
        {"# TYPE tlsrouted_process_cpu",
         "# TYPE tlsrouted_process_cpu_seconds_total counter\n"
         "tlsrouted_process_cpu_seconds_total{role=\"reconciler\"} 0.000042\n"
         "tlsrouted_process_cpu_seconds_total{role=\"supervisor\"} 1.500000\n",
         "# TYPE tlsrouted_process_cpu_seconds counter\n"
         "# UNIT tlsrouted_process_cpu_seconds seconds\n"
         "tlsrouted_process_cpu_seconds_total{role=\"reconciler\"} 0.000042\n"
         "tlsrouted_process_cpu_seconds_total{role=\"supervisor\"} 1.500000\n"},
        {"# TYPE tlsrouted_api_requests",
         "# TYPE tlsrouted_api_requests_total counter\n"
         "tlsrouted_api_requests_total{role=\"reconciler\",verb=\"create\",code=\"201\"} 7\n",
         "# TYPE tlsrouted_api_requests counter\n"
         "tlsrouted_api_requests_total{role=\"reconciler\",verb=\"create\",code=\"201\"} 7\n"},
        {"# TYPE tlsrouted_api_request_duration",
         "# TYPE tlsrouted_api_request_duration_seconds histogram\n" DURATION_SERIES,
         "# TYPE tlsrouted_api_request_duration_seconds histogram\n"
         "# UNIT tlsrouted_api_request_duration_seconds seconds\n" DURATION_SERIES},
        {"# TYPE tlsrouted_workqueue_depth",
         "# TYPE tlsrouted_workqueue_depth gauge\n"
         "tlsrouted_workqueue_depth{role=\"reconciler\",name=\"pools\"} 0\n"
         "tlsrouted_workqueue_depth{role=\"reconciler\",name=\"certificates\"} "
         "12345678901234567890\n",
         "# TYPE tlsrouted_workqueue_depth gauge\n"
         "tlsrouted_workqueue_depth{role=\"reconciler\",name=\"pools\"} 0\n"
         "tlsrouted_workqueue_depth{role=\"reconciler\",name=\"certificates\"} "
         "12345678901234567890\n"},
        {"# TYPE tlsrouted_http_requests", /* of an exporter that is not there */
         "# TYPE tlsrouted_http_requests_total counter\n",
         "# TYPE tlsrouted_http_requests counter\n# EOF\n"},
    };
    const struct render_source source = source_of_two();
    char *prometheus = rendered(&source, RENDER_PROMETHEUS),
         *open_metrics = rendered(&source, RENDER_OPEN_METRICS);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *part = part_of(prometheus, rows[i].begin);

        CHECK_ROW_TEXT(rows[i].begin, part, rows[i].prometheus);
        free(part);
        part = part_of(open_metrics, rows[i].begin);
        CHECK_ROW_TEXT(rows[i].begin, part, rows[i].open_metrics);
        free(part);
    }
    free(prometheus);
    free(open_metrics);
}

/* Of what happened so many microseconds ago. */
static void test_age(void **state)
{
    static const struct {
        const char *row;
        uint64_t ago;
        double from, to; /* seconds */
    } rows[] = {
        {"a while", 5000000, 5, 35},
        {"just now", 0, 0, 30},
        {"in the future", -(uint64_t)5000000, 0, 0},
        {"never", UINT64_MAX, 0, 0},
    };
    struct render_source source = source_of_two();

    (void)state;
    source.exists[ROLE_WATCHER] = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char series[] = "tlsrouted_watch_age_seconds{role=\"watcher\",kind=\"Pool\"} ";
        const bool is_known = rows[i].ago != UINT64_MAX;
        const char *found;
        double age;
        char *text;

        set(ROLE_WATCHER, METRIC_WATCH_AGE, KIND_POOL, is_known ? metric_now() - rows[i].ago : 0);
        text = rendered(&source, RENDER_OPEN_METRICS);
        assert_non_null(strstr(text, "# UNIT tlsrouted_watch_age_seconds seconds\n"));
        found = strstr(text, series);
        assert_non_null(found);
        age = strtod(found + strlen(series), NULL);
        CHECK_ROW(rows[i].row, age >= rows[i].from && age <= rows[i].to);
        free(text);
    }
}

/* Nobody is shown a series that nothing can ever count. */
static void test_impossible(void **state)
{
    static const char *const absent[] = {
        "workqueue_depth{role=\"certpatcher\",name=\"pools\"}",
        "workqueue_pause_seconds{role=\"certpatcher\",name=\"pools\"}",
        "workqueue_pause_seconds{role=\"reconciler\",name=\"certificates\"}",
        "reconcile_total{role=\"certpatcher\",name=\"pools\",",
        "reconcile_total{role=\"reconciler\",name=\"certificates\",result=\"refused\"}",
    };
    static const char *const present[] = {
        "workqueue_depth{role=\"certpatcher\",name=\"certificates\"}",
        "workqueue_pause_seconds{role=\"reconciler\",name=\"pools\"}",
        "reconcile_total{role=\"certpatcher\",name=\"certificates\",result=\"refused\"}",
        "reconcile_total{role=\"reconciler\",name=\"certificates\",result=\"success\"}",
    };
    struct render_source source = source_of_two();
    char *text;

    (void)state;
    source.exists[ROLE_CERTPATCHER] = true;
    text = rendered(&source, RENDER_PROMETHEUS);
    for (size_t i = 0; i < COUNT_OF(absent); i++)
        CHECK_ROW(absent[i], strstr(text, absent[i]) == NULL);
    for (size_t i = 0; i < COUNT_OF(present); i++)
        CHECK_ROW(present[i], strstr(text, present[i]) != NULL);
    free(text);
}

/* Every metric has its head once, and one exporter of many processes has no series twice. */
static void test_whole(void **state)
{
    struct render_source source = source_of_two();
    char *text;

    (void)state;
    for (enum role role = 0; role < RENDER_SUBJECTS; role++) {
        source.exists[role] = true;
        source.levels[role] = "seccomp";
        for (size_t series = 0; series < METRIC_SERIES; series++)
            numbers[role][series] = 1;
    }
    text = rendered(&source, RENDER_OPEN_METRICS);
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        char head[128];
        const char *place;

        snprintf(head, sizeof(head), "# TYPE %s ", metric_row(metric)->name);
        place = strstr(text, head);
        CHECK_ROW(head, place != NULL && strstr(place + 1, head) == NULL);
    }
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char key[256];

        snprintf(key, sizeof(key), "%.*s", (int)(end - line), line);
        if (strrchr(key, ' ') != NULL && key[0] != '#')
            *(strrchr(key, ' ') + 1) = '\0';
        CHECK_ROW(key, strstr(end, key) == NULL || strstr(end, key)[-1] != '\n');
    }
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    free(text);
}

static void test_escapes(void **state)
{
    static const struct {
        const char *text, *escaped;
    } rows[] = {
        {"", ""},         {"plain", "plain"},
        {"\"", "\\\""},   {"\\", "\\\\"},
        {"\n", "\\n"},    {"a\"}\n# EOF\n", "a\\\"}\\n# EOF\\n"},
        {"\\n", "\\\\n"}, {"m\xc3\xbc", "m\xc3\xbc"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct evbuffer *buffer = evbuffer_new();

        render_escaped(rows[i].text, buffer);
        evbuffer_add(buffer, "", 1);
        CHECK_ROW_TEXT(rows[i].text, (const char *)evbuffer_pullup(buffer, -1), rows[i].escaped);
        evbuffer_free(buffer);
    }
}

static void test_accept(void **state)
{
    static const struct {
        const char *header;
        bool open_metrics;
    } rows[] = {
        {NULL, false},
        {"", false},
        {"*/*", false},
        {"text/plain", false},
        {"text/html, */*;q=0.1", false},
        {"application/openmetrics-text", true},
        {"application/openmetrics-text; version=1.0.0", true},
        {"application/openmetrics-text;version=0.0.1", false},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", /* Prometheus 2.42 */
         true},
        {"application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5", false},
        {"application/openmetrics-text;version=1.0.0;q=0.4,text/plain;q=0.5", false},
        {"application/openmetrics-text;version=1.0.0;q=0", false},
        {"text/plain;q=0, application/openmetrics-text ; version=1.0.0 ; q=0.1", true},
        {"APPLICATION/OPENMETRICS-TEXT;VERSION=1.0.0", true},
        {"application/openmetrics-text;q=nonsense", false},
        {"application/openmetrics-text;q=", false},
        {";;;,,,;q=1", false},
        {"application/openmetrics-textual", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].header != NULL ? rows[i].header : "none",
                  accept_open_metrics(rows[i].header) == rows[i].open_metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),     cmocka_unit_test(test_age),
        cmocka_unit_test(test_impossible), cmocka_unit_test(test_whole),
        cmocka_unit_test(test_escapes),    cmocka_unit_test(test_accept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
