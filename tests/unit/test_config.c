/* SPDX-License-Identifier: Apache-2.0 */
/* tlsrouted.yaml: what is accepted, and every error with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the above */
#include <cmocka.h>

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/yaml.h"
#include "supervisor/config/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file and the one line it gets; "@" stands for the folder. */
struct bad_row {
    const char *text;
    const char *error;
};

static void write_file(const char *name, const char *bytes, size_t size);
static void expect_error(const char *name, const char *expected);
static struct config read_good(const char *text);
static char *in_folder(const char *text);
static void set_pod(const char *host, const char *port);

#define CREDENTIALS                                                                                \
    "credentials: {watcher: {kubeconfig: w}, reconciler: {kubeconfig: r}, "                        \
    "certpatcher: {kubeconfig: c}}\n"
#define TOKENS                                                                                     \
    "credentials: {watcher: {tokenFile: w}, reconciler: {tokenFile: r}, "                          \
    "certpatcher: {tokenFile: c}}\n"
#define BROKEN "; expected \"key: value\" lines, indented by spaces, or JSON"
#define LABEL                                                                                      \
    " is not the name of a namespace; expected at most 63 of a-z, 0-9 and -, and no "              \
    "- at either end"
#define SERVER        " is not the address of an API server; expected https://HOST[:PORT][/PREFIX]"
#define ABSOLUTE      " is not an absolute path; expected one like " INSTALLATION_SOCKET
#define NO_CREDENTIAL "has no credential; expected kubeconfig or tokenFile"
#define NO_PROXY                                                                                   \
    "is not the address of a proxy that can be used; expected http://HOST[:PORT], or https, "      \
    "socks5 or socks5h in place of http, without user and password"
#define TEN     "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define ALL_KEYS                                                                                   \
    "log, namespaces, poolSelector, services, serviceFields, conflicts, certificates, lease, "     \
    "sandbox, sandboxUids, heartbeat, metrics, control, cluster, credentials"
#define LISTENER                                                                                   \
    " is not an address to listen at; expected one like 127.0.0.1:9847 or [::1]:9847, or \"\" "    \
    "for "                                                                                         \
    "none"
#define GRACE    " is not a whole number from 0 to 604800"
#define MOST     " is not a whole number from 1 to 1000"
#define UIDS     " is not a whole number from 1 to 2147483000"
#define TIMES_32 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

static char folder[] = "/tmp/tlsrouted-config-XXXXXX";

