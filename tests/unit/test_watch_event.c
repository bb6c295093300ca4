/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a watch. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "watcher/watch_event.h"

#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}"
#define META(rest)          "{\"metadata\":{\"resourceVersion\":\"7\"" rest "}}"

static void test_good(void **state)
{
    static const struct {
        const char *line;
        enum watch_event_type type;
        const char *version, *message;
        enum api_error error;
    } rows[] = {
        {EVENT("ADDED", META("")), WATCH_CHANGED, "7", "", API_OK},
        {EVENT("MODIFIED", META("")), WATCH_CHANGED, "7", "", API_OK},
        {EVENT("DELETED", META("")), WATCH_DELETED, "7", "", API_OK},
        {EVENT("BOOKMARK", META("")), WATCH_BOOKMARK, "7", "", API_OK},
        {EVENT("BOOKMARK", META("")) "\r", WATCH_BOOKMARK, "7", "", API_OK},
        {EVENT("BOOKMARK", META(",\"annotations\":null")), WATCH_BOOKMARK, "7", "", API_OK},
        {EVENT("BOOKMARK", META(",\"annotations\":[]")), WATCH_BOOKMARK, "7", "", API_OK},
        {EVENT("ERROR", "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}"), WATCH_ERROR,
         "", "too old", API_EXPIRED},
        {EVENT("ERROR", "{\"code\":504,\"message\":\"Too large resource version: 9, current: 7\","
                        "\"reason\":\"Timeout\",\"details\":{\"retryAfterSeconds\":1,\"causes\":["
                        "{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"x\"}]}}"),
         WATCH_ERROR, "", "Too large resource version: 9, current: 7", API_EXPIRED},
        {EVENT("ERROR", "{\"code\":504,\"details\":{\"causes\":[null,{\"reason\":1}]}}"),
         WATCH_ERROR, "", "", API_SERVER_ERROR},
        {EVENT("ERROR", "{}"), WATCH_ERROR, "", "", API_OTHER_STATUS},
        {EVENT("ERROR", "{\"code\":\"x\",\"message\":1}"), WATCH_ERROR, "", "", API_OTHER_STATUS},
        {EVENT("MODIFIED", "{\"code\":5,\"metadata\":{\"resourceVersion\":\"7\"}}"), WATCH_CHANGED,
         "7", "", API_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct watch_event event;

        CHECK_ROW_TEXT(rows[i].line,
                       watch_event_decode(KIND_POOL, rows[i].line, strlen(rows[i].line), &event),
                       NULL);
        CHECK_ROW(rows[i].line, event.type == rows[i].type);
        CHECK_ROW(rows[i].line, value_is(event.object.object, json_type_object));
        CHECK_ROW_TEXT(rows[i].line, event.resource_version, rows[i].version);
        CHECK_ROW_TEXT(rows[i].line, event.message, rows[i].message);
        CHECK_ROW(rows[i].line, event.error == rows[i].error);
        watch_event_clear(&event);
        assert_null(event.object.object);
        watch_event_clear(&event);
    }
}

static void test_bad(void **state)
{
#define TYPE        "it is not an event of a watch"
#define OBJECT      "it has no object"
#define UNVERSIONED "its object has no resourceVersion"
    static const struct {
        const char *line, *problem; /* NULL: any */
    } rows[] = {
        {"", NULL},
        {" ", NULL},
        {"x", NULL},
        {"{", NULL},
        {"null", NULL},
        {"\"ADDED\"", TYPE},
        {"[]", TYPE},
        {"{}", TYPE},
        {"{\"type\":1,\"object\":{}}", TYPE},
        {EVENT("added", META("")), TYPE},
        {EVENT("", META("")), TYPE},
        {EVENT("ADDED ", META("")), TYPE},
        {"{\"object\":" META("") "}", TYPE},
        {"{\"type\":\"ADDED\"}", OBJECT},
        {EVENT("ADDED", "null"), OBJECT},
        {EVENT("ADDED", "[]"), OBJECT},
        {EVENT("ADDED", "\"x\""), OBJECT},
        {EVENT("ERROR", "null"), OBJECT},
        {"{\"type\":\"ERROR\"}", OBJECT},
        {EVENT("ADDED", "{}"), UNVERSIONED},
        {EVENT("DELETED", "{\"metadata\":{}}"), UNVERSIONED},
        {EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"\"}}"), UNVERSIONED},
        {EVENT("MODIFIED", "{\"metadata\":{\"resourceVersion\":7}}"), UNVERSIONED},
        {EVENT("ADDED", META("")) EVENT("ADDED", META("")), NULL},
        {EVENT("ADDED", META("")) "x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct watch_event event;
        const char *problem =
            watch_event_decode(KIND_POOL, rows[i].line, strlen(rows[i].line), &event);

        CHECK_ROW(rows[i].line, problem != NULL);
        if (rows[i].problem != NULL)
            CHECK_ROW_TEXT(rows[i].line, problem, rows[i].problem);
        CHECK_ROW(rows[i].line, event.object.object == NULL);
    }
}

/* A line cut off anywhere is not an event. */
static void test_cut_off(void **state)
{
    const char line[] = EVENT("BOOKMARK", META(",\"annotations\":{\"a\":\"b\"}"));
    struct watch_event event;

    (void)state;
    for (size_t size = 0; size < sizeof(line) - 1; size++) {
        char *block = memory_bytes(line, size);

        assert_non_null(watch_event_decode(KIND_POOL, block, size, &event));
        free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
