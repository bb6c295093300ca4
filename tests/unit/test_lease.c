/* SPDX-License-Identifier: Apache-2.0 */
/* Who may hold a Lease, and what is written to do so. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "reconciler/write/lease.h"

#define US       "host_1"
#define OTHER    "\"holderIdentity\": \"host_2\""
#define OURS     "\"holderIdentity\": \"host_1\""
#define DURATION 15

static const struct timespec now = {.tv_sec = 1000000000, .tv_nsec = 12345678};

static void test_decide(void **state)
{
    static const struct {
        const char *spec;
        int64_t unchanged;
        enum lease_step step;
    } rows[] = {
        {"{" OURS "}", 0, LEASE_RENEW},
        {"{" OURS ", \"leaseDurationSeconds\": 20}", 100000, LEASE_RENEW},
        {"{" OTHER ", \"leaseDurationSeconds\": 20}", 0, LEASE_WAIT},
        {"{" OTHER ", \"leaseDurationSeconds\": 20}", 19999, LEASE_WAIT},
        {"{" OTHER ", \"leaseDurationSeconds\": 20}", 20000, LEASE_ACQUIRE},
        {"{" OTHER "}", 14999, LEASE_WAIT},
        {"{" OTHER "}", 15000, LEASE_ACQUIRE},
        {"{" OTHER ", \"leaseDurationSeconds\": null}", 15000, LEASE_ACQUIRE},
        {"{" OTHER ", \"leaseDurationSeconds\": -1}", 14999, LEASE_WAIT},
        {"{" OTHER ", \"leaseDurationSeconds\": 2147483647}", 15000, LEASE_ACQUIRE},
        {"{\"holderIdentity\": \"\", \"leaseDurationSeconds\": 20}", 0, LEASE_ACQUIRE},
        {"{\"holderIdentity\": null}", 0, LEASE_ACQUIRE},
        {"{}", 0, LEASE_ACQUIRE},
        {"null", 0, LEASE_ACQUIRE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *lease = json_object_new_object();

        json_object_object_add(lease, "spec",
                               strcmp(rows[i].spec, "null") == 0 ? NULL : check_json(rows[i].spec));
        CHECK_ROW(rows[i].spec,
                  lease_decide(lease, US, rows[i].unchanged, DURATION) == rows[i].step);
        json_object_put(lease);
    }
}

static void test_held(void **state)
{
    static const struct {
        const char *lease, *held;
    } rows[] = {
        {NULL, "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
               "\"spec\":{\"leaseTransitions\":0,\"acquireTime\":\"2001-09-09T01:46:40.012345Z\","
               "\"holderIdentity\":\"host_1\",\"leaseDurationSeconds\":15,"
               "\"renewTime\":\"2001-09-09T01:46:40.012345Z\"},\"metadata\":{\"name\":\"l\"}}"},
        {"{\"metadata\": {\"name\": \"l\", \"labels\": {\"a\": \"b\"}, \"resourceVersion\": \"7\", "
         "\"managedFields\": []}, \"spec\": {" OTHER ", \"leaseTransitions\": 3, "
         "\"acquireTime\": \"then\", \"renewTime\": \"then\", \"leaseDurationSeconds\": 60}}",
         "{\"metadata\":{\"name\":\"l\",\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"7\"},"
         "\"spec\":{\"holderIdentity\":\"host_1\",\"leaseTransitions\":4,"
         "\"acquireTime\":\"2001-09-09T01:46:40.012345Z\","
         "\"renewTime\":\"2001-09-09T01:46:40.012345Z\",\"leaseDurationSeconds\":15},"
         "\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\"}"},
        {"{\"metadata\": {\"name\": \"l\"}, \"spec\": {" OURS ", \"leaseTransitions\": 3, "
         "\"acquireTime\": \"then\", \"renewTime\": \"then\"}}",
         "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"holderIdentity\":\"host_1\","
         "\"leaseTransitions\":3,\"acquireTime\":\"then\","
         "\"renewTime\":\"2001-09-09T01:46:40.012345Z\",\"leaseDurationSeconds\":15},"
         "\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\"}"},
        {"{\"spec\": {\"leaseTransitions\": 2147483647}}",
         "{\"spec\":{\"leaseTransitions\":2147483647,"
         "\"acquireTime\":\"2001-09-09T01:46:40.012345Z\",\"holderIdentity\":\"host_1\","
         "\"leaseDurationSeconds\":15,\"renewTime\":\"2001-09-09T01:46:40.012345Z\"},"
         "\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\"}"},
        {"{\"metadata\": {\"name\": \"l\"}}",
         "{\"metadata\":{\"name\":\"l\"},\"apiVersion\":\"coordination.k8s.io/v1\","
         "\"kind\":\"Lease\",\"spec\":{\"leaseTransitions\":1,"
         "\"acquireTime\":\"2001-09-09T01:46:40.012345Z\",\"holderIdentity\":\"host_1\","
         "\"leaseDurationSeconds\":15,\"renewTime\":\"2001-09-09T01:46:40.012345Z\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *lease = rows[i].lease != NULL ? check_json(rows[i].lease) : NULL;
        struct json_object *held = lease_held(lease, "l", US, DURATION, &now);

        CHECK_ROW_TEXT(rows[i].held, json_encode(held), rows[i].held);
        json_object_put(held);
        json_object_put(lease);
    }
}

/* As lease_decide() has it, anybody may take it at once then. */
static void test_released(void **state)
{
    struct json_object *lease = check_json("{\"metadata\": {\"resourceVersion\": \"7\"}, "
                                           "\"spec\": {" OURS ", \"leaseTransitions\": 3}}");
    struct json_object *released = lease_released(lease, &now);

    (void)state;
    assert_string_equal(json_text_at(released, "metadata.resourceVersion"), "7");
    assert_string_equal(lease_holder(released), "");
    assert_int_equal(json_object_get_int(json_at(released, "spec.leaseTransitions")), 3);
    assert_int_equal(lease_decide(released, "host_2", 0, DURATION), LEASE_ACQUIRE);
    assert_string_equal(lease_holder(lease), US);
    json_object_put(released);
    json_object_put(lease);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