static const struct bad_row bad_rows[] = {
    /* syntax */
    {"", "@/t.yaml:1: has no content; expected keys and values"},
    {"# only\n\n", "@/t.yaml:1: has no content; expected keys and values"},
    {"---\n", "@/t.yaml:2: found nothing; expected a section with the keys " ALL_KEYS},
    {"log:\n  level: info\n format: json\n",
     "@/t.yaml:3: broken YAML: did not find expected key" BROKEN},
    {"log: {level: info\n", "@/t.yaml:2: broken YAML: did not find expected ',' or '}'" BROKEN},
    {"log: \"info\n", "@/t.yaml:2: broken YAML: found unexpected end of stream" BROKEN},
    {"\tlog:\n", "@/t.yaml:1: broken YAML: found character that cannot start any token" BROKEN},
    {"a: b\nc: \xff\n", "@/t.yaml:2: broken YAML: invalid leading UTF-8 octet" BROKEN},
    {"a: b\n\n\x01\n", "@/t.yaml:3: broken YAML: control characters are not allowed" BROKEN},
    {"a: &x b\nc: &x d\n", "@/t.yaml:2: broken YAML: an anchor is given twice" BROKEN},
    {"a: &x b\nc: *x\n", "@/t.yaml:2: an alias (\"*name\"); write the value itself"},
    {"a: b\n---\na: b\n", "@/t.yaml:2: a second document (\"---\"); expected one"},
    {"a:\n " TIMES_32 "\n", "@/t.yaml:2: nested more than 32 levels deep; expected a few"},
    /* the schema */
    {"a list\n", "@/t.yaml:1: found text; expected a section with the keys " ALL_KEYS},
    {"log: {}\n\nnamspcaes: []\n", "@/t.yaml:3: unknown key \"namspcaes\"; known here: " ALL_KEYS},
    {CREDENTIALS "log:\n  colour: red\n",
     "@/t.yaml:3: log: unknown key \"colour\"; known here: level, format"},
    {"log:\n  \"a\\nb\": red\n", "@/t.yaml:2: log: unknown key \"a?b\"; known here: level, format"},
    {"log:\n  format: json\n  level: loud\n",
     "@/t.yaml:3: log.level: \"loud\" is not one of error, warning, info, debug"},
    {"log:\n  level: 2\n",
     "@/t.yaml:2: log.level: \"2\" is not one of error, warning, info, debug"},
    {"log:\n  format: xml\n", "@/t.yaml:2: log.format: \"xml\" is not one of logfmt, json"},
    {"log:\n  level: [info]\n",
     "@/t.yaml:2: log.level: found a list; expected one of error, warning, info, debug"},
    {"log:\n", "@/t.yaml:1: log: found nothing; expected a section with the keys level, format"},
    {"log: 3\n", "@/t.yaml:1: log: found text; expected a section with the keys level, format"},
    {"namespaces: puppet\n", "@/t.yaml:1: namespaces: found text; expected a list"},
    {"namespaces:\n- a\n-\n", "@/t.yaml:3: namespaces[1]: found nothing; expected text"},
    {"namespaces:\n- a\n- {b: c}\n", "@/t.yaml:3: namespaces[1]: found a section; expected text"},
    {"poolSelector: [a=b]\n", "@/t.yaml:1: poolSelector: found a list; expected text"},
    {"poolSelector: {a: b}\n", "@/t.yaml:1: poolSelector: found a section; expected text"},
    {"log: {}\npoolselector: a=b\n",
     "@/t.yaml:2: unknown key \"poolselector\"; known here: " ALL_KEYS},
    {"services: Auto\n", "@/t.yaml:1: services: \"Auto\" is not one of auto, never"},
    {"services: true\n", "@/t.yaml:1: services: \"true\" is not one of auto, never"},
    {"services: {mode: auto}\n",
     "@/t.yaml:1: services: found a section; expected one of auto, never"},
    {"serviceFields: allow\n", "@/t.yaml:1: serviceFields: found text; expected a section with "
                               "the keys externalIPs, nodePort, loadBalancer"},
    {"serviceFields: {externalIPs: true}\n",
     "@/t.yaml:1: serviceFields.externalIPs: \"true\" is not one of allow, deny"},
    {"services:\n", "@/t.yaml:1: services: found nothing; expected one of auto, never"},
    {"services: auto\nservices: never\n",
     "@/t.yaml:2: services: given twice, first in line 1; remove one of them"},
    {"conflicts: oldest\n", "@/t.yaml:1: conflicts: \"oldest\" is not one of oldest-wins, warn"},
    {"conflicts: [warn]\n",
     "@/t.yaml:1: conflicts: found a list; expected one of oldest-wins, warn"},
    {"certificates:\n  withdraw: always\n",
     "@/t.yaml:2: certificates.withdraw: \"always\" is not one of after-grace, never"},
    {"certificates:\n  reissue: true\n",
     "@/t.yaml:2: certificates.reissue: \"true\" is not one of none, pending"},
    {"certificates:\n  grade: 1\n", "@/t.yaml:2: certificates: unknown key \"grade\"; known here: "
                                    "withdraw, grace, reissue, maxNames"},
    {"certificates:\n  grace: [1]\n",
     "@/t.yaml:2: certificates.grace: found a list; expected text"},
    {"sandbox: on\n", "@/t.yaml:1: sandbox: \"on\" is not one of enforce, log, off"},
    {"sandbox:\n", "@/t.yaml:1: sandbox: found nothing; expected one of enforce, log, off"},
    {"sandboxUids: [61000]\n", "@/t.yaml:1: sandboxUids: found a list; expected text"},
    {"sandboxUids: many\n", "@/t.yaml:1: sandboxUids: \"many\"" UIDS},
    {"sandboxUids: -1\n", "@/t.yaml:1: sandboxUids: \"-1\"" UIDS},
    {"sandboxUids: 4294967296\n", "@/t.yaml:1: sandboxUids: \"4294967296\"" UIDS},
    {CREDENTIALS "sandboxUids: 0\n", "@/t.yaml:2: sandboxUids: \"0\"" UIDS},
    {CREDENTIALS "sandboxUids: 2147483001\n", "@/t.yaml:2: sandboxUids: \"2147483001\"" UIDS},
    {"control:\n  socket: ~\n", "@/t.yaml:2: control.socket: found nothing; expected text"},
    {"control:\n  socket: \"\"\n", "@/t.yaml:2: control.socket: found nothing; expected text"},
    {"control:\n  socket: !!binary L2E=\n",
     "@/t.yaml:2: control.socket: has the tag tag:yaml.org,2002:binary; expected a value without a "
     "tag"},
    {"log:\n  level: info\n  format: json\n  level: debug\n",
     "@/t.yaml:4: log.level: given twice, first in line 2; remove one of them"},
    {"log: {}\nlog: {}\n", "@/t.yaml:2: log: given twice, first in line 1; remove one of them"},
    {"[a, b]: c\n", "@/t.yaml:1: found a list as a key; expected a name"},
    {"log: {}\n", "@/t.yaml:1: credentials.watcher: " NO_CREDENTIAL},
    {"\ncredentials:\n  watcher: {kubeconfig: w}\n  reconciler: {kubeconfig: r}\n",
     "@/t.yaml:2: credentials.certpatcher: " NO_CREDENTIAL},
    {"credentials: {source: secrets}\n",
     "@/t.yaml:1: credentials.source: \"secrets\" is not one of kubeconfigs, files, token-request"},
    {"credentials: {exporter: {}}\n",
     "@/t.yaml:1: credentials: unknown key \"exporter\"; known here: source, watcher, reconciler, "
     "certpatcher, minter, namespace, secret"},
    {"credentials:\n  source: files\n  watcher: {kubeconfig: w}\n",
     "@/t.yaml:3: credentials.watcher: has no tokenFile, which source: files needs; add it"},
    {"credentials:\n  source: kubeconfigs\n  watcher: {tokenFile: w}\n",
     "@/t.yaml:3: credentials.watcher: has no kubeconfig, which source: kubeconfigs needs; add it"},
    {"credentials:\n  watcher: {tokenFile: w, serviceAccount: a}\n",
     "@/t.yaml:2: credentials.watcher: has a serviceAccount, which is only for source: "
     "token-request"},
    {"credentials:\n  source: token-request\n  watcher: {tokenFile: w}\n",
     "@/t.yaml:3: credentials.watcher: has a credential, which source: token-request replaces; "
     "expected serviceAccount or nothing"},
    {"credentials:\n  source: token-request\n  reconciler: {serviceAccount: a/b}\n",
     "@/t.yaml:3: credentials.reconciler: \"a/b\" is not the name of a ServiceAccount"},
    {"credentials:\n  source: token-request\n  reconciler: {serviceAccount: a..b}\n",
     "@/t.yaml:3: credentials.reconciler: \"a..b\" is not the name of a ServiceAccount"},
    {"credentials:\n  source: token-request\n  namespace: ../a\n",
     "@/t.yaml:3: credentials.namespace: \"../a\" is not the name of a namespace"},
    {"credentials:\n  source: token-request\n  secret: \"a?b\"\n",
     "@/t.yaml:3: credentials.secret: \"a?b\" is not the name of a Secret"},
    {"credentials:\n  source: token-request\n  minter: {kubeconfig: m}\n",
     "@/t.yaml:1: credentials.namespace: is missing, and a kubeconfig of the minter needs it; "
     "expected the namespace of the ServiceAccounts"},
    {"credentials:\n  source: token-request\n  minter: {kubeconfig: m, tokenFile: t}\n"
     "  namespace: a\n",
     "@/t.yaml:3: credentials.minter: has both kubeconfig and tokenFile; expected one of them"},
    {"credentials:\n  watcher: {tokenFile: w}\n  reconciler: {tokenFile: r}\n"
     "  certpatcher: {tokenFile: c}\n  minter: {tokenFile: m}\n",
     "@/t.yaml:1: credentials: minter, namespace and secret are only for source: token-request; "
     "remove them"},
    {CREDENTIALS "cluster:\n  proxy: \"ftp://proxy:3128\"\n",
     "@/t.yaml:3: cluster.proxy: " NO_PROXY},
    {CREDENTIALS "cluster:\n  proxy: \"http://me:secret@proxy:3128\"\n",
     "@/t.yaml:3: cluster.proxy: " NO_PROXY},
    /* what the schema cannot say */
    {CREDENTIALS "namespaces:\n- a\n- Puppet\n", "@/t.yaml:4: namespaces[1]: \"Puppet\"" LABEL},
    {CREDENTIALS "namespaces: [-a]\n", "@/t.yaml:2: namespaces[0]: \"-a\"" LABEL},
    {CREDENTIALS "namespaces: [a-]\n", "@/t.yaml:2: namespaces[0]: \"a-\"" LABEL},
    {CREDENTIALS "namespaces: [a.b]\n", "@/t.yaml:2: namespaces[0]: \"a.b\"" LABEL},
    {CREDENTIALS "namespaces: [" TEN TEN TEN TEN TEN TEN "aaaa]\n",
     "@/t.yaml:2: namespaces[0]: \"" TEN TEN TEN TEN TEN TEN "aaaa\"" LABEL},
    {CREDENTIALS "namespaces:\n- a\n- b\n- a\n",
     "@/t.yaml:5: namespaces[2]: \"a\" is given twice; remove one of them"},
    {CREDENTIALS "poolSelector: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
         HUNDRED HUNDRED "1234567890123456789012345\n",
     "@/t.yaml:2: poolSelector: has 1025 bytes; expected at most 1024"},
    {CREDENTIALS "certificates: {grace: -1}\n", "@/t.yaml:2: certificates.grace: \"-1\"" GRACE},
    {CREDENTIALS "certificates: {grace: 10m}\n", "@/t.yaml:2: certificates.grace: \"10m\"" GRACE},
    {CREDENTIALS "certificates: {grace: 1.5}\n", "@/t.yaml:2: certificates.grace: \"1.5\"" GRACE},
    {CREDENTIALS "certificates: {grace: 604801}\n",
     "@/t.yaml:2: certificates.grace: \"604801\"" GRACE},
    {CREDENTIALS "certificates: {grace: 18446744073709551617}\n",
     "@/t.yaml:2: certificates.grace: \"18446744073709551617\"" GRACE},
    {CREDENTIALS "certificates:\n  maxNames: 0\n", "@/t.yaml:3: certificates.maxNames: \"0\"" MOST},
    {CREDENTIALS "certificates:\n  maxNames: 1001\n",
     "@/t.yaml:3: certificates.maxNames: \"1001\"" MOST},
    {CREDENTIALS "lease: {duration: 20}\n",
     "@/t.yaml:2: lease: has no namespace; expected that of the Lease that is to be held"},
    {CREDENTIALS "lease: {namespace: A}\n", "@/t.yaml:2: lease.namespace: \"A\" is not the name of "
                                            "a namespace; expected at most 63 of a-z, "
                                            "0-9 and -, and no - at either end"},
    {CREDENTIALS "lease: {namespace: n, name: a/b}\n",
     "@/t.yaml:2: lease.name: \"a/b\" is not the name of a Lease; expected at most 63 of a-z, 0-9 "
     "and -, and no - at either end"},
    {CREDENTIALS "lease: {namespace: n, duration: 2}\n",
     "@/t.yaml:2: lease.duration: \"2\" is not a whole number from 3 to 3600"},
    {CREDENTIALS "heartbeat: {interval: 0}\n",
     "@/t.yaml:2: heartbeat.interval: \"0\" is not a whole number from 1 to 60"},
    {CREDENTIALS "heartbeat: {timeout: 3601}\n",
     "@/t.yaml:2: heartbeat.timeout: \"3601\" is not a whole number from 1 to 3600"},
    {CREDENTIALS "heartbeat:\n  interval: 20\n  timeout: 20\n",
     "@/t.yaml:4: heartbeat.timeout: is 20; expected more than heartbeat.interval, which is 20"},
    {CREDENTIALS "heartbeat: {interval: 30}\n",
     "@/t.yaml:2: heartbeat.timeout: is 30; expected more than heartbeat.interval, which is 30"},
    {CREDENTIALS "metrics: {listen: localhost:9847}\n",
     "@/t.yaml:2: metrics.listen: \"localhost:9847\"" LISTENER},
    {CREDENTIALS "metrics:\n  listen: 127.0.0.1\n",
     "@/t.yaml:3: metrics.listen: \"127.0.0.1\"" LISTENER},
    {CREDENTIALS "metrics: {listen: \"127.0.0.1:0\"}\n",
     "@/t.yaml:2: metrics.listen: \"127.0.0.1:0\"" LISTENER},
    {CREDENTIALS "metrics: {listen: \"127.0.0.1:65536\"}\n",
     "@/t.yaml:2: metrics.listen: \"127.0.0.1:65536\"" LISTENER},
    {CREDENTIALS "metrics: {port: 9847}\n",
     "@/t.yaml:2: metrics: unknown key \"port\"; known here: listen, tls"},
    {CREDENTIALS "metrics:\n  tls: {certificateFile: c}\n",
     "@/t.yaml:3: metrics.tls: has only one of certificateFile and keyFile; add the other"},
    {CREDENTIALS "control: {socket: run/s}\n", "@/t.yaml:2: control.socket: \"run/s\"" ABSOLUTE},
    {CREDENTIALS "control:\n  group: a/b\n",
     "@/t.yaml:3: control.group: \"a/b\" is not the name or the number of a group"},
    {CREDENTIALS "control: {group: -r}\n",
     "@/t.yaml:2: control.group: \"-r\" is not the name or the number of a group"},
    {CREDENTIALS "control: {group: a234567890123456789012345678901234}\n",
     "@/t.yaml:2: control.group: \"a234567890123456789012345678901234\" is not the name or the "
     "number of a group"},
    {CREDENTIALS "control:\n  socket: /" HUNDRED "1234567\n",
     "@/t.yaml:3: control.socket: has 108 bytes; expected at most 107, which is all a socket's "
     "path can have"},
    {"credentials:\n  watcher: {kubeconfig: w}\n  reconciler: {}\n  certpatcher: {tokenFile: c}\n",
     "@/t.yaml:3: credentials.reconciler: has no credential; expected kubeconfig or tokenFile"},
    {"credentials:\n  watcher: {kubeconfig: w, tokenFile: t}\n  reconciler: {kubeconfig: r}\n"
     "  certpatcher: {tokenFile: c}\n",
     "@/t.yaml:2: credentials.watcher: has both kubeconfig and tokenFile; expected one of them"},
    {"credentials:\n  watcher: {kubeconfig: w}\n  reconciler: {kubeconfig: r}\n"
     "  certpatcher: {tokenFile: c, context: x}\n",
     "@/t.yaml:4: credentials.certpatcher: has a context without a kubeconfig; remove it or use "
     "kubeconfig"},
    {CREDENTIALS "cluster:\n  server: http://a\n",
     "@/t.yaml:3: cluster.server: \"http://a\"" SERVER},
    {TOKENS "\ncluster: {}\n",
     "@/t.yaml:3: cluster.server: is missing, and a tokenFile needs it; expected "
     "https://HOST[:PORT][/PREFIX], or KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the "
     "environment, as in a Pod"},
};

