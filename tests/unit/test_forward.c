/* SPDX-License-Identifier: Apache-2.0 */
/* What is forwarded to the reconciler, and what is not worth it. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/object.h"
#include "watcher/forward.h"

#include <stdlib.h>

struct sent {
    size_t count;
    enum message_type last;
};

static void take(void *context, const struct message *message)
{
    struct sent *sent = context;

    sent->count++;
    sent->last = message->type;
}

static struct forward forward_to(struct sent *sent, enum kind kind)
{
    return (struct forward){.kind = kind, .namespace = "n", .send = take, .context = sent};
}

static void read_object(struct forward *forward, const char *text, bool is_gone)
{
    struct projected projected;

    assert_null(projection_read(object_projection(forward->kind), text, strlen(text), &projected));
    if (is_gone)
        forward_gone(forward, projected.object);
    else
        forward_object(forward, &projected, strlen(text));
    projected_clear(&projected);
}

#define OBJECT(version, metadata, spec)                                                            \
    "{\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"resourceVersion\":\"" version             \
    "\",\"creationTimestamp\":\"2026-11-01T00:00:00Z\"" metadata "},\"spec\":{" spec "}}"
#define HOST(name) "\"route\":{\"enabled\":true,\"hostname\":\"" name "\"}"
#define PAUSED     ",\"annotations\":{\"" OPENVOX_GROUP "/paused\":\"true\"}"

/* One after the other. */
static void test_pools(void **state)
{
    static const struct {
        const char *row, *object;
        bool is_gone, is_sent;
    } rows[] = {
        {"new", OBJECT("1", "", HOST("a")), false, true},
        {"the same", OBJECT("1", "", HOST("a")), false, false},
        {"another version", OBJECT("2", "", HOST("a")), false, false},
        {"labels", OBJECT("3", ",\"labels\":{\"x\":\"y\"}", HOST("a")), false, false},
        {"another hostname", OBJECT("4", "", HOST("b")), false, true},
        {"the one before", OBJECT("5", "", HOST("a")), false, true},
        {"paused", OBJECT("6", PAUSED, HOST("a")), false, true},
        {"still", OBJECT("7", PAUSED ",\"labels\":{}", HOST("a")), false, false},
        {"unreadable", OBJECT("8", PAUSED, "\"route\":{\"enabled\":7}"), false, true},
        {"still unreadable", OBJECT("9", PAUSED, "\"route\":{\"enabled\":7}"), false, false},
        {"readable", OBJECT("10", PAUSED, HOST("a")), false, true},
        {"gone", OBJECT("11", PAUSED, HOST("a")), true, true},
        {"new again", OBJECT("12", PAUSED, HOST("a")), false, true},
        {"of another uid", OBJECT("13", PAUSED ",\"uid\":\"u\"", HOST("a")), false, true},
        {"not an object", "7", false, false},
    };
    struct sent sent = {0};
    struct forward forward = forward_to(&sent, KIND_POOL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        sent.count = 0;
        read_object(&forward, rows[i].object, rows[i].is_gone);
        CHECK_ROW(rows[i].row, sent.count == rows[i].is_sent);
    }
    forward_clear(&forward);
}

#define NAMES(names) "\"poolRefs\":[" names "]"

