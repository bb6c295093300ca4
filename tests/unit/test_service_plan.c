/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be done about a Pool's Service: every branch, a line for each row. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/service_spec.h"
#include "reconciler/plan/service_plan.h"

#define TEN     "abcdefghij"
#define NAME_58 TEN TEN TEN TEN TEN "abcdefgh"
#define AUTO    SERVICES_AUTO
#define NEVER   SERVICES_NEVER

enum pool_case {
    NO_POOL,
    ON,
    OFF, /* no route asked for */
    DELETING,
    PAUSED,
    BROKEN,
    NO_PORT,
    DOTTED,    /* a name that no Service can have */
    LONGEST,   /* the longest name that the label pool-NAME can have */
    TOO_LONG,  /* one more */
    NODE_PORT, /* type NodePort, nodePort 30001 */
    LABELLED,  /* with a label of its own */
    LONG_SPEC, /* spec.service is too long for us */
};

enum service_kind {
    NO_SERVICE,
    SAME,        /* the Pool's, as it has to be */
    DIFFERS,     /* the Pool's, of another type */
    TOO_LARGE,   /* the Pool's, with more than is read */
    TOUCHED,     /* the Pool's, differs, labelled by kubectl */
    TAKEN,       /* the Pool's, its type set otherwise by kubectl */
    TAKEN_BAD,   /* the Pool's, none of its fields ours, without the Pool's port */
    GOING,       /* the Pool's, differs, being deleted */
    NOBODYS,     /* without a controller, differs */
    NOBODYS_BAD, /* without the Pool's port */
    FOREIGN,     /* of a Deployment */
    EARLIER,     /* of a Pool of that name with another uid */
    ON_30001,    /* the Pool's, as it has to be, its node port 30001 */
    ON_30002,    /* the same with another node port */
};