static void test_bad_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        write_file("t.yaml", bad_rows[i].text, strlen(bad_rows[i].text));
        expect_error("t.yaml", bad_rows[i].error);
    }
}

static void test_bad_files(void **state)
{
    const size_t too_much = 1024 * 1024 + 1;
    char *big = memory_new(too_much + 1, 1), *path = in_folder("@/fifo");

    (void)state;
    memset(big, '#', too_much);
    write_file("t.yaml", big, too_much);
    expect_error("t.yaml", "@/t.yaml: larger than 1024 KiB; name the right file in the command "
                           "line");
    write_file("t.yaml", "log:\n  level: \0", 16);
    expect_error("t.yaml", "@/t.yaml:2: has a NUL byte; name a text file in the command line");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_error("fifo", "@/fifo: not a regular file; name a regular file in the command line");
    expect_error(".", "@/.: not a regular file; name a regular file in the command line");
    expect_error("none", "@/none: No such file or directory; create it or name another file in "
                         "the command line");
    expect_error("fifo/x", "@/fifo/x: Not a directory; name a file that can be read in the command "
                           "line");
    free(path);
    free(big);
}

static void test_forbidden_file(void **state)
{
    char *path;

    (void)state;
    if (geteuid() == 0)
        skip();
    write_file("closed", CREDENTIALS, strlen(CREDENTIALS));
    path = in_folder("@/closed");
    assert_int_equal(chmod(path, 0), 0);
    expect_error("closed", "@/closed: Permission denied; let the user that tlsrouted runs as read "
                           "it, or name another file in the command line");
    free(path);
}

