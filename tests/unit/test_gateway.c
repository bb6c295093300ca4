/* SPDX-License-Identifier: Apache-2.0 */
/* Where a hostname is served, according to a Gateway. */
#include "tests/unit/check.h"

#include "ctl/verify/gateway.h"

#define LISTENER(name, protocol, port, more)                                                       \
    "{\"name\": \"" name "\", \"protocol\": \"" protocol "\", \"port\": " port more "}"
#define GATEWAY(listeners, addresses)                                                              \
    "{\"metadata\": {\"name\": \"edge\"}, \"spec\": {\"listeners\": [" listeners                   \
    "]}, \"status\": {\"addresses\": [" addresses "]}}"
#define TLS    LISTENER("tls", "TLS", "8140", "")
#define OTHER  LISTENER("other", "TLS", "8443", "")
#define HTTP   LISTENER("http", "HTTP", "80", "")
#define NARROW LISTENER("narrow", "TLS", "9140", ", \"hostname\": \"*.b.example\"")
#define IPV4   "{\"type\": \"IPAddress\", \"value\": \"192.0.2.1\"}"
#define IPV6   "{\"value\": \"2001:db8::1\"}"
#define NAME   "{\"type\": \"Hostname\", \"value\": \"lb.example\"}"

static const struct {
    const char *row, *gateway, *section, *hostname, *endpoints, *problem;
} rows[] = {
    {"named listener", GATEWAY(HTTP "," TLS "," OTHER, IPV4), "other", "a.example",
     "192.0.2.1:8443", NULL},
    {"all addresses", GATEWAY(TLS, IPV4 "," IPV6 "," NAME), "tls", "a.example",
     "192.0.2.1:8140 [2001:db8::1]:8140 lb.example:8140", NULL},
    {"no section", GATEWAY(HTTP "," TLS "," OTHER, IPV4 "," IPV6), "", "a.example",
     "192.0.2.1:8140 [2001:db8::1]:8140 192.0.2.1:8443 [2001:db8::1]:8443", NULL},
    {"listener of other names", GATEWAY(NARROW "," TLS, IPV4), "", "a.example", "192.0.2.1:8140",
     NULL},
    {"listener of the name", GATEWAY(NARROW, IPV4), "", "a.b.example", "192.0.2.1:9140", NULL},
    {"listener of the wildcard", GATEWAY(NARROW, IPV4), "", "*.b.example", "192.0.2.1:9140", NULL},
    {"a named one is used as it is", GATEWAY(NARROW "," HTTP, IPV4), "http", "a.example",
     "192.0.2.1:80", NULL},
    {"one address twice", GATEWAY(TLS, IPV4 "," IPV4), "", "a.example", "192.0.2.1:8140", NULL},
    {"no address", GATEWAY(TLS, ""), "tls", "a.example", "",
     "Gateway edge has no address in its status yet; give one with --connect HOST:PORT"},
    {"address without value", GATEWAY(TLS, "{\"type\": \"IPAddress\"}, 7"), "", "a.example", "",
     "Gateway edge has no address in its status yet; give one with --connect HOST:PORT"},
    {"no status", "{\"metadata\": {\"name\": \"edge\"}, \"spec\": {\"listeners\": [" TLS "]}}", "",
     "a.example", "",
     "Gateway edge has no address in its status yet; give one with --connect HOST:PORT"},
    {"no such listener", GATEWAY(TLS, IPV4), "tsl", "a.example", "",
     "Gateway edge has no listener named \"tsl\""},
    {"no listener that fits", GATEWAY(HTTP "," NARROW, IPV4), "", "a.example", "",
     "Gateway edge has no TLS listener for the hostname"},
    {"port of another kind", GATEWAY(LISTENER("tls", "TLS", "70000", ""), IPV4), "tls", "a.example",
     "", "Gateway edge has no listener named \"tls\""},
    {"nothing", "{}", "", "a.example", "", "Gateway  has no TLS listener for the hostname"},
    {"listeners are a text", "{\"spec\": {\"listeners\": \"x\"}}", "", "a.example", "",
     "Gateway  has no TLS listener for the hostname"},
};

static void test_endpoints(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *gateway = check_json(rows[i].gateway);
        struct endpoints endpoints = {0};
        char *problem = gateway_endpoints(gateway, rows[i].section, rows[i].hostname, &endpoints);
        char shown[512] = "";

        for (size_t k = 0; k < endpoints.count; k++) {
            char *text = endpoint_text(&endpoints.items[k]);

            if (k > 0)
                strcat(shown, " ");
            strcat(shown, text);
            free(text);
        }
        CHECK_ROW_TEXT(rows[i].row, problem, rows[i].problem);
        CHECK_ROW_TEXT(rows[i].row, shown, rows[i].endpoints);
        free(problem);
        endpoints_clear(&endpoints);
        json_object_put(gateway);
    }
}

static void test_server_name(void **state)
{
    static const char *const names[][2] = {{"a.example", "a.example"},
                                           {"*.a.example", "verify.a.example"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *name = gateway_server_name(names[i][0]);

        CHECK_ROW_TEXT(names[i][0], name, names[i][1]);
        free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_endpoints),
                                       cmocka_unit_test(test_server_name)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
