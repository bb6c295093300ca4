/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the control socket. */
#include "tests/unit/check.h"

#include "supervisor/control/requests.h"
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
        {"root", {0, 0, NULL, 0}, GROUP, RIGHT_COMMAND},
        {"root without a group", {0, 0, NULL, 0}, RIGHTS_NO_GROUP, RIGHT_COMMAND},
        {"the daemon's user", {DAEMON, 1, NULL, 0}, RIGHTS_NO_GROUP, RIGHT_COMMAND},
        {"primary group", {1000, GROUP, NULL, 0}, GROUP, RIGHT_QUERY},
        {"supplementary group", {1000, 1000, in_group, 3}, GROUP, RIGHT_QUERY},
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

/* Each type of message that a control client may send is a request, and no other. */
static void test_requests(void **state)
{
    static const enum message_type queries[] = {MESSAGE_STATUS_QUERY, MESSAGE_QUERY,
                                                MESSAGE_WATCH_QUERY, MESSAGE_LEVEL_QUERY};
    static const enum message_type commands[] = {MESSAGE_LEVEL_COMMAND, MESSAGE_RESYNC_COMMAND,
                                                 MESSAGE_RELOAD_COMMAND, MESSAGE_ADOPT};
    size_t requests = 0;

    (void)state;
    for (enum message_type type = 1; type < MESSAGE_TYPES; type++) {
        const struct control_request *request = requests_find(type);

        requests += request != NULL;
        CHECK_ROW(message_name(type),
                  (request != NULL) == message_allowed(type, ROLE_CONTROL, ROLE_SUPERVISOR));
        if (request != NULL)
            CHECK_ROW(message_name(type), rights_refusal(RIGHT_NONE, request->needs) != NULL);
    }
    assert_int_equal(requests, COUNT_OF(queries) + COUNT_OF(commands));
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        const enum right needs = requests_find(queries[i])->needs;

        CHECK_ROW(message_name(queries[i]), rights_refusal(RIGHT_QUERY, needs) == NULL);
        CHECK_ROW(message_name(queries[i]), rights_refusal(RIGHT_COMMAND, needs) == NULL);
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const enum right needs = requests_find(commands[i])->needs;

        CHECK_ROW(message_name(commands[i]), rights_refusal(RIGHT_QUERY, needs) != NULL);
        CHECK_ROW(message_name(commands[i]), rights_refusal(RIGHT_COMMAND, needs) == NULL);
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
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_groups),
    };

    return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
