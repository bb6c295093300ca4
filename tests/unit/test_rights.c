/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask what at the control socket. */
#include "tests/unit/check.h"

#include "supervisor/control/rights.h"

enum {
    DAEMON = 500,
    GROUP = 70,
};

static const gid_t in_group[] = {5, GROUP, 9}, in_others[] = {5, 9}, in_none[] = {RIGHTS_NO_GROUP};

static void test_peers(void **state)
{
    static const struct {
        const char *row;
        struct rights_peer peer;
        gid_t group;
        enum right right;
    } rows[] = {
        {"root", {0, 0, NULL, 0}, GROUP, RIGHT_CONTROL},
        {"root without a group", {0, 0, NULL, 0}, RIGHTS_NO_GROUP, RIGHT_CONTROL},
        {"the daemon's user", {DAEMON, 1, NULL, 0}, RIGHTS_NO_GROUP, RIGHT_CONTROL},
        {"primary group", {1000, GROUP, NULL, 0}, GROUP, RIGHT_READ},
        {"supplementary group", {1000, 1000, in_group, 3}, GROUP, RIGHT_READ},
        {"other groups", {1000, 1000, in_others, 2}, GROUP, RIGHT_NONE},
        {"no groups", {1000, 1000, NULL, 0}, GROUP, RIGHT_NONE},
        {"no group is configured", {1000, 1000, in_group, 3}, RIGHTS_NO_GROUP, RIGHT_NONE},
        {"the number of no group",
         {1000, RIGHTS_NO_GROUP, in_none, 1},
         RIGHTS_NO_GROUP,
         RIGHT_NONE},
        {"root's group is not root", {1000, 0, NULL, 0}, GROUP, RIGHT_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].row, rights_of(&rows[i].peer, DAEMON, rows[i].group) == rows[i].right);
}

/* Each type of message: what is not a command is nobody's. */
static void test_commands(void **state)
{
    static const enum message_type looks[] = {MESSAGE_STATUS_QUERY, MESSAGE_QUERY,
                                              MESSAGE_WATCH_QUERY, MESSAGE_LEVEL_QUERY};
    static const enum message_type steers[] = {MESSAGE_LEVEL_COMMAND, MESSAGE_RESYNC_COMMAND,
                                               MESSAGE_RELOAD_COMMAND};
    size_t commands = 0;

    (void)state;
    for (enum message_type type = 1; type < MESSAGE_TYPES; type++) {
        commands += rights_needed(type) != RIGHT_NONE;
        CHECK_ROW(message_name(type), (rights_needed(type) != RIGHT_NONE) ==
                                          message_allowed(type, ROLE_CONTROL, ROLE_SUPERVISOR));
        CHECK_ROW(message_name(type), rights_refusal(RIGHT_NONE, type) != NULL);
    }
    assert_int_equal(commands, COUNT_OF(looks) + COUNT_OF(steers));
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        CHECK_ROW(message_name(looks[i]), rights_refusal(RIGHT_READ, looks[i]) == NULL);
        CHECK_ROW(message_name(looks[i]), rights_refusal(RIGHT_CONTROL, looks[i]) == NULL);
    }
    for (size_t i = 0; i < COUNT_OF(steers); i++) {
        CHECK_ROW(message_name(steers[i]), rights_refusal(RIGHT_READ, steers[i]) != NULL);
        CHECK_ROW(message_name(steers[i]), rights_refusal(RIGHT_CONTROL, steers[i]) == NULL);
    }
}

static void test_groups(void **state)
{
    static const struct {
        const char *name;
        bool found;
        gid_t group;
    } rows[] = {
        {"", true, RIGHTS_NO_GROUP},
        {"root", true, 0},
        {"0", true, 0},
        {"61234", true, 61234},
        {"4294967295", false, RIGHTS_NO_GROUP},
        {"99999999999999999999", false, RIGHTS_NO_GROUP},
        {"no-such-group", false, RIGHTS_NO_GROUP},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        gid_t group = 1;

        CHECK_ROW(rows[i].name, rights_find_group(rows[i].name, &group) == rows[i].found);
        CHECK_ROW(rows[i].name, group == rows[i].group);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
