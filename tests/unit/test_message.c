/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: every type there and back, every bound, and everything that is no message. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/message/message.h"

#include <fcntl.h>
#include <msgpack.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum kind_of_field {
    KIND_TEXT,
    KIND_TEXTS,
    KIND_NUMBER,
    KIND_FLAG
};

struct field {
    const char *name;
    enum kind_of_field kind;
    size_t offset; /* within the message */
    uint64_t bound;
};

/* How the fields are filled. */
enum fill {
    FILL_NOTHING, /* as message_of() leaves them */
    FILL_SMALL,
    FILL_LARGEST,
    FILL_LARGEST_IN_PIECES, /* a list of as many texts as possible */
    FILL_RANDOM,
    FILLS
};

#define PROBLEM_END       "an end before the last field"
#define PROBLEM_CUT       "a value that is cut off or no msgpack"
#define PROBLEM_CONTAINER "a kind of value that no message has"
#define PROBLEM_TYPE      "an unknown message type"
#define PROBLEM_TRAILING  "bytes after the last field"

static struct message filled(enum message_type, enum fill);
static void fill_field(struct message *, const struct field *, enum fill);
static void release(struct message *);
static msgpack_sbuffer encode(const struct message *);
static const char *decode_exact(const void *bytes, size_t size, struct message *);
static void expect_problem(const char *row, const void *bytes, size_t size, const char *problem);
static void pack_field(msgpack_packer *, const struct field *);
static void mutate(char *bytes, size_t *size, size_t room);
static uint32_t next_random(uint32_t below);

#define FIELD_ROW(M, KIND, field, bound)                                                           \
    {#field, KIND_##KIND, offsetof(struct message, M.field), bound},
#define FIELD_TABLE(NAME, id, from, to, descriptors)                                               \
    static const struct field id##_fields[] = {NAME##_FIELDS(FIELD_ROW, id){.name = NULL}};
MESSAGES(FIELD_TABLE)

#define TABLE_ROW(NAME, id, from, to, descriptors) [MESSAGE_##NAME] = id##_fields,
static const struct field *const fields_of[MESSAGE_TYPES] = {MESSAGES(TABLE_ROW)};

#define FOREACH_TYPE(type)                                                                         \
    for (enum message_type type = MESSAGE_NONE + 1; type < MESSAGE_TYPES; type++)
#define FOREACH_FIELD(item, type)                                                                  \
    for (const struct field *item = fields_of[type]; (item)->name != NULL; (item)++)

static uint64_t random_state;

static void test_there_and_back(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        for (enum fill fill = 0; fill < FILLS; fill++) {
            struct message sent = filled(type, fill), received;
            char *problem = message_check(&sent);
            msgpack_sbuffer packet = encode(&sent);

            CHECK_ROW_TEXT(message_name(type), problem, NULL);
            CHECK_ROW(message_name(type), packet.size <= MESSAGE_BYTES_MAX);
            CHECK_ROW_TEXT(message_name(type), decode_exact(packet.data, packet.size, &received),
                           NULL);
            CHECK_ROW(message_name(type), received.type == type);
            CHECK_ROW(message_name(type), received.descriptor == -1);
            CHECK_ROW(message_name(type), message_equal(&sent, &received));
            message_clear(&received);
            msgpack_sbuffer_destroy(&packet);
            release(&sent);
        }
    }
}

