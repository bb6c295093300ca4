/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT as a person writes it. */
#include "tests/unit/check.h"

#include "ctl/connect/endpoint.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text, *host, *port, *shown, *problem;
    } rows[] = {
        {"puppet.example:443", "puppet.example", "443", "puppet.example:443", NULL},
        {"192.0.2.1:8140", "192.0.2.1", "8140", "192.0.2.1:8140", NULL},
        {"[2001:db8::1]:8140", "2001:db8::1", "8140", "[2001:db8::1]:8140", NULL},
        {"[::1]", "::1", "8140", "[::1]:8140", NULL},
        {"puppet", "puppet", "8140", "puppet:8140", NULL},
        {"puppet:1", "puppet", "1", "puppet:1", NULL},
        {"puppet:65535", "puppet", "65535", "puppet:65535", NULL},
        {"puppet:00443", "puppet", "443", "puppet:443", NULL},
        {"", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {":443", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {"[]:443", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {"https://puppet", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"a/b:1", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {"a b:1", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {"::1:443", NULL, NULL, NULL, "expected HOST:PORT or [IPV6]:PORT"},
        {"2001:db8::1", NULL, NULL, NULL,
         "more than one ':'; write an IPv6 address as [IPV6]:PORT"},
        {"[::1:443", NULL, NULL, NULL, "missing ']' after the IPv6 address"},
        {"[::1]443", NULL, NULL, NULL, "expected ':' after ']'"},
        {"puppet:", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"puppet:0", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"puppet:65536", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"puppet:4294967739", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"puppet:+443", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
        {"puppet:443x", NULL, NULL, NULL, "the port must be a number from 1 to 65535"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct endpoints list = {0};
        char *shown;

        CHECK_ROW_TEXT(rows[i].text, endpoints_parse(&list, rows[i].text), rows[i].problem);
        CHECK_ROW(rows[i].text, list.count == (rows[i].problem == NULL));
        if (list.count == 0)
            continue;
        shown = endpoint_text(&list.items[0]);
        CHECK_ROW_TEXT(rows[i].text, list.items[0].host, rows[i].host);
        CHECK_ROW_TEXT(rows[i].text, list.items[0].port, rows[i].port);
        CHECK_ROW_TEXT(rows[i].text, shown, rows[i].shown);
        free(shown);
        endpoints_clear(&list);
    }
}

static void test_once(void **state)
{
    struct endpoints list = {0};

    (void)state;
    endpoints_add(&list, "a", 1);
    endpoints_add(&list, "a", 2);
    endpoints_add(&list, "b", 1);
    endpoints_add(&list, "a", 1);
    assert_int_equal(list.count, 3);
    endpoints_clear(&list);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
