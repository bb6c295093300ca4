/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: every type there and back, who may send it to whom, and packets that mutate. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "tests/unit/filled_message.h"

#include <fcntl.h>
#include <unistd.h>

static void mutate(char *bytes, size_t *size, size_t room);

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
            release_filled(&sent);
        }
    }
}

/* What is checked, encoded and measured in one go is the same as in several. */
static void test_pack(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        for (enum fill fill = 0; fill < FILLS; fill++) {
            struct message sent = filled(type, fill);
            msgpack_sbuffer packet = encode(&sent), packed;

            msgpack_sbuffer_init(&packed);
            CHECK_ROW_TEXT(message_name(type), message_pack(&sent, &packed), NULL);
            CHECK_ROW(message_name(type), packed.size == packet.size &&
                                              memcmp(packed.data, packet.data, packet.size) == 0);
            msgpack_sbuffer_destroy(&packed);
            msgpack_sbuffer_destroy(&packet);
            release_filled(&sent);
        }
    }
}

/* This does not rely on message_equal(). */
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
            release_filled(&message);
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
            release_filled(&changed);
        }
    }
}

/* A part that several messages share is the same memory as the fields of the message. */
static void test_parts(void **state)
{
    (void)state;
    FOREACH_TYPE(type)
    {
        struct message message = filled(type, FILL_SMALL);
        const struct object_head *head = message_head(&message);
        const struct object_owner *owner = message_owner(&message);
        enum kind kind = message_kind(type);

        CHECK_ROW(message_name(type), (head != NULL) == (kind != KIND_COUNT));
        CHECK_ROW(message_name(type),
                  (owner != NULL) == (type == MESSAGE_ROUTE || type == MESSAGE_SERVICE));
        if (head != NULL) {
            FOREACH_FIELD(field, type)
            {
                if (strcmp(field->name, "name") == 0)
                    CHECK_ROW(message_name(type),
                              (const char *)&head->name == (const char *)&message + field->offset);
            }
            message_set_resource_version(&message, 77);
            assert_int_equal(head->resource_version, 77);
        }
        release_filled(&message);
    }
    assert_int_equal(message_kind(MESSAGE_GATEWAY), KIND_GATEWAY);
    assert_int_equal(message_kind(MESSAGE_INJECT), KIND_COUNT);
}

static void test_owner(void **state)
{
    struct message route = message_of(MESSAGE_ROUTE), service = message_of(MESSAGE_SERVICE);

    (void)state;
    route.route.controller_index = 3;
    route.route.deleting = true;
    service.service.controller_uid = "u";
    assert_int_equal(message_owner(&route)->controller_index, 3);
    assert_true(message_head(&route)->deleting);
    assert_string_equal(message_owner(&service)->controller_uid, "u");
    assert_ptr_equal(message_owner(&service), &service.service.owner);
}

/* The bounds of texts as constants, as they are in the table. */
static void test_bound_constants(void **state)
{
    static const char summary[MESSAGE_BOUND(report, summary) + 1] = "";

    (void)state;
    assert_int_equal(sizeof(summary), 256);
    assert_int_equal(MESSAGE_BOUND(inject, add), 40960);
    assert_int_equal(MESSAGE_BOUND(pool, namespace), 63);
    assert_int_equal(MESSAGE_BOUND(route, other_manager), 128);
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
        {MESSAGE_GATEWAY_CLASS, "w", "r", 0},
        {MESSAGE_UNREADABLE, "w", "r", 0},
        {MESSAGE_GONE, "w", "r", 0},
        {MESSAGE_LEADING, "r", "p", 0},
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
        {MESSAGE_ADOPT, "cs", "sp", 0},
        {MESSAGE_DONE, "s", "c", 0},
        {MESSAGE_REFUSED, "s", "c", 0},
        {MESSAGE_UNCONFINED, "wrpme", "s", 0},
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
    unsigned good = 0;

    (void)state;
    seed_random();
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
        release_filled(&message);
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

/* The life of a worker's link; all other links have none. */
static void test_times(void **state)
{
    static const struct {
        enum message_type type;
        const char *when;      /* N: before HELLO, G: before START, S: before READY, W: then */
        enum link_stage after; /* in LINK_NEW */
    } rows[] = {
        {MESSAGE_HELLO, "N", LINK_GREETED},  {MESSAGE_SETTINGS, "GSW", LINK_NEW},
        {MESSAGE_TRUST, "G", LINK_NEW},      {MESSAGE_IDENTITY, "GSW", LINK_NEW},
        {MESSAGE_PEER, "GSW", LINK_NEW},     {MESSAGE_START, "G", LINK_STARTED},
        {MESSAGE_READY, "S", LINK_WORKING},  {MESSAGE_UNCONFINED, "S", LINK_NEW},
        {MESSAGE_FORBIDDEN, "SW", LINK_NEW}, {MESSAGE_MINT, "GSW", LINK_NEW},
        {MESSAGE_PING, "W", LINK_NEW},       {MESSAGE_PONG, "W", LINK_NEW},
        {MESSAGE_REPORT, "W", LINK_NEW},     {MESSAGE_CONNECT_REQUEST, "W", LINK_NEW},
        {MESSAGE_CONNECTION, "W", LINK_NEW}, {MESSAGE_LINK_BROKEN, "W", LINK_NEW},
        {MESSAGE_TOKEN, "W", LINK_NEW},      {MESSAGE_HEALTH_QUERY, "W", LINK_NEW},
    };
    static const char stages[] = {
        [LINK_NEW] = 'N', [LINK_GREETED] = 'G', [LINK_STARTED] = 'S', [LINK_WORKING] = 'W'};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *name = message_name(rows[i].type);

        for (enum link_stage stage = LINK_NEW; stage <= LINK_WORKING; stage++)
            CHECK_ROW(name, message_timely(rows[i].type, stage) ==
                                (strchr(rows[i].when, stages[stage]) != NULL));
        CHECK_ROW(name, message_stage_after(rows[i].type, LINK_NEW) == rows[i].after);
    }
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const enum link_stage first = role < ROLE_WORKERS ? LINK_NEW : LINK_WORKING;

        CHECK_ROW(role_name(role), message_first_stage(role, ROLE_SUPERVISOR) == first);
        CHECK_ROW(role_name(role), message_first_stage(ROLE_SUPERVISOR, role) == first);
        CHECK_ROW(role_name(role), message_first_stage(role, ROLE_WATCHER) == LINK_WORKING ||
                                       role == ROLE_SUPERVISOR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_bound_constants),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
