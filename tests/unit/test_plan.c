/* What has to be done about a Pool's TLSRoute: the whole decision table, a line for each row. */
#include "tests/unit/check.h"

#include "common/memory.h"
#include "common/route_spec.h"
#include "reconciler/plan.h"

#define GW    "\"parentRefs\":[{\"name\":\"gw\"}],"
#define RULES "\"rules\":[{\"backendRefs\":[{\"name\":\"p\",\"port\":8140}]}]"
#define SPEC  "{\"hostnames\":[\"a.b\"]," GW RULES "}" /* what the Pool asks for */
#define OLD   "{\"hostnames\":[\"x.b\"]," GW RULES "}"

/* The Pool, one letter each way. */
enum pool_case {
    NO_POOL,
    OFF,       /* no route asked for */
    ON,        /* a.b at gw, port 8140 */
    DELETING,  /* on, and being deleted */
    OFF_GOING, /* off, and being deleted */
    BAD_NAME,  /* hostname "A.b" */
    NO_NAME,
    NO_GATEWAY,
    NO_PORT,
};

/* The TLSRoute. */
enum route_case_kind {
    NO_ROUTE,
    SAME,     /* of the Pool, as it has to be */
    DIFFERS,  /* of the Pool, another spec */
    ODD,      /* of the Pool, a spec that is none of ours */
    GOING,    /* of the Pool, differs, being deleted */
    NOBODYS,  /* without a controller */
    FOREIGN,  /* of a Deployment */
    EARLIER,  /* of a Pool of that name with another uid */
    BROKEN,   /* there, never understood */
    BROKEN_2, /* there, understood once (differs), now not */
};

enum {
    KNOWN = 1,    /* whether TLSRoutes are served is known */
    SERVED = 2,   /* they are */
    COMPLETE = 4, /* the lists are */
    ALL = KNOWN | SERVED | COMPLETE,
    CONFLICT = 8,
    POOL_BROKEN = 16,
};

