/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that are no messages: out of bounds, cut off, too long, of the wrong kinds. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "tests/unit/filled_message.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    SMALL_BYTES = 600, /* so large a packet is cut off after every byte */
    HEAD_BYTES = 3,    /* of the head of a large text: its kind and how long it is */
    RANDOM_CUTS = 4,
};

static void expect_problem(const char *row, const void *bytes, size_t size, const char *problem);
static void expect_cut(enum message_type, const msgpack_sbuffer *, size_t from, size_t to);
static void expect_cut_of_large(const struct message *, const msgpack_sbuffer *);
static size_t end_of_values(const msgpack_sbuffer *, size_t at, size_t count);
static void pack_field(msgpack_packer *, const struct field *);
static void expect_character(enum message_type, const struct field *, const char *text,
                             const char *problem);

static void test_bounds(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        FOREACH_FIELD(field, type)
        {
            struct message message = message_of(type);
            struct field over = *field;
            msgpack_sbuffer packet;
            char *problem, *expected;

            if (field->kind == KIND_FLAG || field->bound == UINT64_MAX)
                continue;
            over.bound++;
            fill_field(&message, &over, FILL_LARGEST);
            problem = message_check(&message);
            expected = memory_format(
                field->kind == KIND_NUMBER ? "%s is %llu; the maximum is %llu"
                                           : "%s has %llu bytes; the maximum is %llu",
                field->name, (unsigned long long)over.bound, (unsigned long long)field->bound);
            CHECK_ROW_TEXT(message_name(type), problem, expected);
            packet = encode(&message);
            expect_problem(field->name, packet.data, packet.size,
                           field->kind == KIND_NUMBER ? "a number that is too large"
                           : is_list(field)           ? NULL
                                                      : "a text that is too long");
            msgpack_sbuffer_destroy(&packet);
            free(problem);
            free(expected);
            release_filled(&message);
        }
    }
}

/* A list may be too long by its texts together, by one text, and by their number. */
static void test_list_bounds(void **state)
{
    static const struct {
        size_t texts, length;
        const char *problem;
    } rows[] = {
        {0, 0, NULL},
        {65536, 0, NULL},
        {65537, 0, "a number that is too large"},
        {32768, 1, NULL},
        {32769, 1, "a list that is too long"},
        {1, 65535, NULL},
        {1, 65536, "a list that is too long"},
        {1, 65537, "a text that is too long"},
        {2, 32767, NULL},
        {2, 32768, "a list that is too long"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct message message = message_of(MESSAGE_CERTIFICATE), received;
        size_t size = rows[i].texts * (rows[i].length + 1);
        char *bytes = memory_new(size, 1), *problem;
        msgpack_sbuffer packet;

        memset(bytes, 'x', size);
        for (size_t at = rows[i].length; at < size; at += rows[i].length + 1)
            bytes[at] = '\0';
        message.certificate.names =
            (struct text_list){.count = rows[i].texts, .size = size, .bytes = bytes};
        problem = message_check(&message);
        assert_true((problem == NULL) == (rows[i].problem == NULL));
        packet = encode(&message);
        CHECK_ROW_TEXT("list", decode_exact(packet.data, packet.size, &received), rows[i].problem);
        message_clear(&received);
        msgpack_sbuffer_destroy(&packet);
        free(problem);
        free(bytes);
    }
}

static void test_unknown_types(void **state)
{
    (void)state;
    expect_problem("nothing at all", "", 0, PROBLEM_END);
    for (unsigned number = 0; number < 256; number++) {
        const uint8_t packet[] = {0xcc, (uint8_t)number};

        if (number == MESSAGE_NONE || number >= MESSAGE_TYPES)
            expect_problem("number", packet, sizeof(packet), PROBLEM_TYPE);
    }
    expect_problem("256", "\xcd\x01\x00", 3, "a number that is too large");
    expect_problem("2^64 - 1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9,
                   "a number that is too large");
    expect_problem("-1", "\xff", 1, "a value that is not a number");
    expect_problem("text", "\xa1\x01", 2, "a value that is not a number");
}

/* Cut off after any byte, a packet is not a message any more. */
static void test_truncated(void **state)
{
    (void)state;
    seed_random();
    FOREACH_TYPE(type)
    {
        for (enum fill fill = FILL_NOTHING; fill <= FILL_LARGEST_IN_PIECES; fill++) {
            struct message message = filled(type, fill);
            msgpack_sbuffer packet = encode(&message);

            if (packet.size <= SMALL_BYTES)
                expect_cut(type, &packet, 0, packet.size);
            else
                expect_cut_of_large(&message, &packet);
            msgpack_sbuffer_destroy(&packet);
            release_filled(&message);
        }
    }
}

/* The packet is not one of TYPE at any size of at least FROM bytes and below TO. */
static void expect_cut(enum message_type type, const msgpack_sbuffer *packet, size_t from,
                       size_t to)
{
    for (size_t size = from; size < to && size < packet->size; size++)
        expect_problem(message_name(type), packet->data, size, NULL);
}

/* To try every size of a large packet would take time that grows with its square: the sizes are
 * those around each end of a field, within the head of the next one too, and some others. */
static void expect_cut_of_large(const struct message *message, const msgpack_sbuffer *packet)
{
    size_t end = end_of_values(packet, 0, 1);

    expect_cut(message->type, packet, 0, end + HEAD_BYTES);
    FOREACH_FIELD(field, message->type)
    {
        const struct text_list *list = (const void *)((const char *)message + field->offset);
        size_t count = is_list(field) ? 1 + list->count : 1;

        end = end_of_values(packet, end, count);
        expect_cut(message->type, packet, end - 1, end + HEAD_BYTES);
    }
    assert_int_equal(end, packet->size);
    for (int i = 0; i < RANDOM_CUTS; i++) {
        size_t size = next_random((uint32_t)packet->size);

        expect_cut(message->type, packet, size, size + 1);
    }
}

/* Where COUNT values end that begin AT. */
static size_t end_of_values(const msgpack_sbuffer *packet, size_t at, size_t count)
{
    msgpack_unpacked value;

    msgpack_unpacked_init(&value);
    while (count-- > 0)
        assert_int_equal(msgpack_unpack_next(&value, packet->data, packet->size, &at),
                         MSGPACK_UNPACK_SUCCESS);
    msgpack_unpacked_destroy(&value);
    return at;
}

static void test_trailing(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        struct message message = filled(type, FILL_SMALL);
        msgpack_sbuffer packet = encode(&message);

        for (unsigned byte = 0; byte < 256; byte++) {
            const char end = (char)byte;

            msgpack_sbuffer_write(&packet, &end, 1);
            expect_problem(message_name(type), packet.data, packet.size, PROBLEM_TRAILING);
            packet.size--;
        }
        msgpack_sbuffer_destroy(&packet);
        release_filled(&message);
    }
}

