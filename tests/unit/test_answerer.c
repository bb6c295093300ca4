/* SPDX-License-Identifier: Apache-2.0 */
/* Who answered a handshake, by what was seen of it. */
#include "tests/unit/check.h"

#include "ctl/verify/answerer.h"

#define FAKE   "O=Acme Co,CN=Kubernetes Ingress Controller Fake Certificate"
#define PUPPET "CN=Puppet CA: puppet.example.com"

static void test_judge(void **state)
{
    static const struct {
        const char *row;
        char *subject, *issuer;
        bool is_self_signed, is_of_pool, is_trusted, requests;
        const char *answerer;
    } rows[] = {
        {"no certificate", NULL, NULL, false, false, false, false, "nobody"},
        {"a Puppet server", "CN=a", PUPPET, false, false, false, true, "puppet-server"},
        {"known by its CA", "CN=a", PUPPET, false, false, false, false, "puppet-server"},
        {"in any case", "CN=a", "CN=my openvox ca", false, false, false, false, "puppet-server"},
        {"known by its request", "CN=a", "CN=Corporate", false, false, false, true,
         "puppet-server"},
        {"known by the given CA", "CN=a", "CN=Corporate", false, false, true, false,
         "puppet-server"},
        {"known by its Certificate", "CN=a", "CN=a", true, true, false, false, "puppet-server"},
        {"ingress-nginx", FAKE, FAKE, true, false, false, false, "gateway"},
        {"signed by somebody", FAKE, "CN=CA", false, false, false, false, "gateway"},
        {"with a request", FAKE, FAKE, true, false, false, true, "gateway"},
        {"Traefik", "CN=TRAEFIK DEFAULT CERT", "CN=TRAEFIK DEFAULT CERT", true, false, false, false,
         "gateway"},
        {"NGINX", "CN=NGINXIngressController", "CN=NGINXIngressController", true, false, false,
         false, "gateway"},
        {"by itself", "CN=localhost", "CN=localhost", true, false, false, false, "other"},
        {"by itself, with a request", "CN=localhost", "CN=localhost", true, false, false, true,
         "other"},
        {"a web server", "CN=www", "C=US,O=Let's Encrypt,CN=R11", false, false, false, false,
         "other"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct x509_info info = {.subject = rows[i].subject,
                                       .issuer = rows[i].issuer,
                                       .is_self_signed = rows[i].is_self_signed};
        const struct answerer_evidence evidence = {&info, rows[i].is_of_pool, rows[i].is_trusted,
                                                   rows[i].requests};

        CHECK_ROW_TEXT(rows[i].row, answerer_name(answerer_judge(&evidence)), rows[i].answerer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