static const struct row {
    const char *row;
    enum pool_case pool;
    enum route_case_kind route;
    unsigned flags;
    enum route_action action;
    enum finding_reason findings[FINDINGS_MAX];
} rows[] = {
    /* no Pool: its route goes with it */
    {"nothing", NO_POOL, NO_ROUTE, ALL, ROUTE_KEEP, {0}},
    {"no pool, a route of it", NO_POOL, SAME, ALL, ROUTE_KEEP, {0}},
    {"no pool, a foreign route", NO_POOL, FOREIGN, ALL, ROUTE_KEEP, {0}},
    {"no pool, nothing known", NO_POOL, SAME, 0, ROUTE_KEEP, {0}},
    {"pool goes, no route", DELETING, NO_ROUTE, ALL, ROUTE_KEEP, {0}},
    {"pool goes, route differs", DELETING, DIFFERS, ALL, ROUTE_KEEP, {0}},
    {"pool goes, route foreign", DELETING, FOREIGN, ALL, ROUTE_KEEP, {0}},
    {"pool off and goes", OFF_GOING, SAME, ALL, ROUTE_KEEP, {0}},
    /* a Pool that cannot be understood: nothing is touched */
    {"pool broken at once",
     NO_POOL,
     NO_ROUTE,
     ALL | POOL_BROKEN,
     ROUTE_KEEP,
     {FINDING_POOL_UNREADABLE}},
    {"pool broken, no route",
     ON,
     NO_ROUTE,
     ALL | POOL_BROKEN,
     ROUTE_KEEP,
     {FINDING_POOL_UNREADABLE}},
    {"pool broken, route differs",
     ON,
     DIFFERS,
     ALL | POOL_BROKEN,
     ROUTE_KEEP,
     {FINDING_POOL_UNREADABLE}},
    {"pool broken, was off", OFF, SAME, ALL | POOL_BROKEN, ROUTE_KEEP, {FINDING_POOL_UNREADABLE}},
    {"pool broken, nothing known",
     ON,
     NO_ROUTE,
     POOL_BROKEN,
     ROUTE_KEEP,
     {FINDING_POOL_UNREADABLE}},
    /* no route wanted */
    {"off, none", OFF, NO_ROUTE, ALL, ROUTE_KEEP, {0}},
    {"off, ours", OFF, SAME, ALL, ROUTE_DELETE, {0}},
    {"off, ours differs", OFF, DIFFERS, ALL, ROUTE_DELETE, {0}},
    {"off, ours is odd", OFF, ODD, ALL, ROUTE_DELETE, {0}},
    {"off, ours goes", OFF, GOING, ALL, ROUTE_KEEP, {0}},
    {"off, nobody's", OFF, NOBODYS, ALL, ROUTE_KEEP, {0}},
    {"off, foreign", OFF, FOREIGN, ALL, ROUTE_KEEP, {0}},
    {"off, of an earlier pool", OFF, EARLIER, ALL, ROUTE_KEEP, {0}},
    {"off, broken", OFF, BROKEN, ALL, ROUTE_KEEP, {0}},
    {"off, ours, incomplete", OFF, SAME, KNOWN | SERVED, ROUTE_WAIT, {0}},
    {"off, foreign, incomplete", OFF, FOREIGN, KNOWN | SERVED, ROUTE_KEEP, {0}},
    {"off, none, incomplete", OFF, NO_ROUTE, KNOWN | SERVED, ROUTE_KEEP, {0}},
    {"off, none, nothing known", OFF, NO_ROUTE, 0, ROUTE_KEEP, {0}},
    {"off, none, not served", OFF, NO_ROUTE, KNOWN | COMPLETE, ROUTE_KEEP, {0}},
    {"off, conflict", OFF, NO_ROUTE, ALL | CONFLICT, ROUTE_KEEP, {0}},
    /* a wish that the API server would refuse: what is there stays */
    {"bad name", BAD_NAME, NO_ROUTE, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"bad name, ours", BAD_NAME, SAME, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"bad name, ours differs", BAD_NAME, DIFFERS, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"bad name, nothing known", BAD_NAME, NO_ROUTE, 0, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"bad name, conflict",
     BAD_NAME,
     NO_ROUTE,
     ALL | CONFLICT,
     ROUTE_KEEP,
     {FINDING_HOSTNAME_INVALID}},
    {"no name", NO_NAME, NO_ROUTE, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"no gateway", NO_GATEWAY, NO_ROUTE, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"no gateway, ours", NO_GATEWAY, DIFFERS, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    {"no port", NO_PORT, NO_ROUTE, ALL, ROUTE_KEEP, {FINDING_HOSTNAME_INVALID}},
    /* no Gateway API, or not known yet, or lists under way */
    {"not served", ON, NO_ROUTE, KNOWN | COMPLETE, ROUTE_KEEP, {FINDING_GATEWAY_API_MISSING}},
    {"not served, incomplete", ON, NO_ROUTE, KNOWN, ROUTE_KEEP, {FINDING_GATEWAY_API_MISSING}},
    {"not served, conflict",
     ON,
     NO_ROUTE,
     KNOWN | COMPLETE | CONFLICT,
     ROUTE_KEEP,
     {FINDING_HOSTNAME_CONFLICT, FINDING_GATEWAY_API_MISSING}},
    {"not known", ON, NO_ROUTE, COMPLETE, ROUTE_WAIT, {0}},
    {"not known, incomplete", ON, NO_ROUTE, 0, ROUTE_WAIT, {0}},
    {"incomplete", ON, NO_ROUTE, KNOWN | SERVED, ROUTE_WAIT, {0}},
    {"incomplete, differs", ON, DIFFERS, KNOWN | SERVED, ROUTE_WAIT, {0}},
    {"incomplete, foreign", ON, FOREIGN, KNOWN | SERVED, ROUTE_WAIT, {0}},
    {"incomplete, broken", ON, BROKEN, KNOWN | SERVED, ROUTE_WAIT, {0}},
    {"incomplete, conflict",
     ON,
     NO_ROUTE,
     KNOWN | SERVED | CONFLICT,
     ROUTE_WAIT,
     {FINDING_HOSTNAME_CONFLICT}},
    /* a route wanted */
    {"none yet", ON, NO_ROUTE, ALL, ROUTE_CREATE, {0}},
    {"as it has to be", ON, SAME, ALL, ROUTE_KEEP, {0}},
    {"differs", ON, DIFFERS, ALL, ROUTE_CHANGE, {0}},
    {"odd", ON, ODD, ALL, ROUTE_CHANGE, {0}},
    {"goes", ON, GOING, ALL, ROUTE_WAIT, {0}},
    {"nobody's", ON, NOBODYS, ALL, ROUTE_KEEP, {FINDING_ROUTE_NOT_OWNED}},
    {"foreign", ON, FOREIGN, ALL, ROUTE_KEEP, {FINDING_ROUTE_NOT_OWNED}},
    {"of an earlier pool", ON, EARLIER, ALL, ROUTE_KEEP, {FINDING_ROUTE_NOT_OWNED}},
    {"broken", ON, BROKEN, ALL, ROUTE_KEEP, {FINDING_ROUTE_UNREADABLE}},
    {"broken, known once", ON, BROKEN_2, ALL, ROUTE_KEEP, {FINDING_ROUTE_UNREADABLE}},
    /* a conflict is told, and each is served as far as it can be */
    {"none yet, conflict", ON, NO_ROUTE, ALL | CONFLICT, ROUTE_CREATE, {FINDING_HOSTNAME_CONFLICT}},
    {"same, conflict", ON, SAME, ALL | CONFLICT, ROUTE_KEEP, {FINDING_HOSTNAME_CONFLICT}},
    {"differs, conflict", ON, DIFFERS, ALL | CONFLICT, ROUTE_CHANGE, {FINDING_HOSTNAME_CONFLICT}},
    {"foreign, conflict",
     ON,
     FOREIGN,
     ALL | CONFLICT,
     ROUTE_KEEP,
     {FINDING_HOSTNAME_CONFLICT, FINDING_ROUTE_NOT_OWNED}},
    {"broken, conflict",
     ON,
     BROKEN,
     ALL | CONFLICT,
     ROUTE_KEEP,
     {FINDING_HOSTNAME_CONFLICT, FINDING_ROUTE_UNREADABLE}},
};

static struct pool_message pool_of(enum pool_case kind)
{
    return (struct pool_message){
        .namespace = "n",
        .name = "p",
        .uid = "u",
        .deleting = kind == DELETING || kind == OFF_GOING,
        .route_enabled = kind != OFF && kind != OFF_GOING,
        .hostname = kind == BAD_NAME  ? "A.b"
                    : kind == NO_NAME ? ""
                                      : "a.b",
        .gateway_namespace = "",
        .gateway_name = kind == NO_GATEWAY ? "" : "gw",
        .section_name = "",
        .service_port = kind == NO_PORT ? 0 : 8140,
    };
}

static struct route_message route_of(enum route_case_kind kind)
{
    bool nobodys = kind == NOBODYS;

    return (struct route_message){
        .namespace = "n",
        .name = "p",
        .uid = "r",
        .deleting = kind == GOING,
        .controller_kind = nobodys           ? ""
                           : kind == FOREIGN ? "Deployment"
                                             : "Pool",
        .controller_name = nobodys           ? ""
                           : kind == FOREIGN ? "d"
                                             : "p",
        .controller_uid = nobodys           ? ""
                          : kind == FOREIGN ? "d"
                          : kind == EARLIER ? "v"
                                            : "u",
        .spec = kind == ODD                                            ? ""
                : kind == DIFFERS || kind == GOING || kind == BROKEN_2 ? OLD
                                                                       : SPEC,
    };
}

static struct route_plan plan_of(const struct row *row, const struct pool_message *pool,
                                 const struct route_message *route)
{
    const struct route_case situation = {
        .pool = row->pool == NO_POOL ? NULL : pool,
        .pool_problem = row->flags & POOL_BROKEN ? "spec.x is wrong" : NULL,
        .route = row->route == NO_ROUTE || row->route == BROKEN ? NULL : route,
        .route_problem = row->route == BROKEN || row->route == BROKEN_2 ? "y is wrong" : NULL,
        .same_hostname = row->flags & CONFLICT ? "q" : NULL,
        .api_known = row->flags & KNOWN,
        .api_served = row->flags & SERVED,
        .complete = row->flags & COMPLETE,
    };

    return plan_route(&situation);
}

static void test_decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pool_message pool = pool_of(rows[i].pool);
        struct route_message route = route_of(rows[i].route);
        struct route_plan plan = plan_of(&rows[i], &pool, &route);
        bool writes = plan.action == ROUTE_CREATE || plan.action == ROUTE_CHANGE;

        if (plan.action != rows[i].action)
            fail_msg("%s: action %d, has to be %d", rows[i].row, (int)plan.action,
                     (int)rows[i].action);
        for (size_t j = 0; j < FINDINGS_MAX; j++) {
            enum finding_reason found =
                j < plan.finding_count ? plan.findings[j].reason : FINDING_NONE;

            if (found != rows[i].findings[j])
                fail_msg("%s: finding %zu is %s, has to be %s", rows[i].row, j,
                         finding_reason_name(found), finding_reason_name(rows[i].findings[j]));
        }
        if (writes) { /* what is written is what was asked for */
            char *spec = route_spec_normal(plan.spec);

            CHECK_ROW_TEXT(rows[i].row, spec, SPEC);
            free(spec);
        }
        route_plan_clear(&plan);
        assert_null(plan.spec);
    }
}

