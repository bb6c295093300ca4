/* SPDX-License-Identifier: Apache-2.0 */
/* Several messages in a packet: what fits, and packets that a peer has made up. */
#include "tests/unit/check.h"

#include "common/message/batch.h"

static void test_add(void **state)
{
    static const struct {
        const char *row;
        size_t size, room; /* of each message, and of the batch */
        unsigned expected; /* messages that fit */
    } rows[] = {
        {"no room", 10, 14, 0},
        {"room for one", 10, 15, 1},
        {"room for nearly two", 10, 28, 1},
        {"room for two", 10, 29, 2},
        {"empty messages", 0, 9, 2},
        {"as many as there may be", 1, 1000, BATCH_MESSAGES_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char message[10] = "0123456789";
        char bytes[1000];
        struct batch batch = {.bytes = bytes, .room = rows[i].room};
        unsigned count = 0;

        while (count < 100 && batch_add(&batch, message, rows[i].size))
            count++;
        CHECK_ROW(rows[i].row, count == rows[i].expected && batch.count == count);
        CHECK_ROW(rows[i].row, batch.size <= batch.room);
    }
}

static void test_one_is_alone(void **state)
{
    char bytes[100];
    struct batch batch = {.bytes = bytes, .room = sizeof(bytes)};
    const char *packet;
    size_t size;

    (void)state;
    assert_true(batch_add(&batch, "\x01name", 5));
    packet = batch_packet(&batch, &size);
    assert_int_equal(size, 5);
    assert_memory_equal(packet, "\x01name", 5);
    assert_false(batch_is(packet, size));
    assert_true(batch_add(&batch, "\x02", 1));
    packet = batch_packet(&batch, &size);
    assert_true(batch_is(packet, size));
    assert_false(batch_is(packet, 0));
}

/* Joins the messages that are read with commas. */
static const char *read_all(const char *packet, size_t size, char *text)
{
    struct batch_reader reader = {.bytes = packet, .size = size};
    const char *problem = NULL, *message;
    size_t length;

    *text = '\0';
    do {
        message = batch_next(&reader, &length, &problem);
        if (message == NULL)
            return problem;
        strncat(text, message, length);
        strcat(text, ",");
    } while (!batch_is_read(&reader));
    return NULL;
}

static void test_read(void **state)
{
#define SHORT        "a packet that ends within a message"
#define BYTES(bytes) bytes, sizeof(bytes) - 1
    static const char many[1 + (BATCH_MESSAGES_MAX + 1) * sizeof(uint32_t)];
    static const struct {
        const char *row, *packet;
        size_t size;
        const char *messages, *problem;
    } rows[] = {
        {"one", BYTES("\0\0\0\0\1a"), "a,", NULL},
        {"two", BYTES("\0\0\0\0\2ab\0\0\0\1c"), "ab,c,", NULL},
        {"an empty one", BYTES("\0\0\0\0\0\0\0\0\1c"), ",c,", NULL},
        {"none", BYTES("\0"), "", SHORT},
        {"half a size", BYTES("\0\0\0"), "", SHORT},
        {"a size and no message", BYTES("\0\0\0\0\1"), "", SHORT},
        {"cut off", BYTES("\0\0\0\0\1a\0\0\0\3bc"), "a,", SHORT},
        {"a size cut off", BYTES("\0\0\0\0\1a\0\0\0"), "a,", SHORT},
        {"an enormous size", BYTES("\0\377\377\377\377a"), "", SHORT},
        {"as many as there may be", many, sizeof(many) - sizeof(uint32_t), NULL, NULL},
        {"one more", many, sizeof(many), NULL, "too many messages in a packet"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[200];
        const char *problem = read_all(rows[i].packet, rows[i].size, text);

        CHECK_ROW(rows[i].row, (problem == NULL) == (rows[i].problem == NULL));
        if (problem != NULL)
            CHECK_ROW_TEXT(rows[i].row, problem, rows[i].problem);
        if (rows[i].messages != NULL)
            CHECK_ROW_TEXT(rows[i].row, text, rows[i].messages);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_one_is_alone),
        cmocka_unit_test(test_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
