/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: kubeconfigs, files of a pod, PEM and tokens; every error names its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the above */
#include <cmocka.h>

#include "common/base/memory.h"
#include "supervisor/config/fields.h"
#include "supervisor/credentials/credentials.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A kubeconfig and the one line it gets, or NULL. "@" stands for the folder, "$NAME$" for the file
 * NAME in it as base64. */
struct row {
    const char *text;
    const char *error;
};

/* A certificate or key that the tests make, by file name. */
struct made {
    const char *certificate, *key;
    int begin_days, end_days; /* from now */
};

static void check_row(const struct row *);
static char *read_kubeconfig(const char *text, const char *context, struct credential *);
static char *read_pod(struct credential *);
static char *expand(const char *text);
static char *base64_file(const char *name);
static char *slurp(const char *name);
static void make_pair(const struct made *);
static void write_text(const char *name, const char *text);
static void write_filled(const char *name, const char *line, size_t size);
static FILE *open_file(const char *name, const char *mode);
static char *path_of(const char *name);

#define K(cluster, user)                                                                           \
    "current-context: c\ncontexts:\n- name: c\n  context: {cluster: k, user: u}\n"                 \
    "clusters:\n- name: k\n  cluster: {" cluster "}\nusers:\n- name: u\n  user: {" user "}\n"
#define S         "server: \"https://a:1\", "
#define CA        S "certificate-authority: ca.pem"
#define USER(key) "reconciler: @/k:10: users[0].user" key
#define HOST(key) "reconciler: @/k:7: clusters[0].cluster" key
#define INSTEAD   " is not supported; use a token, tokenFile, client certificate or exec plugin"
#define ITSELF    " is not supported; give the account itself the rights it needs"
#define V1        "apiVersion: client.authentication.k8s.io/v1, "
#define NO_V1     " apiVersion is not supported; expected client.authentication.k8s.io/v1 or v1beta1"
#define V1BETA1   "apiVersion: client.authentication.k8s.io/v1beta1, "
#define NO_PEM                                                                                     \
    "there is no certificate in it; expected PEM, which begins with -----BEGIN CERTIFICATE-----"
#define NO_KEY                                                                                     \
    "there is no private key in it; expected PEM, which begins with -----BEGIN PRIVATE KEY----- "  \
    "or similar"
#define NO_TOKEN "there is no token in it; expected the token of a ServiceAccount"
#define ODD_TOKEN                                                                                  \
    "the token has a space, line break or other character that no token has; expected one word"
#define NO_BASE64 "not base64 of a text; expected the output of base64 -w0"
#define NO_PROXY                                                                                   \
    "is not the address of a proxy that can be used; expected http://HOST[:PORT], or https, "      \
    "socks5 or socks5h in place of http, without user and password"
#define NOT_PAIR                                                                                   \
    "the key does not belong to the client certificate; name the two that were made together"
#define PAIR(c, k) K(CA, "client-certificate: " c ", client-key: " k)

static char folder[] = "/tmp/tlsrouted-credential-XXXXXX";

static const struct made made[] = {
    {"ca.pem", "key.pem", -1, 1},
    {"other.pem", "other-key.pem", -1, 1},
    {"old.pem", "old-key.pem", -3, -2},
    {"future.pem", "future-key.pem", 2, 3},
};

