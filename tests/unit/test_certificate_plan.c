/* SPDX-License-Identifier: Apache-2.0 */
/* Which Certificates a Pool's hostname lacks because they are not there, and when that is said. */
#include "tests/unit/check.h"
#include "tests/unit/world_fixture.h"

#include "reconciler/plan/certificate_plan.h"

#define ABSENT "the Certificate c of the Server a does not exist, so it cannot get the hostname"
#define CREATE "; create it, or correct spec.certificateRef of the Server"

enum pool_kind {
    ASKS,
    NO_ROUTE,
    NO_NAMES,
    DELETING,
    PAUSED
};

/* The Servers a, b and c of the Pool n/p have the Certificates that are named; NULL: there is no
 * such Server. Only n/good can be read, n/odd is there, and nothing else is. */
struct row {
    const char *row;
    enum pool_kind pool;
    const char *a, *b, *c;
    bool is_incomplete;
    const char *text; /* of the finding; "": there is none */
};

static const struct row rows[] = {
    {"no Server", ASKS, NULL, NULL, NULL, false, ""},
    {"it exists", ASKS, "good", "good", NULL, false, ""},
    {"one does not", ASKS, "c", "good", NULL, false, ABSENT CREATE},
    {"the first by the names of the Servers", ASKS, "c", "d", "e", false,
     ABSENT " (the same with 2 more of its Servers)" CREATE},
    {"it is not named", ASKS, "good", "", NULL, false,
     "the Server b names no Certificate that could get the hostname; name one in its "
     "spec.certificateRef"},
    {"it cannot be read", ASKS, "good", "good", "odd", false,
     "the Certificate odd of the Server c cannot be read, so it cannot get the hostname; correct "
     "it: spec is odd"},
    {"not everything has been read", ASKS, "c", NULL, NULL, true, ""},
    {"no route", NO_ROUTE, "c", NULL, NULL, false, ""},
    {"no names", NO_NAMES, "c", NULL, NULL, false, ""},
    {"being deleted", DELETING, "c", NULL, NULL, false, ""},
    {"paused", PAUSED, "c", NULL, NULL, false, ""},
};

static void put_asking_pool(struct store *store, enum pool_kind kind)
{
    struct message message = message_at(MESSAGE_POOL, "n/p", 1);

    message.pool.hostname = "p.b";
    message.pool.route_enabled = kind != NO_ROUTE;
    message.pool.inject = kind != NO_NAMES;
    message.pool.deleting = kind == DELETING;
    message.pool.paused = kind == PAUSED;
    put_message(store, message);
}

static void put_row(struct world *world, const struct row *row)
{
    struct store *store = &world->store;

    put_asking_pool(store, row->pool);
    if (row->c != NULL)
        put_server(store, "n/c", 1, row->c, "p");
    if (row->b != NULL)
        put_server(store, "n/b", 1, row->b, "p");
    if (row->a != NULL)
        put_server(store, "n/a", 1, row->a, "p");
    put_server(store, "n/other", 1, "nowhere", "q");
    put_certificate(store, "n/good", 1, "c.b");
    put_unreadable(store, KIND_CERTIFICATE, "n/odd", "spec is odd");
    list_read(store, KIND_POOL);
    list_read(store, KIND_SERVER);
    if (!row->is_incomplete)
        list_read(store, KIND_CERTIFICATE);
}

static void test_missing_certificates(void **state)
{
    static const struct settings_message settings;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings findings = {0};
        struct world world = {
            .store.relations.pools = {touched_ignore, touched_ignore, NULL},
            .store.relations.certificates = {touched_ignore, touched_ignore, NULL},
            .settings = &settings,
        };

        put_row(&world, &rows[i]);
        plan_missing_certificates(&world, store_find(&world.store, KIND_POOL, "n/p"), &findings);
        CHECK_ROW_TEXT(rows[i].row, findings.count > 0 ? findings.list[0].text : "", rows[i].text);
        CHECK_ROW(rows[i].row, findings.count <= 1);
        findings_clear(&findings);
        world_clear(&world.store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_missing_certificates)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