/* Each differs from the one before it in one thing. */
static void test_differences(void **state)
{
    static const struct {
        const char *row, *spec;
        enum kind kind;
    } rows[] = {
        {"a name", NAMES("\"a\""), KIND_SERVER},
        {"two", NAMES("\"a\",\"b\""), KIND_SERVER},
        {"in another order", NAMES("\"b\",\"a\""), KIND_SERVER},
        {"as one", NAMES("\"ba\""), KIND_SERVER},
        {"divided elsewhere", NAMES("\"b\",\"\",\"a\""), KIND_SERVER},
        {"likewise", NAMES("\"\",\"b\",\"a\""), KIND_SERVER},
        {"null", NAMES("\"\",\"b\",\"a\",null"), KIND_SERVER},
        {"null elsewhere", NAMES("\"\",\"b\",null,\"a\""), KIND_SERVER},
        {"in another member", "\"certificateRef\":\"a\"", KIND_SERVER},
        {"false", "\"route\":{\"injectDNSAltName\":false}", KIND_POOL},
        {"true", "\"route\":{\"injectDNSAltName\":true}", KIND_POOL},
        {"a number", "\"service\":{\"port\":1}", KIND_POOL},
        {"another", "\"service\":{\"port\":2}", KIND_POOL},
        {"of another type", "\"service\":{\"port\":\"2\"}", KIND_POOL},
        {"nothing", "\"service\":{}", KIND_POOL},
        {"left out", "\"service\":{\"labels\":{\"a\":\"\x01\"}}", KIND_POOL},
        {"a member", "\"route\":{\"gatewayRef\":{\"name\":\"a\"}}", KIND_POOL},
        {"another member", "\"route\":{\"gatewayRef\":{\"namespace\":\"a\"}}", KIND_POOL},
        {"absent", "\"service\":{}", KIND_POOL},
        {"too long",
         "\"service\":{\"port\":10000000000000000000000000000000000000000000000000000000"
         "00000000000}",
         KIND_POOL},
        {"negative", "\"service\":{\"port\":-1}", KIND_POOL},
        {"unsigned", "\"service\":{\"port\":18446744073709551615}", KIND_POOL},
        {"a label called resourceVersion", "\"service\":{\"labels\":{\"resourceVersion\":\"1\"}}",
         KIND_POOL},
        {"with another value", "\"service\":{\"labels\":{\"resourceVersion\":\"2\"}}", KIND_POOL},
    };
    struct sent sent = {0};
    struct forward forward = forward_to(&sent, KIND_SERVER);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = memory_format(OBJECT("1", "", "%s"), rows[i].spec);

        forward.kind = rows[i].kind;
        for (size_t again = 0; again < 2; again++) {
            sent.count = 0;
            read_object(&forward, text, false);
            CHECK_ROW(rows[i].row, sent.count == (again == 0));
        }
        free(text);
    }
    forward_clear(&forward);
}

/* In a list all are told: what is not is no longer there. */
static void test_list(void **state)
{
    struct sent sent = {0};
    struct forward forward = forward_to(&sent, KIND_POOL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        forward_resync(&forward, MESSAGE_RESYNC_BEGIN);
        sent.count = 0;
        read_object(&forward, OBJECT("1", "", HOST("a")), false);
        assert_int_equal(sent.count, 1);
        forward_resync(&forward, MESSAGE_RESYNC_END);
        read_object(&forward, OBJECT("2", "", HOST("a")), false);
        assert_int_equal(sent.count, 2);
    }
    forward_clear(&forward);
}

/* Writes of these have to name the version that they are about. */
static void test_versions(void **state)
{
    static const enum kind kinds[] = {KIND_ROUTE, KIND_SERVICE};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct sent sent = {0};
        struct forward forward = forward_to(&sent, kinds[i]);

        read_object(&forward, OBJECT("1", "", ""), false);
        read_object(&forward, OBJECT("2", "", ""), false);
        CHECK_ROW(kind_names(kinds[i])->name, sent.count == 2);
        forward_clear(&forward);
    }
}

/* Each is known by itself, and those that are gone make room. */
static void test_many(void **state)
{
    struct sent sent = {0};
    struct forward forward = forward_to(&sent, KIND_POOL);

    (void)state;
    for (size_t i = 0; i < 3 * 1000; i++) {
        char *text = memory_format("{\"metadata\":{\"namespace\":\"n\",\"name\":\"m%zu\","
                                   "\"resourceVersion\":\"%zu\"}}",
                                   i % 1000, i + 1);

        read_object(&forward, text, false);
        free(text);
    }
    assert_int_equal(sent.count, 1000);
    for (size_t i = 0; i < 100 * 1000; i++) {
        char *text = memory_format("{\"metadata\":{\"namespace\":\"n\",\"name\":\"o%zu\","
                                   "\"resourceVersion\":\"1\"}}",
                                   i);

        read_object(&forward, text, false);
        read_object(&forward, text, true);
        free(text);
    }
    assert_int_equal(sent.count, 1000 + 2 * 100 * 1000);
    assert_true(forward.forwarded.room <= 4096);
    forward_clear(&forward);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools), cmocka_unit_test(test_differences),
        cmocka_unit_test(test_list),  cmocka_unit_test(test_versions),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