/* Every field, and the type itself, replaced by every kind of value that it must not be. */
static void test_wrong_kinds(void **state)
{
#define VALUE(row, bytes, container)                                                               \
    {                                                                                              \
        row, bytes, sizeof(bytes) - 1, container, -1                                               \
    }
#define GOOD(row, bytes, kind)                                                                     \
    {                                                                                              \
        row, bytes, sizeof(bytes) - 1, false, kind                                                 \
    }
    static const struct {
        const char *row, *bytes;
        size_t size;
        bool container;
        int good_for; /* a kind of field, or -1 */
    } values[] = {
        GOOD("true", "\xc3", KIND_FLAG),
        GOOD("false", "\xc2", KIND_FLAG),
        GOOD("text", "\xa1x", KIND_TEXT),
        GOOD("text 8", "\xd9\x01x", KIND_TEXT),
        GOOD("text 32", "\xdb\x00\x00\x00\x01x", KIND_TEXT),
        VALUE("nil", "\xc0", false),
        VALUE("never used", "\xc1", false),
        VALUE("-1", "\xff", false),
        VALUE("-32", "\xe0", false),
        VALUE("int 8", "\xd0\xff", false),
        VALUE("int 64", "\xd3\xff\xff\xff\xff\xff\xff\xff\xff", false),
        VALUE("float 32", "\xca\x3f\x80\x00\x00", false),
        VALUE("float 64", "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", false),
        VALUE("map 0", "\x80", true),
        VALUE("map 15", "\x8f", true),
        VALUE("array 0", "\x90", true),
        VALUE("array 1", "\x91\x01", true),
        VALUE("array 15", "\x9f", true),
        VALUE("bin 8", "\xc4\x01x", true),
        VALUE("bin 16", "\xc5\x00\x01x", true),
        VALUE("bin 32", "\xc6\xff\xff\xff\xffx", true),
        VALUE("ext 8", "\xc7\x01\x01x", true),
        VALUE("ext 16", "\xc8\x00\x01\x01x", true),
        VALUE("ext 32", "\xc9\xff\xff\xff\xff\x01x", true),
        VALUE("fixext 1", "\xd4\x01x", true),
        VALUE("fixext 2", "\xd5\x01xy", true),
        VALUE("fixext 4", "\xd6\xff\x00\x00\x00\x00", true),
        VALUE("fixext 8", "\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00", true),
        VALUE("fixext 16", "\xd8\x01xxxxxxxxxxxxxxxx", true),
        VALUE("array 16", "\xdc\xff\xff", true),
        VALUE("array 32", "\xdd\xff\xff\xff\xff", true),
        VALUE("map 16", "\xde\xff\xff", true),
        VALUE("map 32", "\xdf\xff\xff\xff\xff", true),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        expect_problem(values[i].row, values[i].bytes, values[i].size,
                       values[i].container ? PROBLEM_CONTAINER : NULL);
        FOREACH_TYPE(type)
        {
            FOREACH_FIELD(wrong, type)
            {
                msgpack_sbuffer packet;
                msgpack_packer packer;

                if ((int)wrong->kind == values[i].good_for ||
                    (values[i].good_for == KIND_TEXT && is_text(wrong)))
                    continue;
                msgpack_sbuffer_init(&packet);
                msgpack_packer_init(&packer, &packet, msgpack_sbuffer_write);
                msgpack_pack_uint8(&packer, (uint8_t)type);
                FOREACH_FIELD(field, type)
                {
                    if (field == wrong)
                        msgpack_sbuffer_write(&packet, values[i].bytes, values[i].size);
                    else
                        pack_field(&packer, field);
                }
                expect_problem(values[i].row, packet.data, packet.size,
                               values[i].container ? PROBLEM_CONTAINER : NULL);
                msgpack_sbuffer_destroy(&packet);
            }
        }
    }
}