static const struct row {
    const char *row;
    enum pool_case pool;
    enum service_kind service;
    enum services_policy policy;
    bool incomplete;
    enum plan_action action;
    const char *problem; /* the one finding; NULL: none */
} rows[] = {
#define MISSING                                                                                    \
    "the Service p does not exist, so the route leads nowhere; create it, or set services: auto"
#define LONG                                                                                       \
    "spec.service of the Pool is longer than 8192 bytes, so the Service is neither created nor "   \
    "changed; shorten its annotations"
#define LACKS                                                                                      \
    "the Service p has no TCP port 8140; add the port, or correct spec.service.port of the Pool"
#define LACKS_BY(manager) LACKS "; the Service was last written by " manager
#define LARGE                                                                                      \
    "the Service p has so many labels, annotations or ports that it is left alone; remove those "  \
    "that are not needed"
#define THEIRS                                                                                     \
    "others have set a field of the Service p to something else than the Pool asks for, so it is " \
    "left alone: spec.type (kubectl); let them set what the Pool asks for or remove it there, or " \
    "change spec.service of the Pool"
    /* nothing may be touched, nothing is said: the route's plan says it */
    {"no pool", NO_POOL, NO_SERVICE, AUTO, false, PLAN_KEEP, NULL},
    {"no pool, a Service of it", NO_POOL, DIFFERS, AUTO, false, PLAN_KEEP, NULL},
    {"pool goes", DELETING, NO_SERVICE, AUTO, false, PLAN_KEEP, NULL},
    {"pool goes, differs", DELETING, DIFFERS, AUTO, false, PLAN_KEEP, NULL},
    {"pool broken", BROKEN, NO_SERVICE, AUTO, false, PLAN_KEEP, NULL},
    {"pool broken, differs", BROKEN, DIFFERS, AUTO, false, PLAN_KEEP, NULL},
    {"paused", PAUSED, NO_SERVICE, AUTO, false, PLAN_KEEP, NULL},
    {"paused, differs", PAUSED, DIFFERS, AUTO, false, PLAN_KEEP, NULL},
    {"paused, never", PAUSED, NO_SERVICE, NEVER, false, PLAN_KEEP, NULL},
    {"no port", NO_PORT, NO_SERVICE, AUTO, false, PLAN_KEEP, NULL},
    {"no port, differs", NO_PORT, DIFFERS, AUTO, false, PLAN_KEEP, NULL},
    {"incomplete", ON, NO_SERVICE, AUTO, true, PLAN_KEEP, NULL},
    {"incomplete, differs", ON, DIFFERS, AUTO, true, PLAN_KEEP, NULL},
    {"incomplete, bad port", ON, NOBODYS_BAD, AUTO, true, PLAN_KEEP, NULL},
    {"incomplete, never", ON, NO_SERVICE, NEVER, true, PLAN_KEEP, NULL},
    /* auto: what nobody else has made */
    {"none", ON, NO_SERVICE, AUTO, false, PLAN_CREATE, NULL},
    {"none, no route", OFF, NO_SERVICE, AUTO, false, PLAN_CREATE, NULL},
    {"none, labels", LABELLED, NO_SERVICE, AUTO, false, PLAN_CREATE, NULL},
    {"as it has to be", ON, SAME, AUTO, false, PLAN_KEEP, NULL},
    {"as it has to be, no route", OFF, SAME, AUTO, false, PLAN_KEEP, NULL},
    {"as it has to be, labels", LABELLED, SAME, AUTO, false, PLAN_KEEP, NULL},
    {"differs", ON, DIFFERS, AUTO, false, PLAN_CHANGE, NULL},
    {"differs, no route", OFF, DIFFERS, AUTO, false, PLAN_CHANGE, NULL},
    {"too large", ON, TOO_LARGE, AUTO, false, PLAN_KEEP, LARGE},
    {"too large, never", ON, TOO_LARGE, NEVER, false, PLAN_KEEP, NULL},
    {"the server's node port", ON, ON_30002, AUTO, false, PLAN_KEEP, NULL},
    {"the Pool's node port", NODE_PORT, ON_30001, AUTO, false, PLAN_KEEP, NULL},
    {"another node port", NODE_PORT, ON_30002, AUTO, false, PLAN_CHANGE, NULL},
    {"no node port yet", NODE_PORT, SAME, AUTO, false, PLAN_CHANGE, NULL},
    /* what somebody else has made or changed */
    {"touched", ON, TOUCHED, AUTO, false, PLAN_CHANGE, NULL},
    {"touched, never", ON, TOUCHED, NEVER, false, PLAN_KEEP, NULL},
    {"taken", ON, TAKEN, AUTO, false, PLAN_KEEP, THEIRS},
    {"taken, never", ON, TAKEN, NEVER, false, PLAN_KEEP, NULL},
    {"taken, bad port", ON, TAKEN_BAD, AUTO, false, PLAN_KEEP, LACKS_BY("kubectl")},
    {"goes", ON, GOING, AUTO, false, PLAN_KEEP, NULL},
    {"nobody's", ON, NOBODYS, AUTO, false, PLAN_KEEP, NULL},
    {"nobody's, bad port", ON, NOBODYS_BAD, AUTO, false, PLAN_KEEP, LACKS},
    {"nobody's, bad port, no route", OFF, NOBODYS_BAD, AUTO, false, PLAN_KEEP, NULL},
    {"foreign", ON, FOREIGN, AUTO, false, PLAN_KEEP, NULL},
    {"of an earlier Pool", ON, EARLIER, AUTO, false, PLAN_KEEP, NULL},
    /* never: it is only looked at */
    {"never, none", ON, NO_SERVICE, NEVER, false, PLAN_KEEP, MISSING},
    {"never, none, no route", OFF, NO_SERVICE, NEVER, false, PLAN_KEEP, NULL},
    {"never, ours", ON, SAME, NEVER, false, PLAN_KEEP, NULL},
    {"never, differs", ON, DIFFERS, NEVER, false, PLAN_KEEP, NULL},
    {"never, bad port", ON, NOBODYS_BAD, NEVER, false, PLAN_KEEP, LACKS},
    {"never, no port", NO_PORT, NO_SERVICE, NEVER, false, PLAN_KEEP, NULL},
    /* a spec.service that is too long to be taken over */
    {"long spec, none", LONG_SPEC, NO_SERVICE, AUTO, false, PLAN_KEEP, LONG},
    {"long spec, ours", LONG_SPEC, DIFFERS, AUTO, false, PLAN_KEEP, LONG},
    {"long spec, somebody else's", LONG_SPEC, NOBODYS, AUTO, false, PLAN_KEEP, NULL},
    {"long spec, never", LONG_SPEC, SAME, NEVER, false, PLAN_KEEP, NULL},
    /* names that a Service or its label cannot have: one finding, no request */
    {"dotted, a Service there", DOTTED, SAME, AUTO, false, PLAN_KEEP, NULL},
    {"longest name", LONGEST, NO_SERVICE, AUTO, false, PLAN_CREATE, NULL},
};

static struct pool_message pool_of(enum pool_case);
static struct service_message service_of(enum service_kind, const struct pool_message *);
static struct plan plan_of(const struct row *, const struct pool_message *,
                           const struct service_message *);
