/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's TLSRoute: the whole decision table, a line for each row. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/contention.h"
#include "common/objects/hostname.h"
#include "reconciler/plan/route_plan.h"

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
    PAUSED,      /* on */
    PAUSED_OFF,  /* off */
    PAUSED_GOES, /* on, and being deleted */
    PAUSED_BAD,  /* with a bad hostname */
    BAD_GATEWAY, /* names that no object can have */
    BAD_SECTION,
    BAD_NAMESPACE,
    ALL_BAD, /* hostname and all three references */
    POOLS,
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
    BROKEN,   /* there, never readable */
    BROKEN_2, /* there, readable once (differs), now not */
    REFUSED,  /* as it has to be, and refused by its Gateway's controller, twice */
    OUTDATED, /* differs, and refused */
    NOT_OURS, /* foreign, and refused */
    ROUTES,
};

enum {
    KNOWN = 1,    /* whether TLSRoutes are served is known */
    SERVED = 2,   /* they are */
    COMPLETE = 4, /* the lists are */
    ALL = KNOWN | SERVED | COMPLETE,
    CONFLICT = 8,
    POOL_BROKEN = 16,
    LOST = 32 | CONFLICT, /* the rival has the right to the route */
    HOLDS = 64,           /* its own TLSRoute has the hostname */
    COVERED = 128,        /* a wildcard of a Pool of another namespace covers it */
    COVERS = 256,         /* it covers the hostname of one of its own */
};