/* Sizes that a naive loader would take minutes for, or blow its stack on. */
static void test_large_lists(void **state)
{
    const size_t size = 1024 * 1024;
    char *text = memory_new(size + 1, 1);

    (void)state;
    strcpy(text, "namespaces: [a");
    while (strlen(text) < 4096)
        strcat(text, ",a,a,a,a,a,a,a");
    strcat(text, "]\n");
    write_file("t.yaml", text, strlen(text));
    expect_error("t.yaml", "@/t.yaml:1: namespaces: has 2045 entries; expected at most 1000");
    memset(text, '[', size);
    write_file("t.yaml", text, size);
    expect_error("t.yaml", "@/t.yaml:1: nested more than 32 levels deep; expected a few");
    for (size_t i = 0; i + 2 < size; i += 2)
        memcpy(text + i, "-\n", 2);
    write_file("t.yaml", text, size - 2);
    expect_error("t.yaml", "@/t.yaml:1: found a list; expected a section with the keys " ALL_KEYS);
    free(text);
}

static void test_defaults(void **state)
{
    struct config config = read_good(CREDENTIALS);
    char *path = in_folder("@/r");

    (void)state;
    assert_int_equal(config.log_level, LOG_INFO);
    assert_int_equal(config.log_format, LOG_LOGFMT);
    assert_int_equal(config.namespaces.count, 0);
    assert_string_equal(config.pool_selector, "");
    assert_int_equal(config.services, SERVICES_AUTO);
    assert_int_equal(config.external_ips, SERVICE_FIELD_DENY);
    assert_int_equal(config.node_port, SERVICE_FIELD_ALLOW);
    assert_int_equal(config.load_balancer, SERVICE_FIELD_ALLOW);
    assert_int_equal(config.conflicts, CONFLICTS_OLDEST_WINS);
    assert_int_equal(config.withdraw, WITHDRAW_AFTER_GRACE);
    assert_int_equal(config.grace, 600);
    assert_int_equal(config.reissue, REISSUE_NONE);
    assert_int_equal(config.max_names, 100);
    assert_string_equal(config.lease_namespace, "");
    assert_int_equal(config.sandbox, SANDBOX_ENFORCE);
    assert_int_equal(config.sandbox_uids, 61000);
    assert_int_equal(config.heartbeat_interval, 5);
    assert_int_equal(config.heartbeat_timeout, 30);
    assert_null(config.metrics_listen);
    assert_false(config_has_role(&config, ROLE_EXPORTER));
    assert_string_equal(config.control_socket, INSTALLATION_SOCKET);
    assert_string_equal(config.control_group, "");
    assert_null(config.server);
    assert_string_equal(config.ca_file, "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
    assert_string_equal(config.credentials[ROLE_RECONCILER].kubeconfig, path);
    assert_null(config.credentials[ROLE_RECONCILER].context);
    assert_null(config.credentials[ROLE_RECONCILER].token_file);
    config_clear(&config);
    assert_null(config.control_socket);
    free(path);
}

static void test_all_values(void **state)
{
    struct config config = read_good("log: {level: debug, format: json}\n"
                                     "namespaces: [puppet, \"1\"]\n"
                                     "poolSelector: \"tier in (a, b), !old\"\n"
                                     "services: never\n"
                                     "serviceFields: {externalIPs: allow, nodePort: deny, "
                                     "loadBalancer: deny}\n"
                                     "conflicts: warn\n"
                                     "certificates: {withdraw: never, grace: 0, reissue: pending, "
                                     "maxNames: 1000}\n"
                                     "sandbox: log\n"
                                     "sandboxUids: 70000\n"
                                     "heartbeat: {interval: 60, timeout: 3600}\n"
                                     "metrics: {listen: \"[::]:9\", tls: {certificateFile: /c, "
                                     "keyFile: sub/r}}\n"
                                     "control: {socket: /" HUNDRED "123456, group: staff}\n"
                                     "cluster: {server: \"https://[::1]:6443/k8s/\", caFile: ca}\n"
                                     "credentials:\n"
                                     "  watcher: {kubeconfig: /w, context: null-and-void}\n"
                                     "  reconciler: {tokenFile: sub/r}\n"
                                     "  certpatcher: {tokenFile: /c}\n");
    char *ca = in_folder("@/ca"), *token = in_folder("@/sub/r");

    (void)state;
    assert_int_equal(config.log_level, LOG_DEBUG);
    assert_int_equal(config.log_format, LOG_JSON);
    assert_int_equal(config.namespaces.count, 2);
    assert_true(text_list_has(&config.namespaces, "puppet"));
    assert_true(text_list_has(&config.namespaces, "1"));
    assert_string_equal(config.pool_selector, "tier in (a, b), !old");
    assert_int_equal(config.services, SERVICES_NEVER);
    assert_int_equal(config.external_ips, SERVICE_FIELD_ALLOW);
    assert_int_equal(config.node_port, SERVICE_FIELD_DENY);
    assert_int_equal(config.load_balancer, SERVICE_FIELD_DENY);
    assert_int_equal(config.conflicts, CONFLICTS_WARN);
    assert_int_equal(config.withdraw, WITHDRAW_NEVER);
    assert_int_equal(config.grace, 0);
    assert_int_equal(config.reissue, REISSUE_PENDING);
    assert_int_equal(config.max_names, 1000);
    assert_int_equal(config.sandbox, SANDBOX_LOG);
    assert_int_equal(config.sandbox_uids, 70000);
    assert_int_equal(config.heartbeat_interval, 60);
    assert_int_equal(config.heartbeat_timeout, 3600);
    assert_string_equal(config.metrics_listen, "[::]:9");
    assert_string_equal(config.metrics_certificate, "/c");
    assert_string_equal(config.metrics_key, token);
    assert_true(config_has_role(&config, ROLE_EXPORTER));
    assert_string_equal(config.control_socket, "/" HUNDRED "123456");
    assert_string_equal(config.control_group, "staff");
    assert_string_equal(config.server, "https://[::1]:6443/k8s");
    assert_string_equal(config.ca_file, ca);
    assert_string_equal(config.credentials[ROLE_WATCHER].kubeconfig, "/w");
    assert_string_equal(config.credentials[ROLE_WATCHER].context, "null-and-void");
    assert_string_equal(config.credentials[ROLE_RECONCILER].token_file, token);
    assert_string_equal(config.credentials[ROLE_CERTPATCHER].token_file, "/c");
    config_clear(&config);
    free(ca);
    free(token);
}

/* Each policy by its name, the default among them, and the longest selector. */
static void test_policies(void **state)
{
    static const struct {
        const char *text;
        enum services_policy services;
        enum conflicts_policy conflicts;
        size_t selector; /* bytes */
    } rows[] = {
        {"services: auto\n", SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 0},
        {"services: never\n", SERVICES_NEVER, CONFLICTS_OLDEST_WINS, 0},
        {"conflicts: oldest-wins\n", SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 0},
        {"conflicts: warn\n", SERVICES_AUTO, CONFLICTS_WARN, 0},
        {"poolSelector: a=b\n", SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 3},
        {"poolSelector:\n", SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 0},
        {"poolSelector: \"\"\n", SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 0},
        {"poolSelector: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
             HUNDRED "123456789012345678901234\n",
         SERVICES_AUTO, CONFLICTS_OLDEST_WINS, 1024},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = memory_format(CREDENTIALS "%s", rows[i].text);
        struct config config = read_good(text);

        assert_int_equal(config.services, rows[i].services);
        assert_int_equal(config.conflicts, rows[i].conflicts);
        assert_int_equal(strlen(config.pool_selector), rows[i].selector);
        config_clear(&config);
        assert_null(config.pool_selector);
        free(text);
    }
}

static void test_relative_configuration(void **state)
{
    struct config config;
    char *here = getcwd(NULL, 0), *path, *expected;

    (void)state;
    assert_int_equal(chdir(folder), 0);
    write_file("t.yaml", CREDENTIALS, strlen(CREDENTIALS));
    path = getcwd(NULL, 0);
    expected = memory_format("%s/w", path);
    assert_null(config_read("t.yaml", &config));
    assert_string_equal(config.credentials[ROLE_WATCHER].kubeconfig, expected);
    config_clear(&config);
    assert_int_equal(chdir(here), 0);
    free(here);
    free(path);
    free(expected);
}

/* In a pod nothing has to be said about credentials; elsewhere all of it can be. */
static void test_token_request(void **state)
{
    struct config config;
    char *token = in_folder("@/minter.token");

    (void)state;
    set_pod("10.0.0.1", "443");
    config = read_good("log: {level: info}\n");
    assert_int_equal(config.source, CONFIG_SOURCE_TOKEN_REQUEST);
    assert_true(config_has_role(&config, ROLE_MINTER));
    assert_string_equal(config.server, "https://10.0.0.1:443");
    assert_string_equal(config.credentials[ROLE_MINTER].token_file,
                        "/var/run/secrets/kubernetes.io/serviceaccount/token");
    assert_null(config.credentials[ROLE_MINTER].account);
    assert_string_equal(config.credentials[ROLE_WATCHER].account, "tlsrouted-watcher");
    assert_string_equal(config.credentials[ROLE_RECONCILER].account, "tlsrouted-reconciler");
    assert_string_equal(config.credentials[ROLE_CERTPATCHER].account, "tlsrouted-certpatcher");
    assert_null(config.credentials[ROLE_WATCHER].token_file);
    assert_null(config.token_namespace);
    assert_string_equal(config.token_secret, "tlsrouted-tokens");
    config_clear(&config);
    config = read_good(TOKENS);
    assert_int_equal(config.source, CONFIG_SOURCE_AS_GIVEN);
    assert_false(config_has_role(&config, ROLE_MINTER));
    assert_true(config_has_role(&config, ROLE_WATCHER));
    config_clear(&config);
    set_pod(NULL, NULL);
    config = read_good("cluster: {server: \"https://a\", proxy: \"http://proxy:3128/\"}\n"
                       "credentials:\n"
                       "  source: token-request\n"
                       "  minter: {tokenFile: minter.token}\n"
                       "  watcher: {serviceAccount: a.b}\n"
                       "  namespace: ns\n"
                       "  secret: s\n");
    assert_string_equal(config.proxy, "http://proxy:3128");
    assert_string_equal(config.credentials[ROLE_MINTER].token_file, token);
    assert_string_equal(config.credentials[ROLE_WATCHER].account, "a.b");
    assert_string_equal(config.token_namespace, "ns");
    assert_string_equal(config.token_secret, "s");
    config_clear(&config);
    free(token);
}

static void test_pod(void **state)
{
    static const struct {
        const char *host, *port, *server;
    } rows[] = {
        {"10.0.0.1", "443", "https://10.0.0.1:443"},
        {"fd00::1", "6443", "https://[fd00::1]:6443"},
        {"api.example", "1", "https://api.example:1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config config;

        set_pod(rows[i].host, rows[i].port);
        config = read_good(TOKENS);
        assert_string_equal(config.server, rows[i].server);
        config_clear(&config);
    }
    set_pod("10.0.0.1", "http");
    write_file("t.yaml", TOKENS, strlen(TOKENS));
    expect_error("t.yaml", "@/t.yaml:1: cluster.server: \"https://10.0.0.1:http\" (from "
                           "KUBERNETES_SERVICE_HOST and _PORT)" SERVER);
    set_pod(NULL, NULL);
}

static void test_server(void **state)
{
    static const struct {
        const char *text, *server;
    } rows[] = {
        {"https://a", "https://a"},
        {"https://a/", "https://a"},
        {"https://a.b-c:65535/d//", "https://a.b-c:65535/d"},
        {"https://[fd00::1]", "https://[fd00::1]"},
        {"https://127.0.0.1:6443/k8s/clusters/c-1:x", "https://127.0.0.1:6443/k8s/clusters/c-1:x"},
        {"", NULL},
        {"https://", NULL},
        {"https:///a", NULL},
        {"HTTP://a", NULL},
        {"https://a:", NULL},
        {"https://a:0", NULL},
        {"https://a:65536", NULL},
        {"https://a:123456", NULL},
        {"https://a:+1", NULL},
        {"https://user@a", NULL},
        {"https://a?b", NULL},
        {"https://a/b?c", NULL},
        {"https://a/#b", NULL},
        {"https://a b", NULL},
        {"https://a\r\nb", NULL},
        {"https://[]", NULL},
        {"https://[::1", NULL},
        {"https://[::1]x", NULL},
        {"https://::1", NULL},
        {"https://" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
         "12345678901234567",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *server = address_server(rows[i].text);

        if (rows[i].server == NULL)
            assert_null(server);
        else
            assert_string_equal(server, rows[i].server);
        free(server);
    }
}

/* The section by itself is enough; an empty address turns it off. */
static void test_metrics(void **state)
{
    static const struct {
        const char *section, *listen;
    } rows[] = {
        {"metrics: {}\n", "127.0.0.1:9847"},
        {"metrics: {listen: 0.0.0.0:80}\n", "0.0.0.0:80"},
        {"metrics: {tls: {}}\n", "127.0.0.1:9847"},
        {"metrics: {listen: \"\"}\n", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = memory_format("%s%s", CREDENTIALS, rows[i].section);
        struct config config = read_good(text);

        if (rows[i].listen == NULL)
            assert_null(config.metrics_listen);
        else
            assert_string_equal(config.metrics_listen, rows[i].listen);
        assert_null(config.metrics_certificate);
        config_clear(&config);
        free(text);
    }
}

/* The example that is installed has to be right. */
static void test_example(void **state)
{
    const char *source = getenv("srcdir") != NULL ? getenv("srcdir") : ".";
    char *path = memory_format("%s/etc/tlsrouted.yaml", source), *error;
    struct config config;

    (void)state;
    if (access(path, R_OK) != 0)
        skip();
    error = config_read(path, &config);
    assert_null(error);
    config_clear(&config);
    free(path);
}

/* What libcyaml refuses by itself: a kind of value that the check before it only knows by name. */
static void test_libcyaml(void **state)
{
    struct numbers {
        uint8_t number;
    };
    static const cyaml_schema_field_t fields[] = {
        CYAML_FIELD_UINT("number", CYAML_FLAG_DEFAULT, struct numbers, number), CYAML_FIELD_END};
    static const cyaml_schema_value_t schema = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct numbers, fields)};
    static const struct yaml_plan plan = {.schema = &schema};
    char *path = in_folder("@/t.yaml"), *error, *expected;
    struct yaml_file *yaml;

    (void)state;
    write_file("t.yaml", "number: [1]\n", 12);
    error = yaml_file_read(path, "x", &plan, &yaml);
    expected = in_folder("@/t.yaml:1: number: found a list; expected a number");
    assert_string_equal(error, expected);
    free(expected);
    free(error);
    write_file("t.yaml", "number: 300\n", 12); /* more than its type can hold */
    error = yaml_file_read(path, "x", &plan, &yaml);
    expected = in_folder("@/t.yaml: "); /* what follows is libcyaml's */
    assert_null(yaml);
    assert_memory_equal(error, expected, strlen(expected));
    assert_non_null(strstr(error, "Invalid"));
    assert_non_null(strstr(error, "; expected what the documentation shows"));
    free(expected);
    free(error);
    free(path);
}

static void write_file(const char *name, const char *bytes, size_t size)
{
    char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void expect_error(const char *name, const char *expected)
{
    char *path = memory_format("%s/%s", folder, name), *wanted = in_folder(expected), *error;
    struct config config;

    error = config_read(path, &config);
    assert_non_null(error);
    assert_string_equal(error, wanted);
    assert_null(config.control_socket);
    free(error);
    free(wanted);
    free(path);
}

static struct config read_good(const char *text)
{
    char *path = in_folder("@/t.yaml"), *error;
    struct config config;

    write_file("t.yaml", text, strlen(text));
    error = config_read(path, &config);
    if (error != NULL)
        fail_msg("%s", error);
    free(path);
    return config;
}

/* TEXT with its leading "@" replaced by the folder. The caller frees it. */
static char *in_folder(const char *text)
{
    return memory_format("%s%s", folder, text + 1);
}

static void set_pod(const char *host, const char *port)
{
    if (host == NULL) {
        unsetenv("KUBERNETES_SERVICE_HOST");
        unsetenv("KUBERNETES_SERVICE_PORT");
        return;
    }
    setenv("KUBERNETES_SERVICE_HOST", host, 1);
    setenv("KUBERNETES_SERVICE_PORT", port, 1);
}

static int set_up(void **state)
{
    (void)state;
    set_pod(NULL, NULL);
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"t.yaml", "fifo", "closed"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = memory_format("%s/%s", folder, names[i]);

        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

/* The kernel says of these that they have no bytes. */
static void test_file_larger_than_it_says(void **state)
{
    char *text = NULL, *error = file_read("/proc/self/mountinfo", 1024 * 1024, false, "x", &text);

    (void)state;
    assert_null(error);
    assert_true(strlen(text) > 2 && text[strlen(text) - 1] == '\n');
    memory_wipe_text(text);
    error = file_read("/proc/self/mountinfo", 16, false, "x", &text);
    assert_string_equal(error, "/proc/self/mountinfo: larger than 0 KiB; name the right file in x");
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_larger_than_it_says),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_forbidden_file),
        cmocka_unit_test(test_large_lists),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_values),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_relative_configuration),
        cmocka_unit_test(test_token_request),
        cmocka_unit_test(test_pod),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_libcyaml),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
