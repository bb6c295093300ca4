/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of `tlsroutectl setup`: what it makes of packaging/kustomize, where that is in the
 * API, what is in its files, and when a token is replaced. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "ctl/setup/minter_token.h"
#include "ctl/setup/resource.h"
#include "ctl/setup/texts.h"
#include "ctl/setup/yaml_objects.h"

#include <stdio.h>

#define CLUSTER_OBJECTS 24 /* in packaging/kustomize/cluster */
#define HOME_OBJECTS    15 /* in packaging/kustomize/namespaced */
#define WORKER_OBJECTS  6  /* a Role and a RoleBinding for each worker */
#define POLICIES        8

static struct compose_choice choice_of(const char *one, const char *two)
{
    struct compose_choice choice = {0};

    if (one != NULL)
        text_list_add(&choice.namespaces, one);
    if (two != NULL)
        text_list_add(&choice.namespaces, two);
    return choice;
}

static void test_compose(void **state)
{
    static const struct {
        const char *one, *two, *home;
        size_t count;
    } rows[] = {
        {NULL, NULL, "tlsrouted", CLUSTER_OBJECTS},
        {"puppet", NULL, "puppet", HOME_OBJECTS + POLICIES},
        {"b", "a", "b", HOME_OBJECTS + WORKER_OBJECTS + 2 * POLICIES},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct compose_choice choice = choice_of(rows[i].one, rows[i].two);
        struct json_object *objects = compose_objects(&choice);

        CHECK_ROW_TEXT(rows[i].home, compose_home(&choice), rows[i].home);
        CHECK_ROW(rows[i].home, json_count(objects) == rows[i].count);
        for (size_t j = 0; j < json_count(objects); j++) {
            struct json_object *subjects = json_at(json_item(objects, j), "subjects");

            CHECK_ROW(rows[i].home,
                      subjects == NULL || strcmp(json_text_at(json_item(subjects, 0), "namespace"),
                                                 rows[i].home) == 0);
        }
        json_object_put(objects);
        text_list_clear(&choice.namespaces);
    }
}

static void test_reissue(void **state)
{
    (void)state;
    for (int may = 0; may < 2; may++) {
        struct compose_choice choice = choice_of("a", "b");
        struct json_object *objects;
        const char *text;
        size_t count = 0;

        choice.may_reissue = may != 0;
        objects = compose_objects(&choice);
        text = json_encode(objects);
        while ((text = strstr(text, "certificates/status")) != NULL) {
            text++;
            count++;
        }
        assert_int_equal(count, may != 0 ? 2 : 0);
        json_object_put(objects);
        text_list_clear(&choice.namespaces);
    }
}

static void test_resource(void **state)
{
    static const struct {
        const char *object, *path, *title;
    } rows[] = {
        {"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}",
         "/api/v1/namespaces/n", "Namespace n"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
         "\"namespace\":\"n\"}}",
         "/api/v1/namespaces/n/secrets/s", "Secret n/s"},
        {"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\","
         "\"metadata\":{\"name\":\"r\"}}",
         "/apis/rbac.authorization.k8s.io/v1/clusterroles/r", "ClusterRole r"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *object = check_json(rows[i].object);
        char *path = resource_path(object), *title = resource_title(object);

        CHECK_ROW_TEXT(rows[i].title, path, rows[i].path);
        CHECK_ROW_TEXT(rows[i].title, title, rows[i].title);
        free(path);
        free(title);
        json_object_put(object);
    }
}

static void test_differs(void **state)
{
    static const char before[] = "{\"kind\":\"R\",\"metadata\":{\"name\":\"r\",\"uid\":\"1\","
                                 "\"resourceVersion\":\"5\"},\"rules\":[1,{\"a\":2}]}";
    static const struct {
        const char *after;
        bool differs;
    } rows[] = {
        {before, false},
        {"{\"rules\":[1,{\"a\":2}],\"kind\":\"R\",\"metadata\":{\"name\":\"r\",\"uid\":\"1\","
         "\"resourceVersion\":\"6\",\"managedFields\":[1],\"generation\":2}}",
         false},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"r\"},\"rules\":[1,{\"a\":3}]}", true},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"r\"},\"rules\":[1]}", true},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"r\"}}", true},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"r\"},\"rules\":[1,{\"a\":2}],\"x\":1}", true},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"r\",\"labels\":{}},\"rules\":[1,{\"a\":2}]}",
         true},
        {"{\"kind\":\"R\",\"metadata\":{\"name\":\"q\"},\"rules\":[1,{\"a\":2}]}", true},
    };
    struct json_object *one = check_json(before);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *two = check_json(rows[i].after);

        CHECK_ROW(rows[i].after, resource_differs(one, two) == rows[i].differs);
        CHECK_ROW(rows[i].after, resource_differs(two, one) == rows[i].differs);
        json_object_put(two);
    }
    json_object_put(one);
}