/* Packets of one kind of message each, whose fields before the last one are good. */
static void test_lies(void **state)
{
#define HELLO "\x01"                                    /* HELLO */
#define CERT  "\x0f\xa1n\xa1m\xa1u\x07\xc2\xa0\xc2\x00" /* CERTIFICATE up to names */
#define ROW(row, bytes, problem)                                                                   \
    {                                                                                              \
        row, bytes, sizeof(bytes) - 1, problem                                                     \
    }
    static const struct {
        const char *row, *bytes;
        size_t size;
        const char *problem; /* "": it is good */
    } rows[] = {
        ROW("good", HELLO "\xa1x", ""),
        ROW("text longer than the packet", HELLO "\xa2x", PROBLEM_CUT),
        ROW("text of 4 GiB", HELLO "\xdb\xff\xff\xff\xffx", PROBLEM_CUT),
        ROW("text of 64 KiB", HELLO "\xda\xff\xffx", PROBLEM_CUT),
        ROW("length cut off", HELLO "\xdb\xff", PROBLEM_CUT),
        ROW("NUL", HELLO "\xa1\0", "a NUL inside a text"),
        ROW("NUL at the end", HELLO "\xa2x\0", "a NUL inside a text"),
        ROW("NUL in the middle", HELLO "\xa3x\0y", "a NUL inside a text"),
        ROW("good list", CERT "\x02\xa1x\xa1y", ""),
        ROW("count too large", CERT "\x03\xa1x\xa1y", PROBLEM_END),
        ROW("count too small", CERT "\x01\xa1x\xa1y", PROBLEM_TRAILING),
        ROW("count 0 with texts", CERT "\x00\xa1x", PROBLEM_TRAILING),
        ROW("count 65536", CERT "\xce\x00\x01\x00\x00\xa1x", PROBLEM_END),
        ROW("count 65537", CERT "\xce\x00\x01\x00\x01\xa1x", "a number that is too large"),
        ROW("count 2^32", CERT "\xcf\x00\x00\x00\x01\x00\x00\x00\x00",
            "a number that is too large"),
        ROW("count 2^64 - 1", CERT "\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
            "a number that is too large"),
        ROW("count below 0", CERT "\xff", "a value that is not a number"),
        ROW("count is a text", CERT "\xa1\x01", "a value that is not a number"),
        ROW("a number in the list", CERT "\x01\x01", "a value that is not a text"),
        ROW("nil in the list", CERT "\x02\xa1x\xc0", "a value that is not a text"),
        ROW("NUL in the list", CERT "\x01\xa3x\0y", "a NUL inside a text"),
        ROW("an array as list", CERT "\x92\xa1x\xa1y", PROBLEM_CONTAINER),
        ROW("an array in the list", CERT "\x01\x91\xa1x", PROBLEM_CONTAINER),
        ROW("an array of 2^32 - 1", CERT "\xdd\xff\xff\xff\xff", PROBLEM_CONTAINER),
        ROW("nested arrays", "\xdd\xff\xff\xff\xff\xdd\xff\xff\xff\xff\xdd\xff\xff\xff\xff",
            PROBLEM_CONTAINER),
    };
    struct message message;

    (void)state;
    assert_int_equal(MESSAGE_HELLO, HELLO[0]); /* the rows are written for these numbers */
    assert_int_equal(MESSAGE_CERTIFICATE, CERT[0]);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].problem[0] != '\0') {
            expect_problem(rows[i].row, rows[i].bytes, rows[i].size, rows[i].problem);
            continue;
        }
        CHECK_ROW_TEXT(rows[i].row, decode_exact(rows[i].bytes, rows[i].size, &message), NULL);
        message_clear(&message);
    }
}

