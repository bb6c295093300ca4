/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests share: cmocka with what it needs, rows of tables, loops with a deadline. */
#ifndef TLSROUTED_TESTS_UNIT_CHECK_H
#define TLSROUTED_TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the above */
#include <cmocka.h>

#include <dirent.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Defined where AddressSanitizer looks on, which takes memory in ways of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Fails the test and names the row of the table. */
#define CHECK_ROW(row, condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s: not so: %s", (row), #condition);                                         \
    } while (0)

/* The same for two texts, which may be NULL. */
#define CHECK_ROW_TEXT(row, actual, expected)                                                      \
    check_row_text(__FILE__, __LINE__, (row), (actual), (expected))

static inline void check_row_text(const char *file, int line, const char *row, const char *actual,
                                  const char *expected)
{
    if (actual == expected || (actual != NULL && expected != NULL && strcmp(actual, expected) == 0))
        return;
    print_error("%s:%d: %s\n  is:        %s\n  has to be: %s\n", file, line, row,
                actual != NULL ? actual : "(NULL)", expected != NULL ? expected : "(NULL)");
    _fail(file, line);
}

/* The JSON text TEXT, which has to be good; a new reference, NULL for "null". */
static inline struct json_object *check_json(const char *text)
{
    enum json_tokener_error error;
    struct json_object *object = json_tokener_parse_verbose(text, &error);

    if (error != json_tokener_success)
        fail_msg("a test's JSON is broken: %s", text);
    return object;
}

/* OBJECT, which is released, has to say the same as the JSON text EXPECTED. */
static inline void check_same_json(const char *row, struct json_object *object,
                                   const char *expected)
{
    struct json_object *wanted = check_json(expected);

    if (!json_object_equal(object, wanted))
        check_row_text(__FILE__, __LINE__, row, json_object_to_json_string(object), expected);
    json_object_put(object);
    json_object_put(wanted);
}

static inline double check_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void check_tick(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    (void)context;
}

/* Runs the loop until TRUE_NOW(CONTEXT) or for at most SECONDS; returns whether it came true. */
static inline bool check_run(struct event_base *base, double seconds,
                             bool (*true_now)(const void *context), const void *context)
{
    const struct timeval often = {.tv_usec = 5000};
    const double deadline = check_now() + seconds;
    struct event *tick = event_new(base, -1, EV_PERSIST, check_tick, NULL);

    event_add(tick, &often);
    while (!true_now(context) && check_now() < deadline)
        event_base_loop(base, EVLOOP_ONCE);
    event_free(tick);
    return true_now(context);
}

/* Runs what is due, until nothing is left that could run at once. */
static inline void check_settle(struct event_base *base)
{
    for (int i = 0; i < 32; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
}

/* Returns POINTER. It stays known until the end of the test, as what the program never releases; a
 * search for leaks does not report it. */
static inline void *check_keep(void *pointer)
{
    static void *kept[256];
    static size_t count;

    assert_true(count < COUNT_OF(kept));
    kept[count++] = pointer;
    return pointer;
}

/* The descriptors that this process has open. */
static inline size_t check_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

#endif