/* message_equal() is made with the encoder; this looks at the members themselves. */
static void test_values(void **state)
{
    struct message sent = message_of(MESSAGE_SERVER), received;
    msgpack_sbuffer packet;

    (void)state;
    sent.server.namespace = "puppet";
    sent.server.name = "m\xc3\xbcnchen";
    sent.server.resource_version = UINT64_MAX;
    sent.server.deleting = true;
    text_list_add(&sent.server.pools, "a");
    text_list_add(&sent.server.pools, "");
    text_list_add(&sent.server.pools, "bc");
    packet = encode(&sent);
    assert_null(message_decode(packet.data, packet.size, &received));
    assert_string_equal(received.server.namespace, "puppet");
    assert_string_equal(received.server.name, "m\xc3\xbcnchen");
    assert_string_equal(received.server.uid, "");
    assert_string_equal(received.server.certificate, "");
    assert_true(received.server.resource_version == UINT64_MAX);
    assert_true(received.server.deleting);
    assert_true(text_list_equal(&received.server.pools, &sent.server.pools));
    assert_int_equal(received.server.pools.count, 3);
    message_clear(&received);
    assert_null(received.storage);
    msgpack_sbuffer_destroy(&packet);
    text_list_clear(&sent.server.pools);
}

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
                field->kind == KIND_NUMBER ? "%s is %llu, at most %llu is possible"
                                           : "%s has %llu bytes, at most %llu are possible",
                field->name, (unsigned long long)over.bound, (unsigned long long)field->bound);
            CHECK_ROW_TEXT(message_name(type), problem, expected);
            packet = encode(&message);
            expect_problem(field->name, packet.data, packet.size,
                           field->kind == KIND_NUMBER  ? "a number that is too large"
                           : field->kind == KIND_TEXTS ? NULL
                                                       : "a text that is too long");
            msgpack_sbuffer_destroy(&packet);
            free(problem);
            free(expected);
            release(&message);
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
    expect_problem("-1", "\xff", 1, "another kind of value where a number has to be");
    expect_problem("text", "\xa1\x01", 2, "another kind of value where a number has to be");
}

/* Cut off after any byte, a packet is not a message any more. */
static void test_truncated(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        for (enum fill fill = FILL_NOTHING; fill <= FILL_LARGEST_IN_PIECES; fill++) {
            struct message message = filled(type, fill);
            msgpack_sbuffer packet = encode(&message);
            size_t step = 1;

            for (size_t size = 0; size < packet.size; size += step) {
                expect_problem(message_name(type), packet.data, size, NULL);
                step = size > 600 && size + 600 < packet.size ? 499 : 1;
            }
            msgpack_sbuffer_destroy(&packet);
            release(&message);
        }
    }
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
        release(&message);
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

                if ((int)wrong->kind == values[i].good_for)
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
#define HELLO "\x01"                                /* HELLO */
#define CERT  "\x0f\xa1n\xa1m\xa1u\x07\xc2\xa0\x00" /* CERTIFICATE up to names */
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
        ROW("count below 0", CERT "\xff", "another kind of value where a number has to be"),
        ROW("count is a text", CERT "\xa1\x01", "another kind of value where a number has to be"),
        ROW("a number in the list", CERT "\x01\x01",
            "another kind of value where a text has to be"),
        ROW("nil in the list", CERT "\x02\xa1x\xc0",
            "another kind of value where a text has to be"),
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

static void test_copy(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        for (enum fill fill = 0; fill < FILLS; fill++) {
            struct message message = filled(type, fill), copy;

            message.descriptor = 0;
            copy = message_copy(&message);
            message.descriptor = -1;
            assert_true(message_equal(&copy, &message));
            assert_int_equal(copy.descriptor, -1);
            assert_non_null(copy.storage);
            release(&message);
            message = message_copy(&copy); /* nothing of the copy was borrowed */
            assert_true(message_equal(&copy, &message));
            message_clear(&message);
            message_clear(&copy);
        }
    }
}

static void test_equal(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        struct message empty = message_of(type);

        FOREACH_TYPE(other)
        {
            struct message of_other = message_of(other);

            assert_true(message_equal(&empty, &of_other) == (type == other));
        }
        FOREACH_FIELD(field, type)
        {
            struct message changed = message_of(type);

            fill_field(&changed, field, FILL_SMALL);
            CHECK_ROW(field->name, message_equal(&changed, &changed));
            CHECK_ROW(field->name, !message_equal(&changed, &empty));
            CHECK_ROW(field->name, !message_equal(&empty, &changed));
            release(&changed);
        }
    }
}

