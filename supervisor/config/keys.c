/* SPDX-License-Identifier: Apache-2.0 */
/* Every key with all that is known about it, in the order in which keys are read and documented. A
 * new key is a row here and a field in struct config. */
#include "supervisor/config/keys.h"

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "common/message/message.h"

#include <string.h>

enum {
    UIDS_MAX = 2147483000, /* so that the last of them is a uid, too */
    SELECTOR_MAX = 1024,   /* as in SETTINGS */
    NAMESPACES_MAX = 1000,
    LEASE_SECONDS_MIN = 3,
    HEARTBEAT_INTERVAL_MAX = 60,
    HEARTBEAT_TIMEOUT_MAX = 3600,
};

/* The offset of a member, which has to be of the type that the kind of the key asks for. */
#define MEMBER(structure, member, type)                                                            \
    _Generic(((structure *)NULL)->member, type : offsetof(structure, member))
#define FIELD(member, type)   .field = MEMBER(struct config, member, type)
#define CHOICE(member, names) .kind = CONFIG_CHOICE, .choices = (names), FIELD(member, unsigned)
#define NUMBER(member, minimum, maximum)                                                           \
    .kind = CONFIG_NUMBER, .min = (minimum), .max = (maximum), FIELD(member, unsigned)
#define TEXT(member)          .kind = CONFIG_TEXT, FIELD(member, char *)
#define FILE_NAME(member)     .kind = CONFIG_FILE, FIELD(member, char *)
#define LIST(member, maximum) .kind = CONFIG_LIST, .max = (maximum), FIELD(member, struct text_list)
#define WORKERS_TEXT(member)                                                                       \
    .kind = CONFIG_TEXT, .field = MEMBER(struct credential_source, member, char *)
#define WORKERS_FILE(member)                                                                       \
    .kind = CONFIG_FILE, .field = MEMBER(struct credential_source, member, char *)
#define SETTING(member) .setting = {true, offsetof(struct settings_message, member)}

static const struct config_choice levels[] = {
    {"error", LOG_ERROR, "errors only"},
    {"warning", LOG_WARNING, "warnings, too"},
    {"info", LOG_INFO, "also what tlsrouted does"},
    {"debug", LOG_DEBUG, "also details that help to find a bug in it"},
    {0},
};
static const struct config_choice formats[] = {
    {"logfmt", LOG_LOGFMT, "key=value pairs"},
    {"json", LOG_JSON, "a JSON object"},
    {0},
};
static const struct config_choice services[] = {
    {"auto", SERVICES_AUTO,
     "create it where nobody else has, and keep the fields that it has set up to date"},
    {"never", SERVICES_NEVER, "only check whether it exists"},
    {0},
};
static const struct config_choice field_policies[] = {
    {"allow", SERVICE_FIELD_ALLOW, "the Service gets it"},
    {"deny", SERVICE_FIELD_DENY, "the Service is kept without it, and the Pool gets a warning"},
    {0},
};
static const struct config_choice conflicts[] = {
    {"oldest-wins", CONFLICTS_OLDEST_WINS,
     "who has a route keeps it, otherwise the oldest Pool gets it; the others get theirs once the "
     "hostname is free"},
    {"warn", CONFLICTS_WARN, "every Pool gets its route, and a warning"},
    {0},
};
static const struct config_choice withdrawals[] = {
    {"after-grace", WITHDRAW_AFTER_GRACE,
     "withdraw it once it has not been needed for certificates.grace seconds, so that a route that "
     "is turned off and on again does not cost two re-issues"},
    {"never", WITHDRAW_NEVER, "leave it"},
    {0},
};
static const struct config_choice reissues[] = {
    {"none", REISSUE_NONE, "leave that to the administrator"},
    {"pending", REISSUE_PENDING,
     "after an injection, set status.phase from Signed to Pending, for operators that then sign "
     "again; needs the rights in packaging/kustomize/reissue"},
    {0},
};
static const struct config_choice sandboxes[] = {
    {"enforce", SANDBOX_ENFORCE,
     "only what its role needs: any other system call fails or ends the process"},
    {"log", SANDBOX_LOG,
     "log what would fail or end the process, but allow it: to find out what a new library needs, "
     "not for production"},
    {"off", SANDBOX_OFF, "anything: no process is confined, and the log and tlsroutectl say so"},
    {0},
};
static const struct config_choice sources[] = {
    {"kubeconfigs", CONFIG_SOURCE_KUBECONFIGS, "each worker has a kubeconfig"},
    {"files", CONFIG_SOURCE_FILES,
     "each worker has a tokenFile, for the API server of cluster.server"},
    {"token-request", CONFIG_SOURCE_TOKEN_REQUEST,
     "the minter, a fourth worker, requests the tokens of the others and renews them; its own "
     "account has no other rights"},
    {0},
};