/* However wide the world: nothing that is not the Pool's own is ever changed or deleted, and
 * nothing is written while lists are under way, or about a Pool that is broken or goes. */
static void test_safety(void **state)
{
    (void)state;
    for (enum pool_case p = NO_POOL; p <= NO_PORT; p++) {
        for (enum route_case_kind r = NO_ROUTE; r <= BROKEN_2; r++) {
            for (unsigned flags = 0; flags < 32; flags++) {
                const struct row row = {.pool = p, .route = r, .flags = flags};
                struct pool_message pool = pool_of(p);
                struct route_message route = route_of(r);
                struct route_plan plan = plan_of(&row, &pool, &route);
                bool ours = r == SAME || r == DIFFERS || r == ODD || r == BROKEN_2;
                bool writes = plan.action == ROUTE_CREATE || plan.action == ROUTE_CHANGE ||
                              plan.action == ROUTE_DELETE;

                if (writes) {
                    assert_true((flags & COMPLETE) && !(flags & POOL_BROKEN));
                    assert_true(p == ON || p == OFF);
                }
                if (plan.action == ROUTE_CREATE)
                    assert_true(p == ON && r == NO_ROUTE && (flags & SERVED) && (flags & KNOWN));
                if (plan.action == ROUTE_CHANGE)
                    assert_true(p == ON && ours && r != SAME && r != BROKEN_2);
                if (plan.action == ROUTE_DELETE)
                    assert_true(p == OFF && ours);
                route_plan_clear(&plan);
            }
        }
    }
}

