/* SPDX-License-Identifier: Apache-2.0 */
/* What to do follows from what the API server says, word by word as it says it. */
#include "tests/unit/check.h"

#include "common/api/remedy.h"

static void test_remedies(void **state)
{
    static const struct {
        enum api_error error;
        const char *message, *has; /* NULL: there is no remedy */
    } rows[] = {
        {API_FORBIDDEN,
         "pools.openvox.voxpupuli.org is forbidden: User \"u\" cannot list resource \"pools\" in "
         "API "
         "group \"openvox.voxpupuli.org\" in the namespace \"n\"",
         "grant this account the right"},
        {API_FORBIDDEN, "forbidden: User \"u\" cannot get path \"/apis/gateway.networking.k8s.io\"",
         "system:discovery"},
        {API_FORBIDDEN,
         "tlsroutes.gateway.networking.k8s.io \"p\" is forbidden: ValidatingAdmissionPolicy "
         "'tlsrouted-reconciler' with binding 'b' denied request: no",
         "packaging/kustomize/policies"},
        {API_INVALID,
         "tlsroutes.gateway.networking.k8s.io \"p\" is forbidden: ValidatingAdmissionPolicy 'mine' "
         "with binding 'b' denied request: no",
         "that policy"},
        {API_BAD_REQUEST, "admission webhook \"w.example.com\" denied the request: no",
         "that webhook admit"},
        {API_SERVER_ERROR,
         "Internal error occurred: failed calling webhook \"w.example.com\": failed to call "
         "webhook: "
         "Post \"https://w.n.svc:443/?timeout=10s\": context deadline exceeded",
         "does not answer"},
        {API_SERVER_ERROR,
         "conversion webhook for openvox.voxpupuli.org/v1alpha1, Kind=Pool failed: Post ...: "
         "refused",
         "conversion webhook"},
        {API_FORBIDDEN, "services \"p\" is forbidden: exceeded quota: q, requested: services=1",
         "quota"},
        {API_FORBIDDEN,
         "tlsroutes \"p\" is forbidden: unable to create new content in namespace n because it is "
         "being terminated",
         NULL},
        {API_FORBIDDEN, "forbidden", "find out who forbids it"},
        {API_SERVER_ERROR, "etcdserver: request timed out", "etcd"},
        {API_NOT_FOUND, "the server could not find the requested resource", "CRD"},
        {API_NOT_FOUND, "tlsroutes \"p\" not found", NULL},
        {API_TOO_MANY, "too many requests", "Priority and Fairness"},
        {API_TIMEOUT, "no answer within 30 s", "if it passes"},
        {API_CONFLICT, "the object has been modified", NULL},
        {API_INVALID, "spec.hostnames: Invalid value", NULL},
        {API_SERVER_ERROR, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *remedy = api_remedy(rows[i].error, rows[i].message);

        CHECK_ROW(rows[i].message, (remedy == NULL) == (rows[i].has == NULL));
        CHECK_ROW(rows[i].message, remedy == NULL || strstr(remedy, rows[i].has) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remedies),
    };

    return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