static void test_yaml(void **state)
{
    static const struct {
        const char *text, *objects;
    } rows[] = {
        {"a: 1\nb: [x, \"2\", true, ~]\n---\n---\nc: {d: 'e: f'}\n",
         "[{\"a\":1,\"b\":[\"x\",\"2\",true,null]},{\"c\":{\"d\":\"e: f\"}}]"},
        {"a: >-\n  one\n  two\nb: |\n  x\n", "[{\"a\":\"one two\",\"b\":\"x\\n\"}]"},
        {"a: 1.5\nb: 12x\nc: -3\n", "[{\"a\":\"1.5\",\"b\":\"12x\",\"c\":-3}]"},
        {"# only a comment\n", "[]"},
        {"", "[]"},
        {"a: [", "null"},
        {"a: &x {b: *x}", "[{\"a\":{\"b\":{\"b\":{\"b\":null}}}}]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_same_json(rows[i].text, yaml_objects(rows[i].text), rows[i].objects);
}

static void test_kubeconfig(void **state)
{
    struct connection_server server = {.url = (char *)"https://192.0.2.1:6443",
                                       .ca_pem = (char *)"PEM"};
    char *text = texts_kubeconfig(&server, "tlsrouted", NULL);

    (void)state;
    assert_true(texts_is_ours(text));
    assert_non_null(strstr(text, "tokenFile: minter.token"));
    assert_non_null(strstr(text, "namespace: tlsrouted"));
    assert_non_null(strstr(text, "certificate-authority-data: UEVN\n"));
    assert_null(strstr(text, "proxy-url"));
    free(text);
    server.trusts_system = true;
    server.proxy = (char *)"http://192.0.2.2:3128";
    server.tls_name = (char *)"api";
    text = texts_kubeconfig(&server, "tlsrouted", NULL);
    assert_null(strstr(text, "certificate-authority-data"));
    assert_non_null(strstr(text, "proxy-url: \"http://192.0.2.2:3128\""));
    assert_non_null(strstr(text, "tls-server-name: api\n"));
    free(text);
}

static void test_config(void **state)
{
    struct compose_choice choice = choice_of("puppet", "puppet-test");
    char *text = texts_config(&choice, NULL), *missing = texts_missing(&choice, NULL);

    (void)state;
    assert_true(texts_is_ours(text));
    assert_true(texts_names_minter(text, "puppet"));
    check_same_json(text, yaml_objects(text),
                    "[{\"namespaces\":[\"puppet\",\"puppet-test\"],\"credentials\":{"
                    "\"source\":\"token-request\",\"namespace\":\"puppet\","
                    "\"minter\":{\"kubeconfig\":\"minter.kubeconfig\"}}}]");
    assert_true(texts_names_minter(missing + strlen("add "), "puppet"));
    assert_false(texts_names_minter("log: {level: info}\n", "puppet"));
    assert_false(texts_names_minter("credentials: [", "puppet"));
    assert_false(texts_names_minter(text, "tlsrouted"));
    assert_true(texts_names_minter("credentials: {namespace: a, minter: {tokenFile: x}}\n", "a"));
    assert_false(texts_names_minter("credentials: {minter: {tokenFile: x}}\n", "a"));
    free(missing);
    free(text);
    text_list_clear(&choice.namespaces);
}

static void test_instance(void **state)
{
    const struct connection_server server = {.url = (char *)"https://192.0.2.1:6443",
                                             .ca_pem = (char *)"PEM"};
    const struct compose_choice choice = {0};
    static const struct {
        enum texts_file file;
        const char *instance, *name;
    } rows[] = {
        {TEXTS_KUBECONFIG, NULL, "minter.kubeconfig"},
        {TEXTS_KUBECONFIG, "b", "b.minter.kubeconfig"},
        {TEXTS_TOKEN, NULL, "minter.token"},
        {TEXTS_TOKEN, "b", "b.minter.token"},
        {TEXTS_CONFIG, NULL, "tlsrouted.yaml"},
        {TEXTS_CONFIG, "b", "b.yaml"},
    };
    char *text = texts_config(&choice, "b");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = texts_name(rows[i].file, rows[i].instance);

        CHECK_ROW_TEXT(rows[i].name, name, rows[i].name);
        free(name);
    }
    assert_non_null(strstr(text, "/tlsrouted-b/control.sock"));
    assert_non_null(strstr(text, "kubeconfig: b.minter.kubeconfig"));
    free(text);
    text = texts_kubeconfig(&server, "tlsrouted", "b");
    assert_non_null(strstr(text, "tokenFile: b.minter.token"));
    free(text);
}

static void test_fresh(void **state)
{
    static const struct {
        uint64_t issued, expires, now;
        bool is_fresh;
    } rows[] = {
        {1000, 2000, 1000, true}, {1000, 2000, 1499, true},  {1000, 2000, 1500, false},
        {1000, 2000, 900, true},  {1000, 2000, 3000, false}, {0, 2000, 1000, false},
        {1000, 0, 1000, false},   {2000, 1000, 500, false},
    };

    (void)state;
    assert_true(minter_token_is_short(1000, 1000 + 24 * 3600));
    assert_false(minter_token_is_short(1000, 1000 + 30 * 24 * 3600));
    assert_false(minter_token_is_short(0, 0));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char row[32];

        snprintf(row, sizeof(row), "row %zu", i);
        CHECK_ROW(row, minter_token_is_fresh(rows[i].issued, rows[i].expires, rows[i].now) ==
                           rows[i].is_fresh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compose),  cmocka_unit_test(test_reissue),
        cmocka_unit_test(test_resource), cmocka_unit_test(test_differs),
        cmocka_unit_test(test_yaml),     cmocka_unit_test(test_kubeconfig),
        cmocka_unit_test(test_config),   cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_instance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