/* The sentences name what to fix. */
static void test_sentences(void **state)
{
    static const struct {
        struct row row;
        const char *text;
    } sentences[] = {
        {{.pool = ON, .flags = ALL | POOL_BROKEN},
         "the Pool cannot be understood, so nothing of it is changed: spec.x is wrong"},
        {{.pool = BAD_NAME, .flags = ALL},
         "spec.route.hostname \"A.b\" has upper-case letters; write it in lower case"},
        {{.pool = NO_NAME, .flags = ALL},
         "spec.route.hostname \"\" is empty; give the name that agents connect to"},
        {{.pool = NO_GATEWAY, .flags = ALL}, "spec.route.gatewayRef.name is missing"},
        {{.pool = NO_PORT, .flags = ALL}, "spec.service.port is 0"},
        {{.pool = ON, .flags = KNOWN},
         "the Pool asks for a route, but no TLSRoute is served; install the Gateway API CRDs and "
         "restart tlsrouted"},
        {{.pool = ON, .route = NOBODYS, .flags = ALL},
         "a TLSRoute of this name exists and belongs to nobody; it is left alone; delete or rename "
         "it, or rename the Pool"},
        {{.pool = ON, .route = FOREIGN, .flags = ALL},
         "a TLSRoute of this name exists and belongs to Deployment d; it is left alone; delete or "
         "rename it, or rename the Pool"},
        {{.pool = ON, .route = BROKEN, .flags = ALL},
         "the TLSRoute cannot be understood, so it is left alone: y is wrong"},
        {{.pool = ON, .flags = ALL | CONFLICT},
         "the Pool q of this namespace has the hostname a.b too; a Gateway serves only one of "
         "them"},
    };
    static const char *const names[FINDING_REASONS] = {
        [FINDING_NONE] = "None",
        [FINDING_POOL_UNREADABLE] = "PoolUnreadable",
        [FINDING_HOSTNAME_INVALID] = "HostnameInvalid",
        [FINDING_GATEWAY_API_MISSING] = "GatewayAPIMissing",
        [FINDING_ROUTE_NOT_OWNED] = "RouteNotOwned",
        [FINDING_ROUTE_UNREADABLE] = "RouteUnreadable",
        [FINDING_HOSTNAME_CONFLICT] = "HostnameConflict",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        struct pool_message pool = pool_of(sentences[i].row.pool);
        struct route_message route = route_of(sentences[i].row.route);
        struct route_plan plan = plan_of(&sentences[i].row, &pool, &route);

        assert_int_equal(plan.finding_count, 1);
        CHECK_ROW_TEXT("sentence", plan.findings[0].text, sentences[i].text);
        route_plan_clear(&plan);
    }
    for (enum finding_reason reason = 0; reason < FINDING_REASONS; reason++)
        assert_string_equal(finding_reason_name(reason), names[reason]);
}

/* The wish goes into the spec, each field to its place. */
static void test_spec(void **state)
{
    struct pool_message pool = pool_of(ON);
    const struct row row = {.pool = ON, .flags = ALL};
    struct route_plan plan;

    (void)state;
    pool.name = "compile";
    pool.gateway_namespace = "infra";
    pool.section_name = "tls";
    pool.service_port = 18140;
    plan = plan_of(&row, &pool, NULL);
    check_same_json("spec", json_object_get(plan.spec),
                    "{\"hostnames\":[\"a.b\"],\"parentRefs\":[{\"name\":\"gw\","
                    "\"namespace\":\"infra\",\"sectionName\":\"tls\"}],\"rules\":[{"
                    "\"backendRefs\":[{\"name\":\"compile\",\"port\":18140}]}]}");
    route_plan_clear(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_safety),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_spec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