static struct json_object *wanted_by(const struct pool_message *);
static char *owners_of(struct json_object *wanted, enum service_kind);
static void release(struct service_message *);

static void test_decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pool_message pool = pool_of(rows[i].pool);
        struct service_message service = service_of(rows[i].service, &pool);
        struct plan plan = plan_of(&rows[i], &pool, &service);

        if (plan.action != rows[i].action)
            fail_msg("%s: action %d, has to be %d", rows[i].row, (int)plan.action,
                     (int)rows[i].action);
        CHECK_ROW(rows[i].row, plan.findings.count == (rows[i].problem != NULL));
        if (rows[i].problem != NULL) {
            CHECK_ROW(rows[i].row, plan.findings.list[0].reason ==
                                       (rows[i].service == TAKEN || rows[i].service == TOO_LARGE
                                            ? FINDING_SERVICE_FIELD_NOT_OWNED
                                            : FINDING_BACKEND_MISSING));
            CHECK_ROW_TEXT(rows[i].row, plan.findings.list[0].text, rows[i].problem);
        }
        if (plan.action == PLAN_CREATE || plan.action == PLAN_CHANGE) {
            struct json_object *wanted = wanted_by(&pool);

            check_same_json(rows[i].row, json_object_get(plan.object), json_encode(wanted));
            json_object_put(wanted);
        }
        CHECK_ROW(rows[i].row, (plan.action == PLAN_CHANGE) == (json_count(plan.changes) > 0));
        plan_clear(&plan);
        release(&service);
    }
}

/* A Pool whose name no Service can have gets one finding, with or without a route, and no request
 * is sent that the API server would refuse. */
