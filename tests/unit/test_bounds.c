/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is read from a configuration or a kubeconfig, and then does not fit the message that
 * carries it, would abort the daemon: so the longest that each reader accepts is put into its
 * message. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/credential.h"
#include "supervisor/config/read.h"
#include "supervisor/config/settings.h"

#include <stdio.h>
#include <unistd.h>

enum {
    TRIED_MAX = 70000, /* bytes */
};

/* A text that is read, and the message that it goes into. */
struct row {
    const char *name;
    const char *format;                              /* what "%s", many letters, is put into */
    bool (*accepts)(const char *text);               /* the reader */
    void (*put)(const char *text, struct message *); /* an empty message */
    enum message_type type;
    size_t least; /* letters that have to be accepted */
};

static char folder[] = "/tmp/tlsrouted-bounds-XXXXXX";
static char *path;

static char *letters(size_t count)
{
    char *text = memory_new(count + 1, 1);

    memset(text, 'a', count);
    return text;
}

static char *filled(const char *format, size_t count)
{
    const char *place = strstr(format, "%s");
    char *inner = letters(count);
    char *text = memory_format("%.*s%s%s", (int)(place - format), format, inner, place + 2);

    free(inner);
    return text;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static bool is_server(const char *text)
{
    char *server = address_server(text);

    free(server);
    return server != NULL;
}

static bool is_proxy(const char *text)
{
    char *proxy = address_proxy(text);

    free(proxy);
    return proxy != NULL;
}

static bool is_config(const char *text)
{
    struct config config;
    char *problem;

    write_file(text);
    problem = config_read(path, &config);
    if (problem == NULL)
        config_clear(&config);
    free(problem);
    return problem == NULL;
}

/* Returns whether the kubeconfig TEXT can be used, and fills *CREDENTIAL then. */
static bool read_kubeconfig(const char *text, struct credential *credential)
{
    const struct kubeconfig_named_by named_by = {"file", "context"};
    struct kubeconfig kubeconfig;
    char *problem;

    write_file(text);
    *credential = (struct credential){0};
    problem = kubeconfig_read(path, NULL, &named_by, &kubeconfig);
    if (problem == NULL)
        problem = credential_read(&kubeconfig, credential);
    if (problem != NULL)
        credential_clear(credential);
    kubeconfig_clear(&kubeconfig);
    free(problem);
    return problem == NULL;
}

static bool is_kubeconfig(const char *text)
{
    struct credential credential;
    bool is_good = read_kubeconfig(text, &credential);

    credential_clear(&credential);
    return is_good;
}

static bool is_token(const char *text)
{
    struct credential credential = {0};
    bool is_good = credential_set_identity(&credential, text, NULL, NULL, 0);

    credential_clear(&credential);
    return is_good;
}

static bool is_certificate(const char *text)
{
    struct credential credential = {0};
    bool is_good = credential_set_identity(&credential, NULL, text, "key", 0);

    credential_clear(&credential);
    return is_good;
}

static bool is_key(const char *text)
{
    struct credential credential = {0};
    bool is_good = credential_set_identity(&credential, NULL, "certificate", text, 0);

    credential_clear(&credential);
    return is_good;
}

/* What the put functions leave to the message. */
static struct config config;
static struct credential credential;
static struct address address;

static void put_host(const char *text, struct message *message)
{
    address = address_of_url(text);
    message->resolve_request.host = address.host;
}

static void put_server(const char *text, struct message *message)
{
    message->settings.server = text;
}

static void put_proxy(const char *text, struct message *message)
{
    message->settings.proxy = credential.proxy = address_proxy(text);
}

static void put_config(const char *text, struct message *message)
{
    write_file(text);
    assert_null(config_read(path, &config));
    settings_fill(&message->settings, &config);
}

static void put_mint(const char *text, struct message *message)
{
    write_file(text);
    assert_null(config_read(path, &config));
    message->mint.namespace = config.token_namespace;
    message->mint.account = config.credentials[ROLE_WATCHER].account;
    message->mint.secret = config.token_secret;
}

static void put_token(const char *text, struct message *message)
{
    message->identity.token = text;
}

static void put_certificate(const char *text, struct message *message)
{
    message->identity.certificate_pem = text;
}

static void put_key(const char *text, struct message *message)
{
    message->identity.key_pem = text;
}

static void put_plugin(const char *text, struct message *message)
{
    assert_true(read_kubeconfig(text, &credential));
    *message = credential_exec_request(&credential);
}

#define CREDENTIALS                                                                                \
    "credentials: {watcher: {kubeconfig: w}, reconciler: {kubeconfig: r}, "                        \
    "certpatcher: {kubeconfig: c}}\n"
#define MINTED(more)                                                                               \
    "cluster: {server: 'https://a'}\ncredentials: {source: token-request, namespace: a, "          \
    "minter: {tokenFile: t}" more "}\n"
#define KUBECONFIG(plugin)                                                                         \
    "{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], "                 \
    "clusters: [{name: k, cluster: {server: 'https://a'}}], "                                      \
    "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, " plugin "}}}]}"

static const struct row rows[] = {
    {"host of a server", "https://%s", is_server, put_host, MESSAGE_RESOLVE_REQUEST, 253},
    {"host of a server with a port", "https://%s:1/a", is_server, put_host, MESSAGE_RESOLVE_REQUEST,
     253},
    {"host of a proxy", "http://%s", is_proxy, put_host, MESSAGE_RESOLVE_REQUEST, 253},
    {"server", "https://a/%s", is_server, put_server, MESSAGE_SETTINGS, 1000},
    {"proxy", "http://%s:65535", is_proxy, put_proxy, MESSAGE_SETTINGS, 253},
    {"poolSelector", CREDENTIALS "poolSelector: %s\n", is_config, put_config, MESSAGE_SETTINGS,
     1000},
    {"namespaces", CREDENTIALS "namespaces: [%s]\n", is_config, put_config, MESSAGE_SETTINGS, 63},
    {"lease.namespace", CREDENTIALS "lease: {namespace: %s}\n", is_config, put_config,
     MESSAGE_SETTINGS, 63},
    {"lease.name", CREDENTIALS "lease: {namespace: a, name: %s}\n", is_config, put_config,
     MESSAGE_SETTINGS, 63},
    {"serviceAccount", MINTED(", watcher: {serviceAccount: %s}"), is_config, put_mint, MESSAGE_MINT,
     253},
    {"secret", MINTED(", secret: %s"), is_config, put_mint, MESSAGE_MINT, 253},
    {"token", "%s", is_token, put_token, MESSAGE_IDENTITY, 16000},
    {"certificate", "%s", is_certificate, put_certificate, MESSAGE_IDENTITY, 32000},
    {"key", "%s", is_key, put_key, MESSAGE_IDENTITY, 16000},
    {"command", KUBECONFIG("command: %s"), is_kubeconfig, put_plugin, MESSAGE_EXEC_REQUEST, 4000},
    {"argument", KUBECONFIG("command: a, args: [a, %s]"), is_kubeconfig, put_plugin,
     MESSAGE_EXEC_REQUEST, 16000},
    {"variable", KUBECONFIG("command: a, env: [{name: a, value: %s}]"), is_kubeconfig, put_plugin,
     MESSAGE_EXEC_REQUEST, 16000},
};

/* The most letters that ROW's reader accepts. */
static size_t find_longest(const struct row *row)
{
    size_t good = 1, bad = TRIED_MAX;

    while (good + 1 < bad) {
        size_t middle = (good + bad) / 2;
        char *text = filled(row->format, middle);

        if (row->accepts(text))
            good = middle;
        else
            bad = middle;
        free(text);
    }
    return good;
}

static void test_longest(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t longest = find_longest(&rows[i]);
        char *text = filled(rows[i].format, longest), *problem;
        struct message message = message_of(rows[i].type);

        CHECK_ROW(rows[i].name, longest >= rows[i].least && longest + 2 < TRIED_MAX);
        rows[i].put(text, &message);
        problem = message_check(&message);
        CHECK_ROW_TEXT(rows[i].name, problem, NULL);
        free(problem);
        address_clear(&address);
        config_clear(&config);
        credential_clear(&credential);
        free(text);
    }
}

/* As many namespaces as there may be, each as long as possible. */
static void test_all_namespaces(void **state)
{
    struct message message = message_of(MESSAGE_SETTINGS);
    char *name = letters(59), *problem;
    FILE *file = fopen(path, "w");

    (void)state;
    fputs(CREDENTIALS "namespaces:\n", file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "- %s%04d\n", name, i);
    fclose(file);
    assert_null(config_read(path, &config));
    assert_int_equal(config.namespaces.count, 1000);
    settings_fill(&message.settings, &config);
    problem = message_check(&message);
    assert_null(problem);
    config_clear(&config);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_all_namespaces),
    };
    int failed;

    if (mkdtemp(folder) == NULL)
        return 1;
    path = memory_format("%s/file.yaml", folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    free(path);
    return failed;
}