static const struct row rows[] = {
    /* the file */
    {K(CA, "token: t"), NULL},
    {"{\"current-context\":\"c\",\"kind\":\"Config\",\"contexts\":[{\"name\":\"c\",\"context\":"
     "{\"cluster\":\"k\",\"user\":\"u\",\"namespace\":\"n\"}}],\"clusters\":[{\"name\":\"k\","
     "\"cluster\":{\"server\":\"https:\\/\\/a:1\",\"certificate-authority\":\"@/ca.pem\","
     "\"insecure-skip-tls-verify\":false,\"proxy-url\":\"\"}}],\"users\":[{\"name\":\"u\",\"user\":"
     "{\"token\":\"t\",\"exec\":null,\"username\":\"\",\"as-groups\":[],\"as-user-extra\":{}}}]}",
     NULL},
    {"a: [\n", "reconciler: @/k:2: broken YAML: did not find expected node content; expected "
               "\"key: value\" lines, indented by spaces, or JSON"},
    {"users: 1\n", "reconciler: @/k:1: users: found text; expected a list"},
    {"users:\n- name: u\n  user: {token: [t]}\n",
     "reconciler: @/k:3: users[0].user.token: found a list; expected text"},
    {"users: &a []\nclusters: *a\n",
     "reconciler: @/k:2: an alias (\"*name\"); write the value itself"},
    /* contexts, clusters, users */
    {"kind: Config\nclusters: null\nusers: null\ncontexts: null\ncurrent-context: \"\"\n",
     "reconciler: @/k:5: current-context: is missing; set it, or name a context in "
     "credentials.reconciler.context"},
    {"apiVersion: v1\n",
     "reconciler: @/k:1: current-context: is missing; set it, or name a context "
     "in credentials.reconciler.context"},
    {"current-context: c\n",
     "reconciler: @/k:1: contexts: there is no \"c\", which current-context "
     "names; expected one of (none there)"},
    {"current-context: c\ncontexts: [{name: a}, {name: b}, {}]\n",
     "reconciler: @/k:2: contexts: there is no \"c\", which current-context names; expected one of "
     "a, b, (without a name)"},
    {"current-context: c\ncontexts: [{name: c}, {name: c}]\n",
     "reconciler: @/k:2: contexts: \"c\" is there twice; remove one of them"},
    {"current-context: c\ncontexts:\n- name: c\n",
     "reconciler: @/k:3: contexts[0].context.cluster: is missing; expected the name of one of the "
     "clusters"},
    {"current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: x}]\n",
     "reconciler: @/k:3: clusters: there is no \"k\", which contexts[0].context.cluster names; "
     "expected one of x"},
    {"current-context: c\ncontexts: [{name: c, context: {cluster: k, user: v}}]\n"
     "clusters: [{name: k, cluster: {" S "}}]\nusers: [{name: u}]\n",
     "reconciler: @/k:4: users: there is no \"v\", which contexts[0].context.user names; expected "
     "one of u"},
    {"current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
     "clusters: [{name: k, cluster: {" S "}}]\n",
     "reconciler: @/k:2: contexts[0].context.user: is missing; expected the name of one of the "
     "users"},
    /* the cluster */
    {K("", "token: t"), HOST(".server: is missing; expected https://HOST[:PORT][/PREFIX]")},
    {K("server: \"http://a\"", "token: t"),
     HOST(".server: \"http://a\" is not the address of an API server; expected "
          "https://HOST[:PORT][/PREFIX]")},
    {K(CA ", insecure-skip-tls-verify: true", "token: t"),
     HOST(".insecure-skip-tls-verify: is not supported; give the server's authority as "
          "certificate-authority")},
    {K(CA ", insecure-skip-tls-verify: true, tls-server-name: b", "token: t"),
     HOST(".insecure-skip-tls-verify: is not supported; give the server's authority as "
          "certificate-authority")},
    {K(CA ", tls-server-name: b", "token: t"), NULL},
    {K(CA ", tls-server-name: \"\"", "token: t"), NULL},
    {K(CA ", tls-server-name: \"b:1\"", "token: t"),
     HOST(".tls-server-name: \"b:1\" is not a name that a certificate can be for; expected that "
          "of a host, or an IP address")},
    {K(CA ", proxy-url: b", "token: t"), HOST(".proxy-url: " NO_PROXY)},
    {K(CA ", proxy-url: \"socks4://proxy\"", "token: t"), HOST(".proxy-url: " NO_PROXY)},
    {K(CA ", proxy-url: \"https://proxy\"", "token: t"), NULL},
    {K(CA ", proxy-url: \"socks5://proxy:1080\"", "token: t"), NULL},
    {K(CA ", proxy-url: \"socks5h://proxy\"", "token: t"), NULL},
    {K(CA ", proxy-url: \"http://me:secret@proxy\"", "token: t"), HOST(".proxy-url: " NO_PROXY)},
    {K(CA ", proxy-url: \"http://proxy:3128/\"", "token: t"), NULL},
    {K(S "certificate-authority: none", "token: t"),
     "reconciler: @/none: No such file or directory; create it or name another file in "
     "@/k:7: clusters[0].cluster.certificate-authority"},
    {K(S "certificate-authority: words", "token: t"), "reconciler: @/words: " NO_PEM},
    {K(S "certificate-authority: empty", "token: t"), "reconciler: @/empty: " NO_PEM},
    {K(S "certificate-authority: key.pem", "token: t"), "reconciler: @/key.pem: " NO_PEM},
    {K(S "certificate-authority: big", "token: t"),
     "reconciler: @/big: larger than 512 KiB; name the right file in @/k:7: "
     "clusters[0].cluster.certificate-authority"},
    {K(S "certificate-authority-data: $big$", "token: t"),
     HOST(".certificate-authority-data: larger than 512 KiB; give the right one")},
    {K(S "certificate-authority-data: $words$", "token: t"),
     HOST(".certificate-authority-data: " NO_PEM)},
    {K(S "certificate-authority-data: \"A A A\"", "token: t"),
     HOST(".certificate-authority-data: " NO_BASE64)},
    {K(S "certificate-authority-data: \"AA=A\"", "token: t"),
     HOST(".certificate-authority-data: " NO_BASE64)},
    {K(S "certificate-authority-data: \"A===\"", "token: t"),
     HOST(".certificate-authority-data: " NO_BASE64)},
    {K(S "certificate-authority-data: \"AA-_\"", "token: t"),
     HOST(".certificate-authority-data: " NO_BASE64)},
    {K(S "certificate-authority-data: \"YQBi\"", "token: t"),
     HOST(".certificate-authority-data: " NO_BASE64)},
    {K(S "certificate-authority-data: $ca.pem$, certificate-authority: none", "token: t"), NULL},
    /* the user */
    {K(CA, ""), USER(": has no credential; expected token, tokenFile, client-certificate with "
                     "client-key, or exec")},
    {K(CA, "exec: {" V1 "command: c}"), NULL},
    {K(CA,
       "exec: {" V1 "command: ./c, args: [a, \"\", ~], env: [{name: A, value: b=c}, {name: B}], "
       "interactiveMode: IfAvailable, provideClusterInfo: true, installHint: buy one}"),
     NULL},
    {K(CA, "token: t, exec: {command: c}"),
     USER(".exec: is given together with a token or client certificate; remove one of them")},
    {K(CA, "exec: {" V1 "args: []}"), USER(".exec: command is missing; expected a program")},
    {K(CA, "exec: {command: c}"), USER(".exec:" NO_V1)},
    {K(CA, "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: c}"),
     USER(".exec:" NO_V1)},
    {K(CA, "exec: {" V1BETA1 "command: gke-gcloud-auth-plugin, installHint: x, args: null, "
           "env: null, provideClusterInfo: true}"),
     NULL},
    {K(CA, "exec: {" V1BETA1 "command: aws, args: [--region, eu, eks, get-token], "
           "env: [{name: AWS_PROFILE, value: p}]}"),
     NULL},
    {K(CA, "exec: {" V1 "command: c, interactiveMode: Always}"),
     USER(".exec: interactiveMode is Always, and nobody is there to ask; expected Never or "
          "IfAvailable")},
    {K(CA, "exec: {" V1 "command: c, env: [{value: a}]}"),
     USER(".exec: env has an entry without a proper name")},
    {K(CA, "exec: {" V1 "command: c, env: [{name: \"a=b\", value: a}]}"),
     USER(".exec: env has an entry without a proper name")},
    {K(CA, "exec: c"), USER(".exec: found text; expected a section with the keys apiVersion, "
                            "command, interactiveMode, provideClusterInfo, args, env")},
    {K(CA, "token: t, auth-provider: {name: c}"), USER(".auth-provider:" INSTEAD)},
    {K(CA, "token: t, username: c"), USER(".username:" INSTEAD)},
    {K(CA, "token: t, password: c"), USER(".password:" INSTEAD)},
    {K(CA, "token: t, as: c"), USER(".as:" ITSELF)},
    {K(CA, "token: t, as-uid: c"), USER(".as-uid:" ITSELF)},
    {K(CA, "token: t, as-groups: [c]"), USER(".as-groups:" ITSELF)},
    {K(CA, "token: t, as-user-extra: {c: [d]}"), USER(".as-user-extra:" ITSELF)},
    {K(CA, "token: t, token: u"), "reconciler: @/k:10: users[0].user.token: given twice, first in "
                                  "line 10; remove one of them"},
    {K(CA, "token: \" \""), USER(".token: " NO_TOKEN)},
    {K(CA, "token: \"a b\""), USER(".token: " ODD_TOKEN)},
    {K(CA, "token: \"a\\r\\nHost: b\""), USER(".token: " ODD_TOKEN)},
    {K(CA, "token: \"a\\x7f\""), USER(".token: " ODD_TOKEN)},
    {K(CA, "token: \"\\u00e4\""), USER(".token: " ODD_TOKEN)},
    {K(CA, "tokenFile: empty"), "reconciler: @/empty: " NO_TOKEN},
    {K(CA, "tokenFile: words"), "reconciler: @/words: " ODD_TOKEN},
    {K(CA, "tokenFile: none"),
     "reconciler: @/none: No such file or directory; create it or name another file in "
     "@/k:10: users[0].user.tokenFile"},
    {K(CA, "tokenFile: ."),
     "reconciler: @/.: not a regular file; name a regular file in @/k:10: users[0].user.tokenFile"},
    {K(CA, "tokenFile: long-token"),
     "reconciler: @/long-token: larger than 16 KiB; name the right file in @/k:10: "
     "users[0].user.tokenFile"},
    {K(CA, "tokenFile: \"no\\nne\""),
     "reconciler: @/no?ne: No such file or directory; create it or name another file in "
     "@/k:10: users[0].user.tokenFile"},
    /* certificates and keys */
    {PAIR("ca.pem", "key.pem"), NULL},
    {PAIR("ca.pem", "other-key.pem"), "reconciler: @/other-key.pem: " NOT_PAIR},
    {K(CA, "client-certificate: ca.pem, client-key-data: $other-key.pem$"),
     USER(".client-key-data: " NOT_PAIR)},
    {PAIR("words", "key.pem"), "reconciler: @/words: " NO_PEM},
    {PAIR("ca.pem", "words"), "reconciler: @/words: " NO_KEY},
    {PAIR("ca.pem", "ca.pem"), "reconciler: @/ca.pem: " NO_KEY},
    {PAIR("ca.pem", "locked.pem"),
     "reconciler: @/locked.pem: the key in it has a passphrase; expected one without"},
    {K(CA, "client-certificate: ca.pem"),
     USER(": has a client-certificate without client-key; add the key")},
    {K(CA, "client-key: key.pem"),
     USER(": has a client-key without client-certificate; add the certificate")},
};