const struct config_key config_keys[] = {
    {"log.level", CHOICE(log_level, levels), .fallback = "info", SETTING(log_level),
     .reload = CONFIG_APPLIES, .text = "Which messages are logged."},
    {"log.format", CHOICE(log_format, formats), .fallback = "logfmt", SETTING(log_format),
     .reload = CONFIG_APPLIES, .text = "How a log line is written."},
    {"namespaces", LIST(namespaces, NAMESPACES_MAX), SETTING(namespaces),
     .reload = CONFIG_RESTARTS_WORKERS, .check = checks_namespaces,
     .text = "The namespaces whose Pools, Servers and Certificates are served. An empty list means "
             "all namespaces, which needs rights in the whole cluster."},
    {"poolSelector", TEXT(pool_selector), .fallback = "", .max = SELECTOR_MAX, .may_be_empty = true,
     SETTING(pool_selector), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "A label selector, as kubectl -l takes it: only Pools that match it are served. By "
             "default all are."},
    {"services", CHOICE(services, services), .fallback = "auto", SETTING(services),
     .reload = CONFIG_RESTARTS_WORKERS, .text = "The Service that a Pool's route leads to."},
    {"serviceFields.externalIPs", CHOICE(external_ips, field_policies), .fallback = "deny",
     SETTING(external_ips), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "What happens if a Pool asks for spec.service.externalIPs. With them, traffic of the "
             "whole cluster to any address can be led to the Pool's Servers (CVE-2020-8554): allow "
             "it only if everyone who may write Pools is trusted that far. The admission policies "
             "need a label for it, too."},
    {"serviceFields.nodePort", CHOICE(node_port, field_policies), .fallback = "allow",
     SETTING(node_port), .reload = CONFIG_RESTARTS_WORKERS,
     .text =
         "What happens if a Pool asks for type: NodePort or chooses a nodePort in spec.service. "
         "Without, the type is ClusterIP; a load balancer's node port is the API server's "
         "choice."},
    {"serviceFields.loadBalancer", CHOICE(load_balancer, field_policies), .fallback = "allow",
     SETTING(load_balancer), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "What happens if a Pool asks for type: LoadBalancer in spec.service. Without, the "
             "type is ClusterIP."},
    {"conflicts", CHOICE(conflicts, conflicts), .fallback = "oldest-wins", SETTING(conflicts),
     .reload = CONFIG_RESTARTS_WORKERS,
     .text = "What happens when several Pools want the same hostname at one Gateway."},
    {"certificates.withdraw", CHOICE(withdraw, withdrawals), .fallback = "after-grace",
     SETTING(withdraw), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "What happens to an injected name that no Pool needs any more."},
    {"certificates.grace", NUMBER(grace, 0, GRACE_MAX), .fallback = "600", .unit = "seconds",
     SETTING(grace), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "How long a name must not have been needed before it is withdrawn."},
    {"certificates.reissue", CHOICE(reissue, reissues), .fallback = "none", SETTING(reissue),
     .reload = CONFIG_RESTARTS_WORKERS,
     .text = "How the certificate gets a new name, for which it has to be signed again."},
    {"certificates.maxNames", NUMBER(max_names, 1, MAX_NAMES_LIMIT), .fallback = "100",
     SETTING(max_names), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "How many names the dnsAltNames of a Certificate may grow to."},
    {"lease.namespace", TEXT(lease_namespace), .fallback = "", SETTING(lease_namespace),
     .reload = CONFIG_RESTARTS_WORKERS, .check = checks_lease_namespace,
     .text = "The namespace of the Lease that decides which of several replicas writes. The others "
             "are ready to take over. By default there is no Lease, and this tlsrouted writes."},
    {"lease.name", TEXT(lease_name), .fallback = "tlsrouted", SETTING(lease_name),
     .reload = CONFIG_RESTARTS_WORKERS, .check = checks_lease_name,
     .text = "The name of that Lease."},
    {"lease.duration", NUMBER(lease_seconds, LEASE_SECONDS_MIN, LEASE_SECONDS_MAX),
     .fallback = "15", .unit = "seconds", SETTING(lease_seconds), .reload = CONFIG_RESTARTS_WORKERS,
     .text = "How long after its last renewal another replica takes over the Lease. It is renewed "
             "five times as often; a holder that cannot renew it for three fifths of this time "
             "stops writing."},
    {"sandbox", CHOICE(sandbox, sandboxes), .fallback = "enforce", SETTING(sandbox),
     .reload = CONFIG_STAYS, .text = "What a process may do once it has started."},
    /* The default is between the ranges of systemd's and Debian's users. Each worker's own is sent.
     */
    {"sandboxUids", NUMBER(sandbox_uids, 1, UIDS_MAX), .fallback = "61000", .reload = CONFIG_STAYS,
     .text = "The first of the six user IDs that the processes have if tlsrouted is started as "
             "root: one for each worker, and one for the process that looks up names. They need no "
             "user names, and nothing else may use them."},
    {"heartbeat.interval", NUMBER(heartbeat_interval, 1, HEARTBEAT_INTERVAL_MAX), .fallback = "5",
     .unit = "seconds", .reload = CONFIG_APPLIES,
     .text = "How often each worker is sent a heartbeat, which it has to answer. While nothing "
             "happens, 20 seconds may pass between two."},
    {"heartbeat.timeout", NUMBER(heartbeat_timeout, 1, HEARTBEAT_TIMEOUT_MAX), .fallback = "30",
     .unit = "seconds", .reload = CONFIG_APPLIES, .check = checks_heartbeat_timeout,
     .text =
         "A worker that has not answered for this long is killed and started again. This has to "
         "be more than heartbeat.interval."},
    {"metrics.listen", TEXT(metrics_listen), .fallback = CHECKS_DEFAULT_LISTEN,
     .may_be_empty = true, .reload = CONFIG_STAYS, .check = checks_metrics_listen,
     .text = "The numeric address and the port where the exporter serves /metrics, /livez and "
             "/readyz, to anyone who can reach it. Without the section metrics, or with an empty "
             "address, nothing listens."},
    {"metrics.tls.certificateFile", FILE_NAME(metrics_certificate), .reload = CONFIG_APPLIES,
     .text = "A certificate in PEM; with it and its key the exporter speaks TLS. Both files are "
             "read again when they change."},
    {"metrics.tls.keyFile", FILE_NAME(metrics_key), .reload = CONFIG_APPLIES,
     .check = checks_metrics_key, .text = "The key of that certificate, in PEM."},
    {"control.socket", TEXT(control_socket), .fallback = INSTALLATION_SOCKET,
     .reload = CONFIG_STAYS, .check = checks_control_socket,
     .text = "The socket that tlsroutectl connects to: an absolute path of at most 107 bytes."},
    {"control.group", TEXT(control_group), .fallback = "", .may_be_empty = true,
     .reload = CONFIG_STAYS, .check = checks_control_group,
     .text = "A group, by name or number, whose members may query tlsrouted with tlsroutectl. Only "
             "root and the user that tlsrouted runs as may also control it. By default there is no "
             "such group."},
    {"cluster.server", TEXT(server), .reload = CONFIG_RENEWS_CREDENTIALS,
     .text = "The API server, as https://HOST[:PORT][/PREFIX], unless the kubeconfigs name it. The "
             "default is that of the Pod that tlsrouted runs in: KUBERNETES_SERVICE_HOST and "
             "KUBERNETES_SERVICE_PORT in the environment."},
    {"cluster.caFile", FILE_NAME(ca_file),
     .fallback = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
     .reload = CONFIG_RENEWS_CREDENTIALS,
     .text = "The CA certificates, in PEM, that the API server's certificate has to chain to. The "
             "default is the file of the Pod."},
    {"cluster.proxy", TEXT(proxy), .reload = CONFIG_RENEWS_CREDENTIALS,
     .check = checks_cluster_proxy,
     .text =
         "A proxy on the way to the API server, as http://HOST[:PORT], or with https, socks5 or "
         "socks5h in place of http, also for kubeconfigs that name none (proxy-url). The "
         "certificate of an https proxy has to chain to the API server's CA certificates; a "
         "SOCKS proxy looks up the API server's name itself. By default there is none: "
         "HTTPS_PROXY in the environment is ignored."},
    {"credentials.source", CHOICE(source, sources), .reload = CONFIG_RENEWS_CREDENTIALS,
     .text = "Where the workers' credentials come from. The default is token-request in a Pod, if "
             "no other worker than the minter has a kubeconfig or tokenFile here; otherwise each "
             "worker may have either. A change to or from token-request needs a restart of "
             "tlsrouted."},
    {"credentials." CONFIG_WORKER ".kubeconfig", WORKERS_FILE(kubeconfig),
     .reload = CONFIG_RENEWS_CREDENTIALS,
     .text = "The worker's kubeconfig. Its user may have a token, a tokenFile, a client "
             "certificate or an exec plugin (client.authentication.k8s.io/v1 or v1beta1)."},
    {"credentials." CONFIG_WORKER ".context", WORKERS_TEXT(context),
     .reload = CONFIG_RENEWS_CREDENTIALS,
     .text = "A context of the kubeconfig. The default is its current-context."},
    {"credentials." CONFIG_WORKER ".tokenFile", WORKERS_FILE(token_file),
     .reload = CONFIG_RENEWS_CREDENTIALS,
     .text =
         "A file with a token of the worker's ServiceAccount. It is read again when it changes, "
         "and at once when the API server refuses the token. The default for the minter is the "
         "token of the Pod."},
    {"credentials." CONFIG_WORKER ".serviceAccount", WORKERS_TEXT(account),
     .reload = CONFIG_RESTARTS_MINTER,
     .text = "The ServiceAccount that the minter requests the worker's tokens for. The default is "
             "tlsrouted- and the name of the worker."},
    {"credentials.namespace", TEXT(token_namespace), .reload = CONFIG_RESTARTS_MINTER,
     .text = "The namespace of those ServiceAccounts. The default is in the file beside the "
             "minter's token."},
    {"credentials.secret", TEXT(token_secret), .fallback = "tlsrouted-tokens",
     .reload = CONFIG_RESTARTS_MINTER,
     .text = "A Secret in that namespace, without content, that the tokens are bound to: deleting "
             "it revokes them all."},
};
const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_KEYS_MAX,
               "CONFIG_KEYS_MAX is too small");

bool config_key_is_per_worker(const struct config_key *key)
{
    return strstr(key->path, "." CONFIG_WORKER ".") != NULL;
}

char *config_key_path(const struct config_key *key, enum role role)
{
    const char *worker = strstr(key->path, CONFIG_WORKER);

    if (worker == NULL)
        return memory_text(key->path);
    return memory_format("%.*s%s%s", (int)(worker - key->path), key->path, role_name(role),
                         worker + strlen(CONFIG_WORKER));
}

const struct config_choice *config_key_choice(const struct config_key *key, const char *name)
{
    const struct config_choice *choice = key->choices;

    while (choice->name != NULL && strcmp(choice->name, name) != 0)
        choice++;
    return choice->name != NULL ? choice : NULL;
}
