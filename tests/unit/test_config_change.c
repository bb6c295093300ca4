/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration that is read again asks of the running processes. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "supervisor/config/change.h"
#include "supervisor/config/read.h"

#include <stdio.h>
#include <unistd.h>

#define GIVEN                                                                                      \
    "credentials: {watcher: {kubeconfig: w}, reconciler: {kubeconfig: r}, "                        \
    "certpatcher: {kubeconfig: c}}\n"
#define CLUSTER   "cluster: {server: https://api.example.com}\n"
#define REQUESTED CLUSTER "credentials: {source: token-request}\n"
#define ALL       "watcher reconciler certpatcher minter "

static struct config read_text(const char *text)
{
    char path[] = "/tmp/tlsrouted-config-change-XXXXXX";
    int descriptor = mkstemp(path);
    struct config config;
    char *error;

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    error = config_read(path, &config);
    unlink(path);
    if (error != NULL)
        fail_msg("a test's configuration is broken: %s", error);
    return config;
}

static void test_restarts(void **state)
{
    static const struct {
        const char *old, *now, *restarts;
    } rows[] = {
        {GIVEN, GIVEN, ""},
        {GIVEN, GIVEN "log: {level: debug}\n", ""},
        {GIVEN, GIVEN "heartbeat: {interval: 1}\n", ""},
        {GIVEN, GIVEN "namespaces: [a]\n", ALL},
        {GIVEN "namespaces: [a]\n", GIVEN "namespaces: [b]\n", ALL},
        {GIVEN, GIVEN "poolSelector: a=b\n", ALL},
        {GIVEN, GIVEN "services: never\n", ALL},
        {GIVEN, GIVEN "conflicts: warn\n", ALL},
        {GIVEN, GIVEN "certificates: {withdraw: never}\n", ALL},
        {GIVEN, GIVEN "certificates: {grace: 1}\n", ALL},
        {GIVEN, GIVEN "certificates: {reissue: pending}\n", ALL},
        {GIVEN, GIVEN "certificates: {maxNames: 1}\n", ALL},
        {REQUESTED, REQUESTED, ""},
        {REQUESTED, CLUSTER "credentials: {source: token-request, secret: s}\n", "minter "},
        {REQUESTED, CLUSTER "credentials: {source: token-request, watcher: {serviceAccount: w}}\n",
         "minter "},
        {REQUESTED, CLUSTER "credentials: {source: token-request, namespace: n}\n", "minter "},
        {GIVEN, GIVEN "metrics: {listen: 127.0.0.1:1}\n", ""},
        {GIVEN, GIVEN "control: {socket: /s, group: staff}\n", ""},
        {GIVEN, GIVEN "lease: {namespace: n}\n", ALL},
        {GIVEN "lease: {namespace: n}\n", GIVEN "lease: {namespace: n, duration: 3}\n", ALL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config old = read_text(rows[i].old), now = read_text(rows[i].now);
        char restarts[64] = "";

        for (enum role role = 0; role < ROLE_WORKERS; role++) {
            if (config_change_restarts(&now, &old, role)) {
                strcat(restarts, role_name(role));
                strcat(restarts, " ");
            }
        }
        CHECK_ROW_TEXT(rows[i].now, restarts, rows[i].restarts);
        config_clear(&old);
        config_clear(&now);
    }
}

static void test_source(void **state)
{
    struct config given = read_text(GIVEN), requested = read_text(REQUESTED);
    char *problem = config_change_problem(&requested, &given),
         *other_problem = config_change_problem(&given, &requested);

    (void)state;
    assert_string_equal(problem, "credentials.source changes to or from token-request only with a "
                                 "restart of tlsrouted");
    assert_string_equal(other_problem, problem);
    assert_null(config_change_problem(&given, &given));
    assert_null(config_change_problem(&requested, &requested));
    free(problem);
    free(other_problem);
    config_clear(&given);
    config_clear(&requested);
}

static void test_keep(void **state)
{
    struct config old = read_text(GIVEN "metrics: {listen: 127.0.0.1:1}\nsandbox: enforce\n"),
                  now = read_text(GIVEN "sandbox: off\nsandboxUids: 7\nlog: {level: debug}\n");
    char *kept;

    (void)state;
    kept = config_change_keep(&now, &old);
    assert_string_equal(kept, "sandbox, sandboxUids, metrics.listen");
    free(kept);
    assert_string_equal(now.metrics_listen, "127.0.0.1:1");
    assert_int_equal(now.sandbox, SANDBOX_ENFORCE);
    assert_int_equal(now.sandbox_uids, old.sandbox_uids);
    assert_int_equal(now.log_level, LOG_DEBUG);
    memory_replace(&old.metrics_listen, NULL);
    free(config_change_keep(&now, &old));
    assert_null(now.metrics_listen);
    assert_null(config_change_keep(&now, &old));
    config_clear(&old);
    config_clear(&now);
}

/* What was written in a namespace that is no longer served stays there. */
static void test_left(void **state)
{
    static const struct {
        const char *old, *now, *left;
    } rows[] = {
        {GIVEN, GIVEN, NULL},
        {GIVEN "namespaces: [a, b]\n", GIVEN "namespaces: [b, a]\n", NULL},
        {GIVEN "namespaces: [a]\n", GIVEN "namespaces: [b, a]\n", NULL},
        {GIVEN "namespaces: [a]\n", GIVEN, NULL},
        {GIVEN "namespaces: [a, b, c]\n", GIVEN "namespaces: [b]\n", "a, c"},
        {GIVEN, GIVEN "namespaces: [b]\n", "all but those in the configuration"},
        {GIVEN "namespaces: [a, b, c, d, e, f, g, h, i, j, k, l, m]\n", GIVEN "namespaces: [a]\n",
         "b, c, d, e, f, g, h, i, j, k and 2 more"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config old = read_text(rows[i].old), now = read_text(rows[i].now);
        char *left = config_change_left(&now, &old);

        CHECK_ROW_TEXT(rows[i].old, left, rows[i].left);
        free(left);
        config_clear(&old);
        config_clear(&now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_left),
    };

    return cmocka_run_group_tests_name("config_change", tests, NULL, NULL);
}