/* Errors with a part that is OpenSSL's or the clock's: how they begin and end. */
static const struct {
    const char *text, *begin, *end;
} open_rows[] = {
    {PAIR("old.pem", "old-key.pem"), "reconciler: @/old.pem: the certificate expired on 20",
     "Z; issue a new one"},
    {PAIR("future.pem", "future-key.pem"),
     "reconciler: @/future.pem: the certificate is not valid before 20",
     "Z; check the clock of this machine or issue a new one"},
    {K(S "certificate-authority: broken.pem", "token: t"),
     "reconciler: @/broken.pem: certificate 2 in it is broken (", "); copy it again"},
    {K(S "certificate-authority: cut.pem", "token: t"),
     "reconciler: @/cut.pem: certificate 1 in it is broken (", "); copy it again"},
    {PAIR("ca.pem", "broken-key.pem"),
     "reconciler: @/broken-key.pem: the private key in it is broken (", "); copy it again"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void test_open_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(open_rows) / sizeof(open_rows[0]); i++) {
        struct credential credential;
        char *error = read_kubeconfig(open_rows[i].text, NULL, &credential);
        char *begin = expand(open_rows[i].begin);

        assert_non_null(error);
        if (strncmp(error, begin, strlen(begin)) != 0)
            assert_string_equal(error, begin);
        assert_string_equal(error + strlen(error) - strlen(open_rows[i].end), open_rows[i].end);
        assert_null(credential.server);
        free(begin);
        free(error);
    }
}