static void test_impossible_names(void **state)
{
    static const struct {
        enum pool_case pool;
        const char *problem; /* what the sentence has in it */
    } names[] = {
        {DOTTED, "contains a dot"},
        {TOO_LONG, "is longer than 58 characters"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        for (int route = 0; route < 2; route++) {
            const struct row row = {.pool = names[i].pool, .policy = SERVICES_AUTO};
            struct pool_message pool = pool_of(names[i].pool);
            struct plan plan;

            pool.route_enabled = route == 1;
            plan = plan_of(&row, &pool, NULL);
            CHECK_ROW(names[i].problem, plan.action == PLAN_KEEP);
            CHECK_ROW(names[i].problem, plan.findings.count == 1);
            CHECK_ROW(names[i].problem, plan.findings.list[0].reason == FINDING_BACKEND_MISSING);
            CHECK_ROW(names[i].problem,
                      strstr(plan.findings.list[0].text, names[i].problem) != NULL);
            plan_clear(&plan);
        }
    }
}

/* Whatever the world looks like: only what is missing is made, only our own is changed, and a
 * Service is never deleted. */
static void test_safety(void **state)
{
    (void)state;
    for (enum pool_case p = NO_POOL; p <= LABELLED; p++) {
        for (enum service_kind s = NO_SERVICE; s <= ON_30002; s++) {
            for (unsigned flags = 0; flags < 4; flags++) {
                const struct row row = {.pool = p,
                                        .service = s,
                                        .policy = flags & 1 ? SERVICES_NEVER : SERVICES_AUTO,
                                        .incomplete = flags & 2};
                struct pool_message pool = pool_of(p);
                struct service_message service = service_of(s, &pool);
                struct plan plan = plan_of(&row, &pool, &service);
                bool ours = s == DIFFERS || s == TOUCHED || s == SAME || s == ON_30001 ||
                            s == ON_30002 || (s == TAKEN && (p == LABELLED || p == NODE_PORT));

                assert_true(plan.action == PLAN_KEEP || plan.action == PLAN_CREATE ||
                            plan.action == PLAN_CHANGE);
                if (plan.action != PLAN_KEEP) {
                    assert_int_equal(flags, 0);
                    assert_true(p != NO_POOL && p != DELETING && p != PAUSED && p != BROKEN &&
                                p != NO_PORT);
                    assert_true(plan.action == PLAN_CREATE ? s == NO_SERVICE : ours);
                }
                plan_clear(&plan);
                release(&service);
            }
        }
    }
}

static struct plan plan_of(const struct row *row, const struct pool_message *pool,
                           const struct service_message *service)
{
    const struct service_inputs inputs = {
        .pool = row->pool == NO_POOL ? NULL : pool,
        .pool_problem = row->pool == BROKEN ? "spec.x is wrong" : NULL,
        .service = row->service == NO_SERVICE ? NULL : service,
        .policy = row->policy,
        .fields = {SERVICE_FIELD_DENY, SERVICE_FIELD_ALLOW, SERVICE_FIELD_ALLOW},
        .complete = !row->incomplete,
    };

    return plan_service(&inputs);
}

static struct pool_message pool_of(enum pool_case kind)
{
    return (struct pool_message){
        .namespace = "n",
        .name = kind == DOTTED     ? "p.q"
                : kind == LONGEST  ? NAME_58
                : kind == TOO_LONG ? NAME_58 "i"
                                   : "p",
        .uid = "u",
        .deleting = kind == DELETING,
        .paused = kind == PAUSED,
        .route_enabled = kind != OFF,
        .service_port = kind == NO_PORT ? 0 : 8140,
        .service_too_long = kind == LONG_SPEC,
        .service = kind == NODE_PORT  ? "{\"type\":\"NodePort\",\"nodePort\":30001}"
                   : kind == LABELLED ? "{\"labels\":{\"z\":\"1\",\"a\":\"2\"}}"
                                      : "",
    };
}

/* Its spec and ports are for the caller to release. */
static struct service_message service_of(enum service_kind kind, const struct pool_message *pool)
{
    bool nobodys = kind == NOBODYS || kind == NOBODYS_BAD;
    bool taken = kind == TAKEN || kind == TAKEN_BAD;
    bool lacks_port = kind == TAKEN_BAD || kind == NOBODYS_BAD;
    bool differs = taken || kind == TOUCHED || kind == DIFFERS || kind == GOING || kind == NOBODYS;
    struct json_object *wanted = wanted_by(pool);
    struct service_message service = {
        .namespace = pool->namespace,
        .name = pool->name,
        .uid = "s",
        .deleting = kind == GOING,
        .controller_kind = nobodys           ? ""
                           : kind == FOREIGN ? "Deployment"
                                             : "Pool",
        .controller_name = nobodys           ? ""
                           : kind == FOREIGN ? "d"
                                             : pool->name,
        .controller_uid = nobodys           ? ""
                          : kind == FOREIGN ? "d"
                          : kind == EARLIER ? "v"
                                            : pool->uid,
        .other_manager = taken || kind == TOUCHED ? "kubectl" : "",
    };
    int node_port = kind == ON_30001 ? 30001 : kind == ON_30002 ? 30002 : 0;

    if (differs)
        json_object_object_add(json_at(wanted, "spec"), "type",
                               json_object_new_string("LoadBalancer"));
    json_object_object_del(json_item(json_at(wanted, "spec.ports"), 0), "nodePort");
    if (node_port != 0)
        json_object_object_add(json_item(json_at(wanted, "spec.ports"), 0), "nodePort",
                               json_object_new_int(node_port));
    service.spec = kind == TOO_LARGE ? memory_text("") : service_spec_desired(wanted);
    service.owners = owners_of(wanted, kind);
    text_list_add(&service.ports, lacks_port ? "8141" : "80");
    if (!lacks_port)
        text_list_add(&service.ports, "8140");
    json_object_put(wanted);
    return service;
}

/* All that it has is ours, or nothing. */
static char *owners_of(struct json_object *wanted, enum service_kind kind)
{
    bool none = kind == NOBODYS || kind == NOBODYS_BAD || kind == FOREIGN || kind == TAKEN_BAD ||
                kind == TOO_LARGE;
    struct json_object *owners = check_json(
        "{\"ours\":{\"labels\":{},\"annotations\":{},\"spec\":{\"selector\":\"tlsrouted\","
        "\"externalIPs\":\"tlsrouted\"},"
        "\"8140/"
        "TCP\":{\"name\":\"tlsrouted\",\"port\":\"tlsrouted\",\"targetPort\":\"tlsrouted\"}},"
        "\"others\":{\"labels\":{\"theirs\":\"kubectl\"},\"spec\":{}}}");
    char *text;

    json_object_object_foreach(json_at(wanted, "metadata.labels"), name, ignored)
    {
        (void)ignored;
        json_put_text(json_at(owners, "ours.labels"), name, "tlsrouted");
    }
    json_put_text(json_at(owners, kind == TAKEN ? "others.spec" : "ours.spec"), "type",
                  kind == TAKEN ? "kubectl" : "tlsrouted");
    text = memory_text(none ? "" : json_encode(owners));
    json_object_put(owners);
    return text;
}

static void release(struct service_message *service)
{
    free((char *)service->spec);
    free((char *)service->owners);
    text_list_clear(&service->ports);
}

static struct json_object *wanted_by(const struct pool_message *pool)
{
    struct json_object *spec = check_json(pool->service[0] != '\0' ? pool->service : "null");
    struct json_object *wanted = service_spec_new(pool->name, spec, pool->service_port);

    json_object_put(spec);
    return wanted;
}

/* What a Pool asks for, what the policies leave of it, and what the findings tell to set. */
static void test_denied_fields(void **state)
{
#define SPEC(type) "{\"type\":\"" type "\",\"nodePort\":30001,\"externalIPs\":[\"192.0.2.1\"]}"
    static const struct {
        const char *spec;
        struct service_fields policies;
        const char *left;
        const char *keys[2];
    } denied[] = {
        {"null", {0}, "null", {0}},
        {"{}", {0}, "{}", {0}},
        {"{\"externalIPs\":[]}", {0}, "{\"externalIPs\":[]}", {0}},
        {"{\"externalIPs\":[\"x\"]}", {0}, "{}", {"externalIPs"}},
        {"{\"externalIPs\":\"x\"}", {0}, "{}", {"externalIPs"}},
        {"{\"externalIPs\":[\"x\"]}",
         {.external_ips = SERVICE_FIELD_ALLOW},
         "{\"externalIPs\":[\"x\"]}",
         {0}},
        {"{\"type\":\"ClusterIP\",\"nodePort\":30001}",
         {0},
         "{\"type\":\"ClusterIP\",\"nodePort\":30001}",
         {0}},
        {"{\"type\":\"NodePort\"}", {0}, "{}", {"nodePort"}},
        {"{\"type\":\"LoadBalancer\"}", {0}, "{}", {"loadBalancer"}},
        {"{\"type\":\"LoadBalancer\",\"nodePort\":30001}",
         {.load_balancer = SERVICE_FIELD_ALLOW},
         "{\"type\":\"LoadBalancer\"}",
         {"nodePort"}},
        {"{\"type\":\"LoadBalancer\"}",
         {.load_balancer = SERVICE_FIELD_ALLOW},
         "{\"type\":\"LoadBalancer\"}",
         {0}},
        {SPEC("NodePort"), {0}, "{}", {"externalIPs", "nodePort"}},
        {SPEC("LoadBalancer"), {0}, "{\"nodePort\":30001}", {"externalIPs", "loadBalancer"}},
        {SPEC("NodePort"),
         {SERVICE_FIELD_ALLOW, SERVICE_FIELD_ALLOW, SERVICE_FIELD_ALLOW},
         SPEC("NodePort"),
         {0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(denied); i++) {
        struct json_object *spec = check_json(denied[i].spec);
        struct findings findings = {0};

        service_fields_deny(spec, &denied[i].policies, &findings);
        for (size_t j = 0; j < 2; j++) {
            char *told = memory_format("set serviceFields.%s: allow",
                                       denied[i].keys[j] != NULL ? denied[i].keys[j] : "");

            CHECK_ROW(denied[i].spec, (denied[i].keys[j] != NULL) == (j < findings.count));
            if (j < findings.count) {
                CHECK_ROW(denied[i].spec, findings.list[j].reason == FINDING_SERVICE_FIELD_DENIED);
                CHECK_ROW(denied[i].spec, strstr(findings.list[j].text, told) != NULL);
            }
            free(told);
        }
        check_same_json(denied[i].spec, spec, denied[i].left);
        findings_clear(&findings);
    }
}

/* What is forbidden while the Service has it goes from it, with a warning. */
static void test_denied_later(void **state)
{
    struct pool_message pool = pool_of(ON);
    struct service_message service;
    struct plan plan;

    (void)state;
    pool.service = "{\"externalIPs\":[\"192.0.2.1\"]}";
    service = service_of(SAME, &pool);
    plan = plan_of(&(struct row){.pool = ON, .service = SAME}, &pool, &service);
    assert_int_equal(plan.action, PLAN_CHANGE);
    assert_null(json_at(plan.object, "spec.externalIPs"));
    assert_int_equal(plan.findings.count, 1);
    assert_int_equal(plan.findings.list[0].reason, FINDING_SERVICE_FIELD_DENIED);
    plan_clear(&plan);
    release(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),     cmocka_unit_test(test_impossible_names),
        cmocka_unit_test(test_denied_fields), cmocka_unit_test(test_denied_later),
        cmocka_unit_test(test_safety),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