static void test_clear(void **state)
{
    struct message message = message_of(MESSAGE_PEER);
    int pair[2];

    (void)state;
    assert_int_equal(pipe(pair), 0);
    message.descriptor = pair[0];
    message_clear(&message);
    assert_int_equal(message.descriptor, -1);
    assert_int_equal(fcntl(pair[0], F_GETFD), -1);
    message_clear(&message);
    assert_int_not_equal(fcntl(pair[1], F_GETFD), -1);
    close(pair[1]);
}

/* Who may tell whom what, written down a second time: a change of the table has to be meant. */
static void test_allowed(void **state)
{
    static const struct {
        enum message_type type;
        const char *from, *to; /* letters of roles */
        int descriptors;
    } rows[] = {
        {MESSAGE_HELLO, "wrpme", "s", 0},
        {MESSAGE_SETTINGS, "s", "wrpme", 0},
        {MESSAGE_TRUST, "s", "wrpm", 0},
        {MESSAGE_IDENTITY, "s", "wrpm", 0},
        {MESSAGE_PEER, "s", "wrpm", 1},
        {MESSAGE_START, "s", "wrpme", 0},
        {MESSAGE_READY, "wrpme", "s", 0},
        {MESSAGE_REPORT, "wrpme", "s", 0},
        {MESSAGE_LINK_BROKEN, "wrpm", "s", 0},
        {MESSAGE_ROUTE_API, "w", "r", 0},
        {MESSAGE_RESYNC_BEGIN, "w", "r", 0},
        {MESSAGE_RESYNC_END, "w", "r", 0},
        {MESSAGE_POOL, "w", "r", 0},
        {MESSAGE_SERVER, "w", "r", 0},
        {MESSAGE_CERTIFICATE, "w", "r", 0},
        {MESSAGE_ROUTE, "w", "r", 0},
        {MESSAGE_SERVICE, "w", "r", 0},
        {MESSAGE_GATEWAY, "w", "r", 0},
        {MESSAGE_UNREADABLE, "w", "r", 0},
        {MESSAGE_GONE, "w", "r", 0},
        {MESSAGE_INJECT, "r", "p", 0},
        {MESSAGE_INJECT_RESULT, "p", "r", 0},
        {MESSAGE_STATUS_QUERY, "c", "s", 0},
        {MESSAGE_STATUS_DAEMON, "s", "c", 0},
        {MESSAGE_STATUS_WORKER, "s", "c", 0},
        {MESSAGE_STATUS_END, "s", "c", 0},
        {MESSAGE_CONNECT_REQUEST, "wrpm", "s", 0},
        {MESSAGE_CONNECTION, "s", "wrpm", 1},
        {MESSAGE_CONNECTION_FAILED, "s", "wrpm", 0},
        {MESSAGE_UNAUTHORIZED, "wrpm", "s", 0},
        {MESSAGE_RESOLVE_REQUEST, "s", "n", 0},
        {MESSAGE_RESOLVE_RESULT, "n", "s", 0},
        {MESSAGE_MINT, "s", "m", 0},
        {MESSAGE_TOKEN, "m", "s", 0},
        {MESSAGE_EXEC_REQUEST, "s", "x", 0},
        {MESSAGE_EXEC_RESULT, "x", "s", 0},
        {MESSAGE_QUERY, "cs", "swrpm", 0},
        {MESSAGE_ROW, "swrpm", "cs", 0},
        {MESSAGE_PAGE_END, "swrpm", "cs", 0},
        {MESSAGE_WATCH_QUERY, "c", "s", 0},
        {MESSAGE_CHANGED, "s", "c", 0},
        {MESSAGE_RESYNC_COMMAND, "c", "s", 0},
        {MESSAGE_RESYNC, "s", "wr", 0},
        {MESSAGE_RELOAD_COMMAND, "c", "s", 0},
        {MESSAGE_LEVEL_QUERY, "c", "s", 0},
        {MESSAGE_LEVEL_COMMAND, "c", "s", 0},
        {MESSAGE_DONE, "s", "c", 0},
        {MESSAGE_REFUSED, "s", "c", 0},
        {MESSAGE_FORBIDDEN, "wrpme", "s", 0},
        {MESSAGE_PING, "s", "wrpme", 0},
        {MESSAGE_PONG, "wrpme", "s", 0},
        {MESSAGE_METRIC, "wrpme", "s", 0},
        {MESSAGE_LISTENER, "s", "e", 1},
        {MESSAGE_SERVE, "s", "e", 0},
        {MESSAGE_HEALTH_QUERY, "e", "s", 0},
        {MESSAGE_HEALTH, "s", "e", 0},
        {MESSAGE_HEALTH_WORKER, "s", "e", 0},
        {MESSAGE_WORKER_METRIC, "s", "e", 0},
        {MESSAGE_HEALTH_END, "s", "e", 0},
    };
    static const char letters[ROLE_COUNT] = {
        [ROLE_WATCHER] = 'w',  [ROLE_RECONCILER] = 'r', [ROLE_CERTPATCHER] = 'p',
        [ROLE_MINTER] = 'm',   [ROLE_SUPERVISOR] = 's', [ROLE_CONTROL] = 'c',
        [ROLE_RESOLVER] = 'n', [ROLE_PLUGIN] = 'x',     [ROLE_EXPORTER] = 'e',
    };

    (void)state;
    assert_int_equal(COUNT_OF(rows), MESSAGE_TYPES - 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *name = message_name(rows[i].type);

        assert_int_equal(rows[i].type, i + 1);
        CHECK_ROW(name, message_descriptors(rows[i].type) == rows[i].descriptors);
        for (enum role from = 0; from < ROLE_COUNT; from++) {
            for (enum role to = 0; to < ROLE_COUNT; to++) {
                bool passes_by = from == to || (from == ROLE_CONTROL && to != ROLE_SUPERVISOR) ||
                                 (to == ROLE_CONTROL && from != ROLE_SUPERVISOR);
                bool allowed = !passes_by && strchr(rows[i].from, letters[from]) != NULL &&
                               strchr(rows[i].to, letters[to]) != NULL;

                CHECK_ROW(name, message_allowed(rows[i].type, from, to) == allowed);
            }
        }
    }
    for (enum role from = 0; from < ROLE_COUNT; from++)
        assert_false(message_allowed(MESSAGE_NONE, from, ROLE_SUPERVISOR));
}