static void test_missing_kubeconfig(void **state)
{
    struct config config = {.credentials[ROLE_RECONCILER] = {.kubeconfig = path_of("none")}};
    struct credential credential;
    char *error = credentials_read_role(&config, ROLE_RECONCILER, &credential);
    char *expected = expand("reconciler: @/none: No such file or directory; create it or name "
                            "another file in credentials.reconciler.kubeconfig");

    (void)state;
    assert_string_equal(error, expected);
    free(expected);
    free(error);
    free(config.credentials[ROLE_RECONCILER].kubeconfig);
}

static void test_values(void **state)
{
    struct credential credential;
    char *ca = slurp("ca.pem"), *key = slurp("key.pem");

    (void)state;
    assert_null(read_kubeconfig(K("server: \"https://a:1/\", certificate-authority-data: "
                                  "$ca.pem$",
                                  "token: nobody, tokenFile: token, client-certificate-data: "
                                  "$ca.pem$, client-certificate: none, client-key: @/key.pem"),
                                NULL, &credential));
    assert_string_equal(credential.server, "https://a:1");
    assert_string_equal(credential.ca_pem, ca);
    assert_string_equal(credential.token, "abc.def");
    assert_string_equal(credential.certificate_pem, ca);
    assert_string_equal(credential.key_pem, key);
    credential_clear(&credential);
    assert_null(credential.token);
    free(ca);
    free(key);
}