static const struct row {
    const char *row;
    enum pool_case pool;
    enum route_case_kind route;
    unsigned flags;
    enum plan_action action;
    const char *findings; /* their names, each with a '|' after it */
} rows[] = {
    /* no Pool: its route goes with it */
    {"nothing", NO_POOL, NO_ROUTE, ALL, PLAN_KEEP, ""},
    {"no pool, a route of it", NO_POOL, SAME, ALL, PLAN_KEEP, ""},
    {"no pool, a foreign route", NO_POOL, FOREIGN, ALL, PLAN_KEEP, ""},
    {"no pool, nothing known", NO_POOL, SAME, 0, PLAN_KEEP, ""},
    {"pool goes, no route", DELETING, NO_ROUTE, ALL, PLAN_KEEP, ""},
    {"pool goes, route differs", DELETING, DIFFERS, ALL, PLAN_KEEP, ""},
    {"pool goes, route foreign", DELETING, FOREIGN, ALL, PLAN_KEEP, ""},
    {"pool off and goes", OFF_GOING, SAME, ALL, PLAN_KEEP, ""},
    /* a Pool that cannot be read: nothing is touched */
    {"pool broken at once", NO_POOL, NO_ROUTE, ALL | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    {"pool broken, no route", ON, NO_ROUTE, ALL | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    {"pool broken, route differs", ON, DIFFERS, ALL | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    {"pool broken, was off", OFF, SAME, ALL | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    {"pool broken, nothing known", ON, NO_ROUTE, POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    /* no route wanted */
    {"off, none", OFF, NO_ROUTE, ALL, PLAN_KEEP, ""},
    {"off, ours", OFF, SAME, ALL, PLAN_DELETE, ""},
    {"off, ours differs", OFF, DIFFERS, ALL, PLAN_DELETE, ""},
    {"off, ours is odd", OFF, ODD, ALL, PLAN_DELETE, ""},
    {"off, ours goes", OFF, GOING, ALL, PLAN_KEEP, ""},
    {"off, nobody's", OFF, NOBODYS, ALL, PLAN_KEEP, ""},
    {"off, foreign", OFF, FOREIGN, ALL, PLAN_KEEP, ""},
    {"off, of an earlier pool", OFF, EARLIER, ALL, PLAN_KEEP, ""},
    {"off, broken", OFF, BROKEN, ALL, PLAN_KEEP, ""},
    {"off, ours, incomplete", OFF, SAME, KNOWN | SERVED, PLAN_WAIT, ""},
    {"off, foreign, incomplete", OFF, FOREIGN, KNOWN | SERVED, PLAN_KEEP, ""},
    {"off, none, incomplete", OFF, NO_ROUTE, KNOWN | SERVED, PLAN_KEEP, ""},
    {"off, none, nothing known", OFF, NO_ROUTE, 0, PLAN_KEEP, ""},
    {"off, none, not served", OFF, NO_ROUTE, KNOWN | COMPLETE, PLAN_KEEP, ""},
    {"off, conflict", OFF, NO_ROUTE, ALL | CONFLICT, PLAN_KEEP, ""},
    /* what the API server would refuse: what is there stays */
    {"bad name", BAD_NAME, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad name, ours", BAD_NAME, SAME, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad name, ours differs", BAD_NAME, DIFFERS, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad name, nothing known", BAD_NAME, NO_ROUTE, 0, PLAN_KEEP, "HostnameInvalid|"},
    {"bad name, conflict", BAD_NAME, NO_ROUTE, ALL | CONFLICT, PLAN_KEEP, "HostnameInvalid|"},
    {"no name", NO_NAME, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"no gateway", NO_GATEWAY, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"no gateway, ours", NO_GATEWAY, DIFFERS, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"no port", NO_PORT, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    /* no Gateway API, or not known yet, or lists under way */
    {"not served", ON, NO_ROUTE, KNOWN | COMPLETE, PLAN_KEEP, "GatewayAPIMissing|"},
    {"not served, incomplete", ON, NO_ROUTE, KNOWN, PLAN_KEEP, "GatewayAPIMissing|"},
    {"not served, conflict", ON, NO_ROUTE, KNOWN | COMPLETE | CONFLICT, PLAN_KEEP,
     "HostnameConflict|GatewayAPIMissing|"},
    {"not known", ON, NO_ROUTE, COMPLETE, PLAN_WAIT, ""},
    {"not known, incomplete", ON, NO_ROUTE, 0, PLAN_WAIT, ""},
    {"incomplete", ON, NO_ROUTE, KNOWN | SERVED, PLAN_WAIT, ""},
    {"incomplete, differs", ON, DIFFERS, KNOWN | SERVED, PLAN_WAIT, ""},
    {"incomplete, foreign", ON, FOREIGN, KNOWN | SERVED, PLAN_WAIT, ""},
    {"incomplete, broken", ON, BROKEN, KNOWN | SERVED, PLAN_WAIT, ""},
    {"incomplete, conflict", ON, NO_ROUTE, KNOWN | SERVED | CONFLICT, PLAN_WAIT,
     "HostnameConflict|"},
    /* a route wanted */
    {"none yet", ON, NO_ROUTE, ALL, PLAN_CREATE, ""},
    {"as it has to be", ON, SAME, ALL, PLAN_KEEP, ""},
    {"differs", ON, DIFFERS, ALL, PLAN_CHANGE, ""},
    {"odd", ON, ODD, ALL, PLAN_CHANGE, ""},
    {"goes", ON, GOING, ALL, PLAN_WAIT, ""},
    {"nobody's", ON, NOBODYS, ALL, PLAN_KEEP, "RouteNotOwned|"},
    {"foreign", ON, FOREIGN, ALL, PLAN_KEEP, "RouteNotOwned|"},
    {"of an earlier pool", ON, EARLIER, ALL, PLAN_KEEP, "RouteNotOwned|"},
    {"broken", ON, BROKEN, ALL, PLAN_KEEP, "RouteUnreadable|"},
    {"broken, known once", ON, BROKEN_2, ALL, PLAN_KEEP, "RouteUnreadable|"},
    /* a conflict is reported, and each is served as far as it can be */
    {"none yet, conflict", ON, NO_ROUTE, ALL | CONFLICT, PLAN_CREATE, "HostnameConflict|"},
    {"same, conflict", ON, SAME, ALL | CONFLICT, PLAN_KEEP, "HostnameConflict|"},
    {"differs, conflict", ON, DIFFERS, ALL | CONFLICT, PLAN_CHANGE, "HostnameConflict|"},
    {"foreign, conflict", ON, FOREIGN, ALL | CONFLICT, PLAN_KEEP,
     "HostnameConflict|RouteNotOwned|"},
    {"broken, conflict", ON, BROKEN, ALL | CONFLICT, PLAN_KEEP,
     "HostnameConflict|RouteUnreadable|"},
    /* a conflict that is lost: no route, until the name is free */
    {"lost, none", ON, NO_ROUTE, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, ours", ON, SAME, ALL | LOST, PLAN_DELETE, "HostnameConflict|"},
    {"lost, ours differs", ON, DIFFERS, ALL | LOST, PLAN_DELETE, "HostnameConflict|"},
    {"lost, ours is refused", ON, REFUSED, ALL | LOST, PLAN_DELETE, "HostnameConflict|"},
    {"lost, ours goes", ON, GOING, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, nobody's", ON, NOBODYS, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, foreign", ON, FOREIGN, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, of an earlier pool", ON, EARLIER, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, broken", ON, BROKEN, ALL | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, ours, incomplete", ON, SAME, KNOWN | SERVED | LOST, PLAN_WAIT, "HostnameConflict|"},
    {"lost, none, incomplete", ON, NO_ROUTE, KNOWN | SERVED | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, not served", ON, NO_ROUTE, KNOWN | COMPLETE | LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, nothing known", ON, NO_ROUTE, LOST, PLAN_KEEP, "HostnameConflict|"},
    {"lost, bad name, ours", BAD_NAME, SAME, ALL | LOST, PLAN_KEEP, "HostnameInvalid|"},
    {"lost, pool off", OFF, NO_ROUTE, ALL | LOST, PLAN_KEEP, ""},
    {"lost, pool goes", DELETING, SAME, ALL | LOST, PLAN_KEEP, ""},
    {"lost, pool broken", ON, SAME, ALL | LOST | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    /* what its own Pool asks for is neither deleted nor left as it should not be */
    {"lost, holds it", ON, SAME, ALL | LOST | HOLDS, PLAN_KEEP, "HostnameConflict|"},
    {"lost, holds it, differs", ON, DIFFERS, ALL | LOST | HOLDS, PLAN_CHANGE, "HostnameConflict|"},
    {"lost, holds it, goes", ON, GOING, ALL | LOST | HOLDS, PLAN_WAIT, "HostnameConflict|"},
    {"lost, holds it, incomplete", ON, SAME, KNOWN | SERVED | LOST | HOLDS, PLAN_WAIT,
     "HostnameConflict|"},
    {"holds it, pool off", OFF, SAME, ALL | LOST | HOLDS, PLAN_DELETE, ""},
    /* a wildcard takes nothing from anybody */
    {"covered", ON, NO_ROUTE, ALL | COVERED, PLAN_CREATE, "HostnameOverlaps|"},
    {"covers", ON, SAME, ALL | COVERS, PLAN_KEEP, "HostnameOverlaps|"},
    {"both", ON, NO_ROUTE, ALL | COVERED | COVERS, PLAN_CREATE,
     "HostnameOverlaps|HostnameOverlaps|"},
    {"with a rival too", ON, NO_ROUTE, ALL | CONFLICT | COVERED, PLAN_CREATE,
     "HostnameConflict|HostnameOverlaps|"},
    {"covered, pool off", OFF, NO_ROUTE, ALL | COVERED, PLAN_KEEP, ""},
    {"covered, bad name", BAD_NAME, NO_ROUTE, ALL | COVERED, PLAN_KEEP, "HostnameInvalid|"},
    {"no rival, nothing lost", ON, SAME, ALL | (LOST & ~CONFLICT), PLAN_KEEP, ""},
    /* paused: nothing of it is touched */
    {"paused", PAUSED, NO_ROUTE, ALL, PLAN_KEEP, "Paused|"},
    {"paused, differs", PAUSED, DIFFERS, ALL, PLAN_KEEP, "Paused|"},
    {"paused, foreign", PAUSED, FOREIGN, ALL, PLAN_KEEP, "Paused|"},
    {"paused, refused", PAUSED, REFUSED, ALL, PLAN_KEEP, "Paused|"},
    {"paused, lost", PAUSED, SAME, ALL | LOST, PLAN_KEEP, "Paused|"},
    {"paused, not served", PAUSED, NO_ROUTE, KNOWN | COMPLETE, PLAN_KEEP, "Paused|"},
    {"paused, nothing known", PAUSED, NO_ROUTE, 0, PLAN_KEEP, "Paused|"},
    {"paused, off, ours", PAUSED_OFF, SAME, ALL, PLAN_KEEP, "Paused|"},
    {"paused and goes", PAUSED_GOES, SAME, ALL, PLAN_KEEP, ""},
    {"paused, bad name", PAUSED_BAD, NO_ROUTE, ALL, PLAN_KEEP, "Paused|"},
    {"paused, broken", PAUSED, SAME, ALL | POOL_BROKEN, PLAN_KEEP, "PoolUnreadable|"},
    /* references that the API server would refuse */
    {"bad gateway", BAD_GATEWAY, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad gateway, ours differs", BAD_GATEWAY, DIFFERS, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad section", BAD_SECTION, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"bad namespace", BAD_NAMESPACE, NO_ROUTE, ALL, PLAN_KEEP, "HostnameInvalid|"},
    {"all of them", ALL_BAD, NO_ROUTE, ALL, PLAN_KEEP,
     "HostnameInvalid|HostnameInvalid|HostnameInvalid|HostnameInvalid|"},
    /* what the Gateway's controller says of a route of ours */
    {"refused", ON, REFUSED, ALL, PLAN_KEEP, "RouteNotAccepted|RouteNotAccepted|"},
    {"refused and differs", ON, OUTDATED, ALL, PLAN_CHANGE, "RouteNotAccepted|RouteNotAccepted|"},
    {"refused, not ours", ON, NOT_OURS, ALL, PLAN_KEEP, "RouteNotOwned|"},
    {"refused, incomplete", ON, REFUSED, KNOWN | SERVED, PLAN_WAIT, ""},
    {"refused, conflict", ON, REFUSED, ALL | CONFLICT, PLAN_KEEP,
     "HostnameConflict|RouteNotAccepted|RouteNotAccepted|"},
    {"refused, off", OFF, REFUSED, ALL, PLAN_DELETE, ""},
};

/* "TYPE REASON: MESSAGE", as route_answer_of() makes them. */
static const char refusals[] =
    "Accepted NotAllowedByListeners: no\0ResolvedRefs BackendNotFound: p";

static bool is_one_of(int value, const int *values, size_t count);
static char *names_of(const struct findings *);

static struct pool_message pool_of(enum pool_case kind)
{
    static const int deleting[] = {DELETING, OFF_GOING, PAUSED_GOES};
    static const int off[] = {OFF, OFF_GOING, PAUSED_OFF};
    static const int paused[] = {PAUSED, PAUSED_OFF, PAUSED_GOES, PAUSED_BAD};
    static const int bad_names[] = {BAD_NAME, PAUSED_BAD, ALL_BAD};

    return (struct pool_message){
        .namespace = "n",
        .name = "p",
        .uid = "u",
        .deleting = is_one_of((int)kind, deleting, COUNT_OF(deleting)),
        .paused = is_one_of((int)kind, paused, COUNT_OF(paused)),
        .route_enabled = !is_one_of((int)kind, off, COUNT_OF(off)),
        .hostname = is_one_of((int)kind, bad_names, COUNT_OF(bad_names)) ? "A.b"
                    : kind == NO_NAME                                    ? ""
                                                                         : "a.b",
        .gateway_namespace = kind == BAD_NAMESPACE || kind == ALL_BAD ? "a.b" : "",
        .gateway_name = kind == NO_GATEWAY                       ? ""
                        : kind == BAD_GATEWAY || kind == ALL_BAD ? "gw_1"
                                                                 : "gw",
        .section_name = kind == BAD_SECTION || kind == ALL_BAD ? "-tls" : "",
        .service_port = kind == NO_PORT ? 0 : 8140,
        .service = "",
    };
}

static struct route_message route_of(enum route_case_kind kind)
{
    static const int old[] = {DIFFERS, GOING, BROKEN_2, OUTDATED};
    bool nobodys = kind == NOBODYS;
    bool foreign = kind == FOREIGN || kind == NOT_OURS;
    struct route_message route = {
        .namespace = "n",
        .name = "p",
        .uid = "r",
        .deleting = kind == GOING,
        .controller_kind = nobodys   ? ""
                           : foreign ? "Deployment"
                                     : "Pool",
        .controller_name = nobodys   ? ""
                           : foreign ? "d"
                                     : "p",
        .controller_uid = nobodys           ? ""
                          : foreign         ? "d"
                          : kind == EARLIER ? "v"
                                            : "u",
        .other_manager = foreign ? "kubectl-edit" : "",
        .spec = kind == ODD                                ? ""
                : is_one_of((int)kind, old, COUNT_OF(old)) ? OLD
                                                           : SPEC,
    };

    return route;
}

static struct plan plan_of(const struct row *row, const struct pool_message *pool,
                           const struct route_message *route)
{
    static const int refused[] = {REFUSED, OUTDATED, NOT_OURS};
    static const struct text_list none = {0}, two = {2, sizeof(refusals), refusals};
    const struct route_inputs inputs = {
        .refusals = is_one_of((int)row->route, refused, COUNT_OF(refused)) ? &two : &none,
        .pool = row->pool == NO_POOL ? NULL : pool,
        .pool_problem = row->flags & POOL_BROKEN ? "spec.x is wrong" : NULL,
        .route = row->route == NO_ROUTE || row->route == BROKEN ? NULL : route,
        .route_problem = row->route == BROKEN || row->route == BROKEN_2 ? "y is wrong" : NULL,
        .conflict = {.rival = row->flags & CONFLICT ? "m/q" : NULL,
                     .rival_wins = row->flags & LOST & ~(unsigned)CONFLICT,
                     .covering = row->flags & COVERED ? "m/w" : NULL,
                     .covering_hostname = "*.b",
                     .covered = row->flags & COVERS ? "p/c" : NULL,
                     .covered_hostname = "c.a.b"},
        .holds = row->flags & HOLDS,
        .api_known = row->flags & KNOWN,
        .api_served = row->flags & SERVED,
        .complete = row->flags & COMPLETE,
    };

    return plan_route(&inputs);
}

static void test_decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pool_message pool = pool_of(rows[i].pool);
        struct route_message route = route_of(rows[i].route);
        struct plan plan = plan_of(&rows[i], &pool, &route);
        bool writes = plan.action == PLAN_CREATE || plan.action == PLAN_CHANGE;
        char *names = names_of(&plan.findings);

        if (plan.action != rows[i].action)
            fail_msg("%s: action %d, has to be %d", rows[i].row, (int)plan.action,
                     (int)rows[i].action);
        CHECK_ROW_TEXT(rows[i].row, names, rows[i].findings);
        if (writes) { /* what is written is what was asked for */
            const char *spec = json_encode(json_at(plan.object, "spec"));
            const uint64_t content = contention_digest(spec);

            CHECK_ROW_TEXT(rows[i].row, spec, SPEC);
            CHECK_ROW(rows[i].row, plan_content(&plan) == content);
            check_same_json(rows[i].row, json_object_get(json_at(plan.object, "metadata")),
                            "{\"labels\":{\"app.kubernetes.io/managed-by\":\"tlsrouted\"}}");
        }
        if (plan.action == PLAN_DELETE)
            CHECK_ROW(rows[i].row, plan_content(&plan) == PLAN_NOTHING);
        free(names);
        plan_clear(&plan);
        assert_null(plan.object);
        assert_int_equal(plan.findings.count, 0);
    }
}

/* However wide the world: nothing that is not the Pool's own is ever changed or deleted, and
 * nothing is written while lists are under way, or about a Pool that is broken or goes. */
static void test_safety(void **state)
{
    (void)state;
    for (enum pool_case p = NO_POOL; p < POOLS; p++) {
        for (enum route_case_kind r = NO_ROUTE; r < ROUTES; r++) {
            for (unsigned flags = 0; flags < 512; flags++) {
                const struct row row = {.pool = p, .route = r, .flags = flags};
                struct pool_message pool = pool_of(p);
                struct route_message route = route_of(r);
                struct plan plan = plan_of(&row, &pool, &route);
                bool ours = r == SAME || r == DIFFERS || r == ODD || r == BROKEN_2 ||
                            r == REFUSED || r == OUTDATED;
                bool lost = (flags & LOST) == LOST && !(flags & HOLDS);

                if (plan.action != PLAN_KEEP && plan.action != PLAN_WAIT) {
                    assert_true((flags & COMPLETE) && !(flags & POOL_BROKEN));
                    assert_true(p == ON || p == OFF);
                }
                if (plan.action == PLAN_CREATE)
                    assert_true(p == ON && r == NO_ROUTE && (flags & SERVED) && (flags & KNOWN) &&
                                !lost);
                if (plan.action == PLAN_CHANGE)
                    assert_true(p == ON && ours && r != SAME && r != REFUSED && r != BROKEN_2 &&
                                !lost);
                if (plan.action == PLAN_DELETE)
                    assert_true((p == OFF || (p == ON && lost)) && ours);
                plan_clear(&plan);
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
        const char *note; /* for the Pool's namespace; NULL: the same */
    } sentences[] = {
        {{.pool = ON, .flags = ALL | POOL_BROKEN},
         "the Pool cannot be read, so nothing is changed for it: spec.x is wrong",
         NULL},
        {{.pool = BAD_NAME, .flags = ALL},
         "spec.route.hostname \"A.b\" has upper-case letters; write it in lower case",
         NULL},
        {{.pool = NO_NAME, .flags = ALL},
         "spec.route.hostname \"\" is empty; give the name that agents connect to",
         NULL},
        {{.pool = NO_GATEWAY, .flags = ALL}, "spec.route.gatewayRef.name \"\" is missing", NULL},
        {{.pool = NO_PORT, .flags = ALL}, "spec.service.port is 0", NULL},
        {{.pool = ON, .flags = KNOWN},
         "the cluster does not serve TLSRoute, so the Pool cannot have its route; install the "
         "Gateway API CRDs",
         NULL},
        {{.pool = ON, .route = NOBODYS, .flags = ALL},
         "a TLSRoute with this name exists and belongs to nobody (last written by unknown); it is "
         "left alone; delete it, or give the Pool another name",
         NULL},
        {{.pool = ON, .route = FOREIGN, .flags = ALL},
         "a TLSRoute with this name exists and belongs to Deployment d (last written by "
         "kubectl-edit); it is left alone; delete it, or give the Pool another name",
         NULL},
        {{.pool = ON, .route = EARLIER, .flags = ALL},
         "the TLSRoute belongs to an earlier Pool p, which was deleted; wait for the cluster's "
         "garbage collector to delete it: then this Pool gets its own",
         NULL},
        {{.pool = ON, .route = BROKEN, .flags = ALL},
         "the TLSRoute cannot be read, so it is left alone: y is wrong",
         NULL},
        {{.pool = ON, .flags = ALL | CONFLICT},
         "the Pool m/q asks for the hostname a.b at the same Gateway, which serves a name for only "
         "one of them",
         "a Pool of another namespace asks for the hostname a.b at the same Gateway, which serves "
         "a name for only one of them"},
        {{.pool = ON, .flags = ALL | LOST},
         "the Pool m/q has the hostname a.b at the same Gateway: its TLSRoute, or the Pool itself, "
         "is older; this Pool gets its route when the hostname is free",
         "a Pool of another namespace has the hostname a.b at the same Gateway: its TLSRoute, or "
         "the Pool itself, is older; this Pool gets its route when the hostname is free"},
        {{.pool = ON, .route = SAME, .flags = ALL | LOST | HOLDS},
         "the Pool m/q has the hostname a.b at the same Gateway: its TLSRoute, or the Pool itself, "
         "is older; this Pool's TLSRoute stays, but the Gateway serves the other",
         "a Pool of another namespace has the hostname a.b at the same Gateway: its TLSRoute, or "
         "the Pool itself, is older; this Pool's TLSRoute stays, but the Gateway serves the other"},
        {{.pool = ON, .flags = ALL | COVERED},
         "the Pool m/w has the wildcard *.b at the same Gateway, which covers a.b; both have their "
         "routes, and the Gateway serves a name by the more specific one",
         "a Pool of another namespace has a wildcard at the same Gateway that covers a.b; both "
         "have their routes, and the Gateway serves a name by the more specific one"},
        {{.pool = ON, .flags = ALL | COVERS},
         "the Pool p/c has the hostname c.a.b at the same Gateway, which a.b covers; both have "
         "their routes, and the Gateway serves a name by the more specific one",
         "a Pool of another namespace has a hostname at the same Gateway that a.b covers; both "
         "have their routes, and the Gateway serves a name by the more specific one"},
        {{.pool = PAUSED, .flags = ALL},
         "the Pool is paused: nothing is written or deleted for it while its annotation "
         "openvox.voxpupuli.org/paused is \"true\"",
         NULL},
        {{.pool = BAD_GATEWAY, .flags = ALL},
         "spec.route.gatewayRef.name \"gw_1\" has characters other than a-z, 0-9, '-' and '.'",
         NULL},
        {{.pool = BAD_SECTION, .flags = ALL},
         "spec.route.gatewayRef.sectionName \"-tls\" has a label that starts or ends with '-'",
         NULL},
        {{.pool = BAD_NAMESPACE, .flags = ALL},
         "spec.route.gatewayRef.namespace \"a.b\" contains a dot",
         NULL},
        {{.pool = ON, .route = REFUSED, .flags = ALL},
         "the Gateway's controller refuses the TLSRoute: Accepted NotAllowedByListeners: no",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        struct pool_message pool = pool_of(sentences[i].row.pool);
        struct route_message route = route_of(sentences[i].row.route);
        struct plan plan = plan_of(&sentences[i].row, &pool, &route);

        CHECK_ROW(sentences[i].text, plan.findings.count == 1 || sentences[i].row.route == REFUSED);
        CHECK_ROW_TEXT("sentence", plan.findings.list[0].text, sentences[i].text);
        CHECK_ROW_TEXT("note", plan.findings.list[0].note, sentences[i].note);
        plan_clear(&plan);
    }
}

/* Of its own namespace a Pool may read everything. */
static void test_own_namespace(void **state)
{
    struct pool_message pool = pool_of(ON);
    const struct route_inputs inputs = {.pool = &pool,
                                        .conflict = {.rival = "n/q", .rival_wins = true}};
    struct plan plan = plan_route(&inputs);

    (void)state;
    assert_int_equal(plan.findings.count, 1);
    assert_non_null(strstr(plan.findings.list[0].text, "n/q"));
    assert_null(plan.findings.list[0].note);
    plan_clear(&plan);
}

/* Of a very long value the sentence has the beginning, so that its end is not cut off. */
static void test_long_values(void **state)
{
#define LONG_20 "0123456789_123456789"
#define LONG_80 LONG_20 LONG_20 LONG_20 LONG_20
    static const struct {
        const char *hostname, *shown;
    } values[] = {
        {LONG_80 LONG_20, LONG_80 LONG_20},
        {LONG_80 LONG_20 "x", LONG_80 LONG_20 "..."},
        {LONG_80 LONG_80 LONG_80 LONG_80, LONG_80 LONG_20 "..."},
        {LONG_80 "0123456789_12345678\xc3\xbc", LONG_80 "0123456789_12345678..."},
    };
    const struct row row = {.pool = ON, .flags = ALL};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct pool_message pool = pool_of(ON);
        struct plan plan;
        char *text;

        pool.hostname = values[i].hostname;
        text = memory_format("spec.route.hostname \"%s\" %s", values[i].shown,
                             hostname_problem(pool.hostname));
        plan = plan_of(&row, &pool, NULL);
        assert_int_equal(plan.findings.count, 1);
        CHECK_ROW_TEXT(values[i].hostname, plan.findings.list[0].text, text);
        plan_clear(&plan);
        free(text);
    }
}

/* What the Pool asks for goes into the spec, each field to its place. */
static void test_spec(void **state)
{
    struct pool_message pool = pool_of(ON);
    const struct row row = {.pool = ON, .flags = ALL};
    struct plan plan;

    (void)state;
    pool.name = "compile";
    pool.gateway_namespace = "infra";
    pool.section_name = "tls";
    pool.service_port = 18140;
    plan = plan_of(&row, &pool, NULL);
    check_same_json("spec", json_object_get(json_at(plan.object, "spec")),
                    "{\"hostnames\":[\"a.b\"],\"parentRefs\":[{\"name\":\"gw\","
                    "\"namespace\":\"infra\",\"sectionName\":\"tls\"}],\"rules\":[{"
                    "\"backendRefs\":[{\"name\":\"compile\",\"port\":18140}]}]}");
    plan_clear(&plan);
}

static bool is_one_of(int value, const int *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] == value)
            return true;
    }
    return false;
}

/* The names of FINDINGS, each with a '|' after it; the caller frees them. */
static char *names_of(const struct findings *findings)
{
    char *names = memory_text("");

    for (size_t i = 0; i < findings->count; i++) {
        char *more = memory_format("%s%s|", names, finding_name(findings->list[i].reason));

        free(names);
        names = more;
    }
    return names;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),   cmocka_unit_test(test_safety),
        cmocka_unit_test(test_sentences),   cmocka_unit_test(test_own_namespace),
        cmocka_unit_test(test_long_values), cmocka_unit_test(test_spec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
