/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the rows of the table of delays, so that one can be changed without
 * knowing all the others. */
#include "tests/unit/check.h"

#include "common/base/delays.h"

enum {
    SERVICE_MANAGER_SECONDS = 90, /* systemd's limit for a start */
    BOOKMARK_SECONDS = 60,        /* an API server sends a bookmark about so often */
    SERVER_UNUSED_SECONDS = 30,   /* it closes a connection without a handshake after that */
};

static const struct {
    const char *name;
    int64_t value;
    const char *text;
} delays[] = {
#define ROW(name, value, text) {#name, value, text},
    DELAYS(ROW)
#undef ROW
};

static const struct {
    const char *name;
    const struct backoff *backoff;
} backoffs[] = {
#define ROW(name, first, max, text) {#name, &(name)},
    BACKOFFS(ROW)
#undef ROW
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void test_rows(void **state)
{
    static const char *const units[] = {"_SECONDS", "_MILLISECONDS", "_SECONDS_MIN",
                                        "_SECONDS_MAX"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        bool has_unit = false;

        for (size_t j = 0; j < COUNT_OF(units); j++)
            has_unit = has_unit || ends_with(delays[i].name, units[j]);
        CHECK_ROW(delays[i].name, has_unit);
        CHECK_ROW(delays[i].name, delays[i].value > 0);
        CHECK_ROW(delays[i].name, delays[i].text[0] != '\0');
    }
    for (size_t i = 0; i < COUNT_OF(backoffs); i++) {
        CHECK_ROW(backoffs[i].name, backoffs[i].backoff->first > 0);
        CHECK_ROW(backoffs[i].name, backoffs[i].backoff->first < backoffs[i].backoff->max);
    }
}

/* VALUE of NAME in milliseconds. */
static int64_t milliseconds(const char *name, int64_t value)
{
    return strstr(name, "MILLISECONDS") != NULL ? value : value * 1000;
}

#define LESS(a, b, why)                                                                            \
    {                                                                                              \
#a " < " #b, why, milliseconds(#a, a), milliseconds(#b, b)                                 \
    }

static void test_order(void **state)
{
    const struct {
        const char *rule, *why;
        int64_t less, more;
    } rows[] = {
        LESS(WORKER_FINISH_SECONDS, SUPERVISOR_STOP_MILLISECONDS, "a worker finishes its work"),
        LESS(WORKER_FINISH_SECONDS, WORKER_END_MILLISECONDS, "likewise when it is restarted"),
        LESS(WORKER_READY_MILLISECONDS, WORKER_LONG_LIFE_SECONDS,
             "a long life is more than a start"),
        LESS(NOTIFY_EXTEND_SECONDS, SERVICE_MANAGER_SECONDS, "more time is requested in time"),
        LESS(EXEC_PLUGIN_WAIT_MILLISECONDS, EXEC_PLUGIN_RUN_SECONDS, "its end is noticed"),
        LESS(EXEC_PLUGIN_RUN_SECONDS, EXEC_PLUGIN_MILLISECONDS, "the helper can say why it failed"),
        LESS(TOKEN_REFUSED_SECONDS, API_REFUSED_SECONDS, "a client waits for the new token"),
        LESS(TOKEN_REFUSED_SECONDS, TOKEN_REQUEST_SECONDS, "a token lives longer"),
        LESS(DIAL_EARLY_MILLISECONDS, DIAL_LAST_MILLISECONDS, "the last address has the most time"),
        LESS(KEEPALIVE_PROBE_SECONDS, KEEPALIVE_UNANSWERED_SECONDS, "there is more than one probe"),
        LESS(BROKER_REFILL_MILLISECONDS, DIAL_EARLY_MILLISECONDS, "a retry has a connection"),
        LESS(API_CONNECT_SECONDS, API_REQUEST_SECONDS, "a request outlives its handshake"),
        LESS(API_REQUEST_SECONDS, API_STREAM_IDLE_SECONDS, "a stream may be silent for longer"),
        LESS(2 * BOOKMARK_SECONDS, API_STREAM_IDLE_SECONDS, "bookmarks make probes unnecessary"),
        LESS(API_STREAM_IDLE_SECONDS, WATCH_SECONDS_MIN, "a silent watch is found before it ends"),
        LESS(API_STREAM_IDLE_SECONDS, CRD_WATCH_SECONDS, "likewise"),
        LESS(2 * BOOKMARK_SECONDS, WATCH_SILENT_SECONDS, "one bookmark may be late"),
        LESS(WATCH_SILENT_SECONDS, WATCH_SECONDS_MIN, "a silent watch is found before it ends"),
        LESS(WATCH_SILENT_SECONDS, CRD_WATCH_SECONDS, "likewise"),
        LESS(BOOKMARK_SECONDS, WATCH_BOOKMARK_SECONDS_MAX, "a bookmark that is due is not missed"),
        LESS(WATCH_BOOKMARK_SECONDS_MAX, WATCH_SILENT_SECONDS, "one that is missed is no silence"),
        LESS(WATCH_LASTED_SECONDS, BOOKMARK_SECONDS, "the first bookmark ends failures"),
        LESS(WATCH_SILENT_SECONDS + 2 * API_REQUEST_SECONDS, WATCH_CONFIRMED_SECONDS_MAX,
             "a list takes the place of a silent watch in time"),
        LESS(API_STALL_CHECK_MILLISECONDS, API_REQUEST_SECONDS,
             "a stall is found before the limit"),
        LESS(API_UNUSED_SECONDS, SERVER_UNUSED_SECONDS, "we close a connection before the server"),
        LESS(API_RETRY_AFTER_SECONDS_MAX, API_PAUSE_FORGET_SECONDS,
             "who asked for a pause is remembered beyond it"),
        LESS(WATCH_SHORT_SECONDS, WATCH_SECONDS_MIN, "an ordinary watch is not short"),
        LESS(DISCOVERY_FIRST_MILLISECONDS, DISCOVERY_SECOND_MILLISECONDS, "checks become rarer"),
        LESS(DISCOVERY_SECOND_MILLISECONDS, DISCOVERY_THIRD_MILLISECONDS, "likewise"),
        LESS(DISCOVERY_THIRD_MILLISECONDS, DISCOVERY_POLL_MILLISECONDS, "likewise"),
        LESS(REPORT_MILLISECONDS, FINDING_HOLD_SECONDS, "findings are held back by choice"),
        LESS(CONTENTION_SECONDS_MAX, CONTENTION_FORGET_SECONDS,
             "contention is remembered from one correction to the next"),
        LESS(LEASE_CONTENTION_SECONDS_MAX, CONTENTION_FORGET_SECONDS, "likewise"),
        LESS(NAMES_CONTENTION_SECONDS, NAMES_CONTENTION_FORGET_SECONDS, "likewise"),
        LESS(EVENTS_TICK_MILLISECONDS, EVENTS_SERIES_SECONDS, "a series is more than a batch"),
        LESS(EVENTS_SERIES_SECONDS, EVENTS_REMEMBER_SECONDS, "a series has more than one update"),
        LESS(BATCH_GATHER_MILLISECONDS, BATCH_SMALL_MILLISECONDS, "gathering is within the batch"),
        LESS(BATCH_GATHER_MILLISECONDS, BATCH_GATHER_MANY_MILLISECONDS, "a single one waits less"),
        LESS(BATCH_GATHER_MANY_MILLISECONDS, BATCH_SMALL_MILLISECONDS, "likewise"),
        LESS(BATCH_GATHER_LONGEST_MILLISECONDS, BATCH_MILLISECONDS, "likewise"),
        LESS(BATCH_SMALL_MILLISECONDS, BATCH_MILLISECONDS, "small batches follow sooner"),
        LESS(BATCH_MILLISECONDS, BATCH_FRESH_MILLISECONDS, "objects outlive their batch"),
        LESS(CONTROL_MUTE_MILLISECONDS, CONTROL_IDLE_MILLISECONDS,
             "who has said nothing goes first"),
        LESS(CONTROL_IDLE_MILLISECONDS, CONTROL_CLIENT_SECONDS, "or before the time limit"),
        LESS(CONTROL_PAGE_SECONDS, CONTROL_CLIENT_SECONDS, "a client outwaits a worker"),
        LESS(CONTROL_ADOPT_SECONDS, CTL_REPLY_MILLISECONDS, "and so does tlsroutectl"),
        LESS(HTTP_FRESH_MILLISECONDS, HTTP_ANSWER_MILLISECONDS,
             "no answer is older than a late one"),
        LESS(HTTP_ANSWER_MILLISECONDS, HTTP_SILENCE_SECONDS, "a client outwaits the supervisor"),
        LESS(HTTP_SILENCE_SECONDS, GUARD_MILLISECONDS, "silence ends a connection first"),
        LESS(GUARD_SWEEP_MILLISECONDS, GUARD_MILLISECONDS, "the end is noticed"),
        LESS(GUARD_RETRY_MILLISECONDS, GUARD_PATIENCE_MILLISECONDS, "room is made in time"),
        LESS(GUARD_PATIENCE_MILLISECONDS, HTTP_SILENCE_SECONDS,
             "others wait less than silence may"),
        LESS(EXPORTER_REFILL_MILLISECONDS, HTTP_FRESH_MILLISECONDS, "fresh answers can be had"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].less >= rows[i].more)
            fail_msg("%s must hold: %s", rows[i].rule, rows[i].why);
    }
}

/* What can be done without is not tried more often than what is needed. */
static void test_optional_streams(void **state)
{
    (void)state;
    assert_true(backoff_optional_stream.first >= backoff_stream.max);
    assert_true(backoff_optional_stream.max > backoff_stream.max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_optional_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