static void test_context(void **state)
{
    static const char text[] = "current-context: a\ncontexts:\n"
                               "- {name: a, context: {cluster: k, user: x}}\n"
                               "- {name: b, context: {cluster: k, user: y}}\n"
                               "clusters: [{name: k, cluster: {" CA "}}]\n"
                               "users: [{name: x, user: {token: tx}}, {name: y, user: {token: ty}}]"
                               "\n";
    struct credential credential;
    char *error, *expected;

    (void)state;
    assert_null(read_kubeconfig(text, NULL, &credential));
    assert_string_equal(credential.token, "tx");
    credential_clear(&credential);
    assert_null(read_kubeconfig(text, "b", &credential));
    assert_string_equal(credential.token, "ty");
    credential_clear(&credential);
    error = read_kubeconfig(text, "z", &credential);
    expected = expand("reconciler: @/k:2: contexts: there is no \"z\", which "
                      "credentials.reconciler.context names; expected one of a, b");
    assert_string_equal(error, expected);
    free(expected);
    free(error);
}

static void test_system_authorities(void **state)
{
    struct credential credential;
    char *error = read_kubeconfig(K(S, "token: t"), NULL, &credential);

    (void)state;
    if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0) {
        assert_null(error);
        assert_non_null(strstr(credential.ca_pem, "BEGIN CERTIFICATE"));
        credential_clear(&credential);
    } else {
        assert_non_null(strstr(error, "reconciler: /etc/ssl/certs/ca-certificates.crt: "));
        assert_non_null(strstr(error, "certificate-authority of the cluster in "));
        free(error);
    }
}