/* What can be decoded after a mutation is within its bounds and survives another round. */
static void test_mutations(void **state)
{
    enum {
        ROUNDS = 20000
    };
    const char *text = getenv("TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
    unsigned good = 0;

    (void)state;
    print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
    random_state = seed * 0x9e3779b97f4a7c15 + 1;
    for (int i = 0; i < ROUNDS; i++) {
        struct message message = filled(1 + next_random(MESSAGE_TYPES - 1), FILL_RANDOM);
        msgpack_sbuffer packet = encode(&message), again;
        size_t size = packet.size, room = size + 64;
        char *bytes = memory_new(room, 1);
        struct message received, second;

        memcpy(bytes, packet.data, size);
        mutate(bytes, &size, room);
        if (decode_exact(bytes, size, &received) == NULL) {
            char *problem = message_check(&received);

            CHECK_ROW_TEXT(message_name(received.type), problem, NULL);
            again = encode(&received);
            assert_true(again.size <= size);
            assert_null(decode_exact(again.data, again.size, &second));
            assert_true(message_equal(&received, &second));
            message_clear(&second);
            message_clear(&received);
            msgpack_sbuffer_destroy(&again);
            good++;
        } else {
            assert_int_equal(received.type, MESSAGE_NONE);
            assert_null(received.storage);
        }
        free(bytes);
        msgpack_sbuffer_destroy(&packet);
        release(&message);
    }
    print_message("%u of %d mutated packets were messages\n", good, ROUNDS);
    assert_in_range(good, ROUNDS / 100, ROUNDS - ROUNDS / 100); /* else it tests little */
}

static void mutate(char *bytes, size_t *size, size_t room)
{
    for (uint32_t changes = 1 + next_random(4); changes > 0; changes--) {
        size_t at = *size > 0 ? next_random((uint32_t)*size) : 0;

        switch (next_random(5)) {
        case 0:
            bytes[at] = (char)(bytes[at] ^ (1 << next_random(8)));
            break;
        case 1:
            bytes[at] = (char)next_random(256);
            break;
        case 2: /* an interesting first byte: 0xc0 to 0xdf */
            bytes[at] = (char)(0xc0 + next_random(32));
            break;
        case 3:
            if (*size < room) {
                memmove(bytes + at + 1, bytes + at, *size - at);
                bytes[at] = (char)next_random(256);
                (*size)++;
            }
            break;
        case 4:
            if (*size > 1) {
                memmove(bytes + at, bytes + at + 1, *size - at - 1);
                (*size)--;
            }
            break;
        }
    }
}

/* A message of TYPE; release it with release(). */
static struct message filled(enum message_type type, enum fill fill)
{
    struct message message = message_of(type);

    FOREACH_FIELD(field, type)
    fill_field(&message, field, fill);
    return message;
}

static void fill_field(struct message *message, const struct field *field, enum fill fill)
{
    void *place = (char *)message + field->offset;
    struct text_list *list = place;
    size_t length = field->bound < 70000 ? (size_t)field->bound : 0;
    char *text;

    if (fill == FILL_NOTHING)
        return;
    if (fill == FILL_RANDOM)
        length = next_random(length > 40 ? 40 : (uint32_t)length + 1);
    if (fill == FILL_SMALL && length > 2)
        length = 2;
    if (field->kind == KIND_NUMBER) {
        *(uint64_t *)place = fill == FILL_RANDOM ? length : fill == FILL_SMALL ? 1 : field->bound;
    } else if (field->kind == KIND_FLAG) {
        *(bool *)place = fill != FILL_RANDOM || next_random(2) == 1;
    } else if (field->kind == KIND_TEXTS && fill == FILL_LARGEST_IN_PIECES) {
        *list = (struct text_list){.count = length, .size = length, .bytes = memory_new(length, 1)};
    } else {
        if (field->kind == KIND_TEXTS && length > 0)
            length--; /* its NUL counts */
        text = memory_new(length + 1, 1);
        memset(text, 'x', length);
        if (length >= 2)
            memcpy(text, "\xc3\xa4", 2);
        if (field->kind == KIND_TEXTS)
            *list = (struct text_list){.count = 1, .size = length + 1, .bytes = text};
        else
            *(const char **)place = text;
    }
}

/* Frees what fill_field() made. */
static void release(struct message *message)
{
    FOREACH_FIELD(field, message->type)
    {
        void *place = (char *)message + field->offset;

        if (field->kind == KIND_TEXT)
            free(*(char **)place);
        else if (field->kind == KIND_TEXTS)
            text_list_clear(place);
    }
}

static msgpack_sbuffer encode(const struct message *message)
{
    msgpack_sbuffer packet;

    msgpack_sbuffer_init(&packet);
    message_encode(message, &packet);
    return packet;
}

/* Decodes from a block of just that size, so that a sanitizer sees every read beyond it. */
static const char *decode_exact(const void *bytes, size_t size, struct message *message)
{
    char *block = malloc(size);
    const char *problem;

    if (size > 0)
        memcpy(block, bytes, size);
    problem = message_decode(block, size, message);
    free(block);
    return problem;
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
    case KIND_TEXT:
        msgpack_pack_str(packer, 0);
        break;
    case KIND_TEXTS:
    case KIND_NUMBER:
        msgpack_pack_uint64(packer, 0);
        break;
    case KIND_FLAG:
        msgpack_pack_true(packer);
        break;
    }
}

static uint32_t next_random(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

static int set_up(void **state)
{
    (void)state;
    random_state = 1;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_values),
        cmocka_unit_test(test_bounds),         cmocka_unit_test(test_list_bounds),
        cmocka_unit_test(test_unknown_types),  cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_trailing),       cmocka_unit_test(test_wrong_kinds),
        cmocka_unit_test(test_lies),           cmocka_unit_test(test_memory),
        cmocka_unit_test(test_copy),           cmocka_unit_test(test_equal),
        cmocka_unit_test(test_clear),          cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
