/* SPDX-License-Identifier: Apache-2.0 */
/* Where a server's and a proxy's address lead to. */
#include "tests/unit/check.h"

#include "common/kubeconfig/address.h"

static void test_addresses(void **state)
{
    static const struct {
        const char *url, *host;
        uint16_t port;
        bool is_literal;
    } rows[] = {
        {"https://kubernetes.example", "kubernetes.example", 443, false},
        {"https://kubernetes.example:6443/a/b", "kubernetes.example", 6443, false},
        {"https://kubernetes.example/a:1", "kubernetes.example", 443, false},
        {"https://10.0.0.1:6443", "10.0.0.1", 6443, true},
        {"https://10.0.0.1.example", "10.0.0.1.example", 443, false},
        {"https://[::1]:1", "::1", 1, true},
        {"https://[2001:db8::7]/p", "2001:db8::7", 443, true},
        {"https://[::ffff:10.0.0.1]:65535", "::ffff:10.0.0.1", 65535, true},
        {"http://proxy", "proxy", 80, false},
        {"http://proxy:3128", "proxy", 3128, false},
        {"http://[fd00::1]:3128", "fd00::1", 3128, true},
        {"https://proxy:3129", "proxy", 3129, false},
        {"socks5://proxy", "proxy", 1080, false},
        {"socks5h://[fd00::1]:1081", "fd00::1", 1081, true},
        {"https://1", "1", 443, false}, /* getaddrinfo() may know it, inet_pton() does not */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address address = address_of_url(rows[i].url);

        CHECK_ROW_TEXT(rows[i].url, address.host, rows[i].host);
        CHECK_ROW(rows[i].url, address.port == rows[i].port);
        CHECK_ROW(rows[i].url, address.is_literal == rows[i].is_literal);
        address_clear(&address);
        assert_null(address.host);
    }
}

static void test_proxies(void **state)
{
    static const struct {
        const char *proxy, *as;
    } rows[] = {
        {"http://proxy", "http://proxy:80"},
        {"http://proxy/", "http://proxy:80"},
        {"http://proxy:3128", "http://proxy:3128"},
        {"http://proxy:3128/", "http://proxy:3128"},
        {"http://10.0.0.1:1", "http://10.0.0.1:1"},
        {"http://[::1]:65535", "http://[::1]:65535"},
        {"http://[::1]", "http://[::1]:80"},
        {"", NULL},
        {"proxy:3128", NULL},
        {"http:/proxy", NULL},
        {"http://", NULL},
        {"http:///", NULL},
        {"http://:3128", NULL},
        {"HTTP://proxy", NULL},
        {"https://proxy", "https://proxy:443"},
        {"https://proxy:3128/", "https://proxy:3128"},
        {"socks5://proxy", "socks5://proxy:1080"},
        {"socks5h://[::1]", "socks5h://[::1]:1080"},
        {"socks5h://10.0.0.1:1", "socks5h://10.0.0.1:1"},
        {"socks4://proxy:1080", NULL},
        {"socks5://user:secret@proxy:1080", NULL},
        {"socks5://", NULL},
        {"https://proxy:3128/path", NULL},
        {"http://user:secret@proxy:3128", NULL},
        {"http://user@proxy", NULL},
        {"http://proxy:0", NULL},
        {"http://proxy:65536", NULL},
        {"http://proxy:", NULL},
        {"http://proxy:/", NULL},
        {"http://proxy:31x8", NULL},
        {"http://proxy/path", NULL},
        {"http://proxy:3128/path", NULL},
        {"http://proxy?query", NULL},
        {"http://[::1", NULL},
        {"http://[]:1", NULL},
        {"http://pro xy", NULL},
        {"http://pro\nxy", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *proxy = address_proxy(rows[i].proxy);

        CHECK_ROW_TEXT(rows[i].proxy, proxy, rows[i].as);
        free(proxy);
    }
}

static void test_tls_names(void **state)
{
    static const struct {
        const char *text;
        bool is_name;
    } rows[] = {
        {"kubernetes.default.svc", true},
        {"kubernetes", true},
        {"10.0.0.1", true},
        {"fd00::1", true},
        {"", false},
        {"[fd00::1]", false},
        {"kubernetes:6443", false},
        {"https://kubernetes", false},
        {"a b", false},
        {"a/b", false},
        {"a\nb", false},
        {"*.example.com", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].text, address_is_tls_name(rows[i].text) == rows[i].is_name);
}

/* One that is too long for the message that carries it to a worker. */
static void test_long_proxy(void **state)
{
    char proxy[2048] = "http://";

    (void)state;
    memset(proxy + 7, 'a', 1010);
    proxy[1017] = '\0';
    assert_null(address_proxy(proxy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_tls_names),
        cmocka_unit_test(test_long_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