static void test_pod(void **state)
{
    struct credential credential;
    char *ca = slurp("ca.pem");

    (void)state;
    assert_null(read_pod(&credential));
    assert_string_equal(credential.server, "https://a:1");
    assert_string_equal(credential.ca_pem, ca);
    assert_string_equal(credential.token, "abc.def");
    assert_null(credential.certificate_pem);
    assert_null(credential.key_pem);
    credential_clear(&credential);
    free(ca);
}

static void test_pod_errors(void **state)
{
    static const struct {
        const char *missing, *error;
    } missing[] = {
        {"ca.pem", "watcher: @/ca.pem: No such file or directory; create it or name another file "
                   "in cluster.caFile"},
        {"token", "watcher: @/token: No such file or directory; create it or name another file in "
                  "credentials.watcher.tokenFile"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        struct credential credential;
        char *path = path_of(missing[i].missing), *aside = path_of("aside"), *error;
        char *expected = expand(missing[i].error);

        assert_int_equal(rename(path, aside), 0);
        error = read_pod(&credential);
        assert_int_equal(rename(aside, path), 0);
        assert_string_equal(error, expected);
        free(error);
        free(expected);
        free(path);
        free(aside);
    }
}

static void test_same(void **state)
{
    const struct credential a = {.server = "s", .ca_pem = "c", .token = "t"};
    struct credential b = a;

    (void)state;
    assert_true(credential_same_server(&a, &b));
    assert_true(credential_same_identity(&a, &b));
    b.token = "u";
    assert_true(credential_same_server(&a, &b));
    assert_false(credential_same_identity(&a, &b));
    b = a;
    b.key_pem = "k";
    assert_false(credential_same_identity(&a, &b));
    b = a;
    b.certificate_pem = "k";
    assert_false(credential_same_identity(&a, &b));
    b = a;
    b.server = "r";
    assert_false(credential_same_server(&a, &b));
    b = a;
    b.ca_pem = "d";
    assert_false(credential_same_server(&a, &b));
    assert_true(credential_same_identity(&a, &b));
}

/* The warning comes once for a file, and only if everyone can read it. */
static void test_warning(void **state)
{
    char *path = path_of("k"), *log = path_of("log"), *lines;
    struct credential credential;
    int saved = dup(STDERR_FILENO), fd = open(log, O_RDWR | O_CREAT | O_TRUNC, 0600);

    (void)state;
    dup2(fd, STDERR_FILENO);
    for (unsigned i = 0; i < 3; i++) {
        chmod(path, i == 0 ? 0640 : 0644);
        assert_null(read_kubeconfig(K(CA, "token: t"), NULL, &credential));
        credential_clear(&credential);
    }
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    lines = slurp("log");
    assert_non_null(strstr(lines, "level=warning"));
    assert_non_null(strstr(lines, path));
    assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
    free(lines);
    free(log);
    free(path);
}

/* What a kubeconfig says of its plugin, and what a plugin gives. */
static void test_plugin(void **state)
{
    struct credential credential, again;
    char *error = read_kubeconfig(
        K(CA, "exec: {" V1 "command: ./c, args: [a, b c, \"\"], env: [{name: A, value: b=c}, "
              "{name: B}], provideClusterInfo: true}"),
        NULL, &credential);
    char *command = path_of("./c"), *variable;

    (void)state;
    assert_null(error);
    assert_string_equal(credential.plugin->version, "client.authentication.k8s.io/v1");
    assert_string_equal(credential.plugin->command, command);
    assert_true(credential.plugin->wants_cluster);
    assert_int_equal(credential.plugin->arguments.count, 3);
    assert_memory_equal(credential.plugin->arguments.bytes, "a\0b c\0", 7);
    variable = (char *)text_list_next(&credential.plugin->variables, NULL);
    assert_string_equal(variable, "A=b=c");
    assert_string_equal(text_list_next(&credential.plugin->variables, variable), "B=");
    assert_true(credential.comes_later);
    assert_false(credential_is_complete(&credential));
    assert_false(credential_set_identity(&credential, "", "", "", 0));
    assert_false(credential_set_identity(&credential, "a b", NULL, NULL, 0));
    assert_false(credential_set_identity(&credential, "t", "c", "", 0));
    assert_false(credential_set_identity(&credential, NULL, NULL, "k", 0));
    assert_false(credential_is_complete(&credential));
    assert_true(credential_set_identity(&credential, "", "c", "k", 0));
    assert_true(credential_is_complete(&credential));
    assert_true(credential_set_identity(&credential, "t", "", NULL, 60));
    assert_string_equal(credential.token, "t");
    assert_in_range(credential.expires, time(NULL), time(NULL) + 60);
    assert_null(credential.key_pem);
    /* It outlives a file that is read again, unless another plugin stands there. */
    assert_null(read_kubeconfig(K(CA, "exec: {" V1BETA1 "command: c}"), NULL, &again));
    assert_string_equal(again.plugin->version, "client.authentication.k8s.io/v1beta1");
    assert_string_equal(again.plugin->command, "c");
    credential_keep(&again, &credential);
    assert_null(again.token);
    exec_plugin_free(again.plugin);
    again.plugin = credential.plugin;
    credential.plugin = NULL;
    credential_keep(&again, &credential);
    assert_null(again.token);
    credential.plugin = again.plugin;
    credential_keep(&again, &credential);
    assert_string_equal(again.token, "t");
    assert_null(credential.token);
    credential.plugin = NULL;
    credential_clear(&credential);
    credential_clear(&again);
    free(command);
}

static void check_row(const struct row *row)
{
    struct credential credential;
    char *error = read_kubeconfig(row->text, NULL, &credential);

    if (row->error == NULL) {
        if (error != NULL)
            fail_msg("%s", error);
        credential_clear(&credential);
    } else {
        char *expected = expand(row->error);

        assert_non_null(error);
        assert_string_equal(error, expected);
        assert_null(credential.server);
        free(expected);
    }
    free(error);
}

static char *read_kubeconfig(const char *text, const char *context, struct credential *credential)
{
    struct config config = {0};
    char *expanded = expand(text), *name = memory_text(context), *error;

    write_text("k", expanded);
    config.credentials[ROLE_RECONCILER].kubeconfig = path_of("k");
    config.credentials[ROLE_RECONCILER].context = name;
    error = credentials_read_role(&config, ROLE_RECONCILER, credential);
    config_clear(&config);
    free(expanded);
    return error;
}

static char *read_pod(struct credential *credential)
{
    struct config config = {.server = memory_text("https://a:1"), .ca_file = path_of("ca.pem")};
    char *error;

    config.credentials[ROLE_WATCHER].token_file = path_of("token");
    error = credentials_read_role(&config, ROLE_WATCHER, credential);
    config_clear(&config);
    return error;
}

/* TEXT with "@" and "$NAME$" replaced. The caller frees it. */
static char *expand(const char *text)
{
    char *expanded = memory_text("");

    while (*text != '\0') {
        size_t length = strcspn(text, "@$");
        char *value = NULL, *longer;

        longer = memory_format("%s%.*s", expanded, (int)length, text);
        text += length;
        if (*text == '$') {
            char *name = memory_bytes(text + 1, strcspn(text + 1, "$"));

            value = base64_file(name);
            text += strlen(name) + 2;
            free(name);
        } else if (*text == '@') {
            value = memory_text(folder);
            text++;
        }
        free(expanded);
        expanded = memory_format("%s%s", longer, value != NULL ? value : "");
        free(longer);
        free(value);
    }
    return expanded;
}

static char *base64_file(const char *name)
{
    char *text = slurp(name);
    size_t size = strlen(text);
    char *encoded = memory_new(size * 2 + 8, 1);

    EVP_EncodeBlock((unsigned char *)encoded, (unsigned char *)text, (int)size);
    free(text);
    return encoded;
}

static char *slurp(const char *name)
{
    FILE *file = open_file(name, "r");
    char *text = memory_new(1024 * 1024, 1);

    assert_true(fread(text, 1, 1024 * 1024 - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void make_pair(const struct made *what)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *file;

    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), what->begin_days * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), what->end_days * 86400L);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    file = open_file(what->certificate, "w");
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fclose(file);
    file = open_file(what->key, "w");
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    file = open_file("locked.pem", "w");
    assert_int_equal(PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), NULL, 0, NULL, "pass"), 1);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void write_text(const char *name, const char *text)
{
    FILE *file = open_file(name, "w");

    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void write_filled(const char *name, const char *line, size_t size)
{
    FILE *file = open_file(name, "w");

    for (size_t i = 0; i < size; i += strlen(line))
        fputs(line, file);
    assert_int_equal(fclose(file), 0);
}

static FILE *open_file(const char *name, const char *mode)
{
    char *path = path_of(name);
    FILE *file = fopen(path, mode);

    assert_non_null(file);
    free(path);
    return file;
}

static char *path_of(const char *name)
{
    return memory_format("%s/%s", folder, name);
}

static int set_up(void **state)
{
    char *ca, *text;

    (void)state;
    umask(077);
    if (mkdtemp(folder) == NULL)
        return -1;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        make_pair(&made[i]);
    write_text("empty", "");
    write_text("words", "a few words\n");
    write_text("token", "abc.def \r\n\n");
    write_filled("long-token", "a", 16 * 1024 + 1);
    write_filled("big", "0123456789abcdef", 512 * 1024 + 16);
    ca = slurp("ca.pem");
    text = memory_format("%s-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ca);
    write_text("broken.pem", text);
    ca[strlen(ca) / 2] = '\0';
    write_text("cut.pem", ca);
    write_text("broken-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    free(text);
    free(ca);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"empty",      "words",          "token",   "long-token",
                                        "big",        "broken.pem",     "cut.pem", "k",
                                        "locked.pem", "broken-key.pem", "log"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = path_of(names[i]);

        unlink(path);
        free(path);
    }
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        char *certificate = path_of(made[i].certificate), *key = path_of(made[i].key);

        unlink(certificate);
        unlink(key);
        free(certificate);
        free(key);
    }
    return rmdir(folder);
}

/* A name may hold what ends a line; who reads only the kubeconfig gets one line, too. */
static void test_one_line(void **state)
{
    static const struct kubeconfig_named_by named_by = {"--kubeconfig", "--context"};
    struct kubeconfig kubeconfig;
    char *path = path_of("k"), *error;

    (void)state;
    write_text("k", "current-context: \"a\\nb\\x7f\"\ncontexts: []\n");
    error = kubeconfig_read(path, NULL, &named_by, &kubeconfig);
    assert_non_null(strstr(error, "there is no \"a?b?\""));
    free(error);
    error = kubeconfig_read("/no\nwhere", NULL, &named_by, &kubeconfig);
    assert_int_equal(strncmp(error, "/no?where: ", 11), 0);
    free(error);
    free(path);
}

/* Whoever reads only the kubeconfig has to run its plugin. */
static void test_plugin_by_hand(void **state)
{
    static const struct kubeconfig_named_by named_by = {"--kubeconfig", "--context"};
    struct credential credential;
    char *path = path_of("k");

    (void)state;
    write_text("k", K(CA, "exec: {" V1 "command: c}"));
    assert_null(credential_read_kubeconfig(path, NULL, &named_by, &credential));
    assert_string_equal(credential.plugin->command, "c");
    assert_false(credential_is_complete(&credential));
    credential_clear(&credential);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugin),
        cmocka_unit_test(test_plugin_by_hand),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_open_rows),
        cmocka_unit_test(test_missing_kubeconfig),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_system_authorities),
        cmocka_unit_test(test_pod),
        cmocka_unit_test(test_pod_errors),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_warning),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