/* What each kind of text may hold, in each field: refused for the sender and for the receiver. */
static void test_characters(void **state)
{
    static const char not_utf8[] = "bytes that are not UTF-8", control[] = "a control character";
    static const struct {
        const char *text, *line_problem, *text_problem;
    } rows[] = {
        {"x", NULL, NULL},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0", NULL, NULL},
        {"\n", control, NULL},
        {"x\nMAINPID=1", control, NULL},
        {"\t", control, NULL},
        {"\r", control, NULL},
        {"\x01", control, NULL},
        {"\x1b[2J", control, NULL},
        {"\x1f", control, NULL},
        {"\x7f", control, NULL},
        {"\xc2\x80", control, NULL},
        {"\xc2\x9b"
         "2J",
         control, NULL},
        {"\xc2\x9f", control, NULL},
        {"\xff", not_utf8, not_utf8},
        {"\x9b"
         "2J",
         not_utf8, not_utf8},
        {"\xc3", not_utf8, not_utf8},
        {"x\xc0\xaf", not_utf8, not_utf8},
        {"\xed\xa0\x80", not_utf8, not_utf8},
        {"\xf4\x90\x80\x80", not_utf8, not_utf8},
        {"\n\xff", not_utf8, not_utf8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FOREACH_TYPE(type)
        {
            FOREACH_FIELD(field, type)
            {
                bool is_line = field->kind == KIND_LINE || field->kind == KIND_LINES;

                if (is_text(field) || is_list(field))
                    expect_character(type, field, rows[i].text,
                                     is_line ? rows[i].line_problem : rows[i].text_problem);
            }
        }
    }
}

/* TEXT in FIELD of a message of TYPE: PROBLEM, or NULL. */
static void expect_character(enum message_type type, const struct field *field, const char *text,
                             const char *problem)
{
    struct message message = message_of(type), received;
    void *place = (char *)&message + field->offset;
    char *found, *expected = NULL;
    msgpack_sbuffer packet;

    if (is_text(field))
        *(const char **)place = text;
    else
        *(struct text_list *)place =
            (struct text_list){.count = 1, .size = strlen(text) + 1, .bytes = text};
    found = message_check(&message);
    if (problem != NULL)
        expected = memory_format("%s has %s", field->name, problem);
    CHECK_ROW_TEXT(text, found, expected);
    packet = encode(&message);
    CHECK_ROW_TEXT(text, decode_exact(packet.data, packet.size, &received), problem);
    message_clear(&received);
    msgpack_sbuffer_destroy(&packet);
    free(expected);
    free(found);
}

/* Whatever a packet says, the decoder takes no more memory than some times its size. */
static void test_memory(void **state)
{
#ifdef SANITIZED
    (void)state;
    skip(); /* a sanitizer reserves address space itself */
#else
    struct rlimit before, limit;
    unsigned long pages;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + 4 * 1024 * 1024;
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    test_lies(state);
    test_wrong_kinds(state);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
#endif
}

/* The packet is refused, for PROBLEM (NULL: for any), and nothing is left behind. */
static void expect_problem(const char *row, const void *bytes, size_t size, const char *problem)
{
    struct message message;
    const char *found = decode_exact(bytes, size, &message);

    CHECK_ROW(row, found != NULL);
    if (problem != NULL)
        CHECK_ROW_TEXT(row, found, problem);
    CHECK_ROW(row, message.type == MESSAGE_NONE && message.storage == NULL);
    CHECK_ROW(row, message.descriptor == -1);
}

static void pack_field(msgpack_packer *packer, const struct field *field)
{
    switch (field->kind) {
    case KIND_LINE:
    case KIND_TEXT:
        msgpack_pack_str(packer, 0);
        break;
    case KIND_LINES:
    case KIND_TEXTS:
    case KIND_NUMBER:
        msgpack_pack_uint64(packer, 0);
        break;
    case KIND_FLAG:
        msgpack_pack_true(packer);
        break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),        cmocka_unit_test(test_list_bounds),
        cmocka_unit_test(test_unknown_types), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_trailing),      cmocka_unit_test(test_wrong_kinds),
        cmocka_unit_test(test_lies),          cmocka_unit_test(test_memory),
        cmocka_unit_test(test_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
