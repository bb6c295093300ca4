/* SPDX-License-Identifier: Apache-2.0 */
/* The table of messages: everything that one process can say to another.
 *
 * Number, struct, encoder, decoder, bounds and permission of a message follow from its row,
 *
 *     X(NAME, name, SENDERS, RECEIVERS, DESCRIPTORS, WHEN)
 *
 * where SENDERS and RECEIVERS are sets of roles and DESCRIPTORS is the number of file descriptors
 * that a message carries, and from NAME_FIELDS(F, M), which lists its fields in order, each as
 * F(M, KIND, field, BOUND). WHEN says at which time in the life of a worker a message between it
 * and the supervisor may be sent; all other links are at WORK from the start:
 *
 *     FIRST   before all others: HELLO, which ends this time
 *     SETUP   from HELLO to START
 *     START   from START to READY
 *     WORK    from READY on
 *     BEGUN   from START on
 *     ALIVE   from HELLO on
 *
 * Fields are of these kinds:
 *
 *     LINE    a text without control characters (C0, DEL, C1): what processes say, and names
 *     LINES   a list of such texts; see TEXTS
 *     TEXT    UTF-8 without NUL of at most BOUND bytes: PEM, JSON, and what stands in a spec
 *     TEXTS   a list of such texts, of at most BOUND bytes in all, each counted with its NUL
 *     NUMBER  unsigned, at most BOUND
 *     FLAG    true or false; BOUND is 1
 *
 * An empty text stands for "none" unless a comment says otherwise. Enumerations are those of
 * settings.h, query.h, role.h, kind.h, metric.h and log.h, or stand at the end of this file. */
#ifndef TLSROUTED_COMMON_MESSAGE_MESSAGES_H
#define TLSROUTED_COMMON_MESSAGE_MESSAGES_H

#include "common/message/kind.h"
#include "common/message/metric.h"
#include "common/message/query.h"
#include "common/message/role.h"
#include "common/message/settings.h"

#define MESSAGE_BYTES_MAX (96 * 1024) /* of a packet; below the kernel's default send buffer */

#define QUERY_SENDERS   (ROLE_SET(CONTROL) | ROLE_SET(SUPERVISOR))
#define QUERY_RECEIVERS (ROLE_SET(SUPERVISOR) | API_WORKERS)
#define ADOPT_RECEIVERS (ROLE_SET(SUPERVISOR) | ROLE_SET(CERTPATCHER))

/* clang-format off */
#define MESSAGES(X) \
    /* the life of a worker */ \
    X(HELLO, hello,                         WORKERS,               ROLE_SET(SUPERVISOR),  0, FIRST) \
    X(SETTINGS, settings,                   ROLE_SET(SUPERVISOR),  WORKERS,               0, ALIVE) \
    X(TRUST, trust,                         ROLE_SET(SUPERVISOR),  API_WORKERS,           0, SETUP) \
    X(IDENTITY, identity,                   ROLE_SET(SUPERVISOR),  API_WORKERS,           0, ALIVE) \
    X(PEER, peer,                           ROLE_SET(SUPERVISOR),  API_WORKERS,           1, ALIVE) \
    X(START, start,                         ROLE_SET(SUPERVISOR),  WORKERS,               0, SETUP) \
    X(READY, ready,                         WORKERS,               ROLE_SET(SUPERVISOR),  0, START) \
    X(REPORT, report,                       WORKERS,               ROLE_SET(SUPERVISOR),  0, WORK) \
    X(LINK_BROKEN, link_broken,             API_WORKERS,           ROLE_SET(SUPERVISOR),  0, WORK) \
    /* what the watcher observes */ \
    X(ROUTE_API, route_api,                 ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(RESYNC_BEGIN, resync_begin,           ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(RESYNC_END, resync_end,               ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(POOL, pool,                           ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(SERVER, server,                       ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(CERTIFICATE, certificate,             ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(ROUTE, route,                         ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(SERVICE, service,                     ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(GATEWAY, gateway,                     ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(GATEWAY_CLASS, gateway_class,         ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(UNREADABLE, unreadable,               ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    X(GONE, gone,                           ROLE_SET(WATCHER),     ROLE_SET(RECONCILER),  0, WORK) \
    /* names in Certificates */ \
    X(LEADING, leading,                     ROLE_SET(RECONCILER),  ROLE_SET(CERTPATCHER), 0, WORK) \
    X(INJECT, inject,                       ROLE_SET(RECONCILER),  ROLE_SET(CERTPATCHER), 0, WORK) \
    X(INJECT_RESULT, inject_result,         ROLE_SET(CERTPATCHER), ROLE_SET(RECONCILER),  0, WORK) \
    /* status on the control socket */ \
    X(STATUS_QUERY, status_query,           ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(STATUS_DAEMON, status_daemon,         ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    X(STATUS_WORKER, status_worker,         ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    X(STATUS_END, status_end,               ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    /* connections to the API server */ \
    X(CONNECT_REQUEST, connect_request,     API_WORKERS,           ROLE_SET(SUPERVISOR),  0, WORK) \
    X(CONNECTION, connection,               ROLE_SET(SUPERVISOR),  API_WORKERS,           1, WORK) \
    X(CONNECTION_FAILED, connection_failed, ROLE_SET(SUPERVISOR),  API_WORKERS,           0, WORK) \
    X(UNAUTHORIZED, unauthorized,           API_WORKERS,           ROLE_SET(SUPERVISOR),  0, WORK) \
    X(RESOLVE_REQUEST, resolve_request,     ROLE_SET(SUPERVISOR),  ROLE_SET(RESOLVER),    0, WORK) \
    X(RESOLVE_RESULT, resolve_result,       ROLE_SET(RESOLVER),    ROLE_SET(SUPERVISOR),  0, WORK) \
    /* credentials */ \
    X(MINT, mint,                           ROLE_SET(SUPERVISOR),  ROLE_SET(MINTER),      0, ALIVE) \
    X(TOKEN, token,                         ROLE_SET(MINTER),      ROLE_SET(SUPERVISOR),  0, WORK) \
    X(EXEC_REQUEST, exec_request,           ROLE_SET(SUPERVISOR),  ROLE_SET(PLUGIN),      0, WORK) \
    X(EXEC_RESULT, exec_result,             ROLE_SET(PLUGIN),      ROLE_SET(SUPERVISOR),  0, WORK) \
    /* queries, passed on by the supervisor to a worker, and commands */ \
    X(QUERY, query,                         QUERY_SENDERS,         QUERY_RECEIVERS,       0, WORK) \
    X(ROW, row,                             QUERY_RECEIVERS,       QUERY_SENDERS,         0, WORK) \
    X(PAGE_END, page_end,                   QUERY_RECEIVERS,       QUERY_SENDERS,         0, WORK) \
    X(WATCH_QUERY, watch_query,             ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(CHANGED, changed,                     ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    X(RESYNC_COMMAND, resync_command,       ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(RESYNC, resync,   ROLE_SET(SUPERVISOR),  ROLE_SET(WATCHER) | ROLE_SET(RECONCILER),  0, WORK) \
    X(RELOAD_COMMAND, reload_command,       ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(LEVEL_QUERY, level_query,             ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(LEVEL_COMMAND, level_command,         ROLE_SET(CONTROL),     ROLE_SET(SUPERVISOR),  0, WORK) \
    X(ADOPT, adopt,                         QUERY_SENDERS,         ADOPT_RECEIVERS,       0, WORK) \
    X(DONE, done,                           ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    X(REFUSED, refused,                     ROLE_SET(SUPERVISOR),  ROLE_SET(CONTROL),     0, WORK) \
    /* health and metrics of a worker */ \
    X(UNCONFINED, unconfined,               WORKERS,               ROLE_SET(SUPERVISOR),  0, START) \
    X(FORBIDDEN, forbidden,                 WORKERS,               ROLE_SET(SUPERVISOR),  0, BEGUN) \
    X(PING, ping,                           ROLE_SET(SUPERVISOR),  WORKERS,               0, WORK) \
    X(PONG, pong,                           WORKERS,               ROLE_SET(SUPERVISOR),  0, WORK) \
    X(METRIC, metric,                       WORKERS,               ROLE_SET(SUPERVISOR),  0, WORK) \
    /* what the exporter serves */ \
    X(LISTENER, listener,                   ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    1, ALIVE) \
    X(SERVE, serve,                         ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    0, ALIVE) \
    X(HEALTH_QUERY, health_query,           ROLE_SET(EXPORTER),    ROLE_SET(SUPERVISOR),  0, WORK) \
    X(HEALTH, health,                       ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    0, WORK) \
    X(HEALTH_WORKER, health_worker,         ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    0, WORK) \
    X(WORKER_METRIC, worker_metric,         ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    0, WORK) \
    X(HEALTH_END, health_end,               ROLE_SET(SUPERVISOR),  ROLE_SET(EXPORTER),    0, WORK)

/* ---- the life of a worker (worker.h) ---- */

/* The first message of a worker: the version of its program, which has to be the supervisor's. */
#define HELLO_FIELDS(F, M) F(M, LINE, version, 63)

/* The part of the configuration that workers need. server is the URL of the API server, tls_name the
 * name that its certificate is for, "" for its host, and proxy the URL of the proxy on the way to
 * it. An empty list of namespaces stands for all; pool_selector is
 * a label selector for Pools. grace is in seconds; a Certificate gets no injected name beyond
 * max_names. In a dry_run requests persist nothing. lease_* name the Lease of the leader, and
 * identity is the holder's name in it; lease_namespace is "" if no Lease is used. uid is the user to
 * run as; 0: the present one. connections is how many of them the worker's watches may need. Sent again after a reload: then only the log settings are applied. */
#define SETTINGS_FIELDS(F, M) \
    F(M, NUMBER, log_level, 3) \
    F(M, NUMBER, log_format, 1) \
    F(M, LINE, server, 1024) \
    F(M, LINE, tls_name, 255) \
    F(M, LINE, proxy, 1024) \
    F(M, LINES, namespaces, 65536) \
    F(M, LINE, pool_selector, 1024) \
    F(M, NUMBER, services, SERVICES_POLICIES - 1) \
    F(M, NUMBER, external_ips, SERVICE_FIELD_POLICIES - 1) \
    F(M, NUMBER, node_port, SERVICE_FIELD_POLICIES - 1) \
    F(M, NUMBER, load_balancer, SERVICE_FIELD_POLICIES - 1) \
    F(M, NUMBER, conflicts, CONFLICTS_POLICIES - 1) \
    F(M, NUMBER, withdraw, WITHDRAW_POLICIES - 1) \
    F(M, NUMBER, grace, GRACE_MAX) \
    F(M, NUMBER, reissue, REISSUE_POLICIES - 1) \
    F(M, NUMBER, max_names, MAX_NAMES_LIMIT) \
    F(M, FLAG, dry_run, 1) \
    F(M, LINE, lease_namespace, 63) \
    F(M, LINE, lease_name, 253) \
    F(M, NUMBER, lease_seconds, LEASE_SECONDS_MAX) \
    F(M, LINE, identity, 255) \
    F(M, NUMBER, sandbox, SANDBOX_MODES - 1) \
    F(M, NUMBER, uid, UINT32_MAX - 1) \
    F(M, NUMBER, connections, WORKER_CONNECTIONS_MAX)

/* A piece of the CA certificates that the API server's certificate has to chain to. The pieces are
 * joined in order. */
#define TRUST_FIELDS(F, M) F(M, TEXT, pem, 65536)

/* A certificate with its chain, and its private key. */
#define KEY_PAIR_FIELDS(F, M) \
    F(M, TEXT, certificate_pem, 32768) \
    F(M, TEXT, key_pem, 16384)
#define CREDENTIAL_FIELDS(F, M) \
    F(M, LINE, token, 16384) \
    KEY_PAIR_FIELDS(F, M)

/* How the worker authenticates to the API server. Sent again when the credential changes. */
#define IDENTITY_FIELDS(F, M) CREDENTIAL_FIELDS(F, M)

/* The descriptor is a link to the worker ROLE. Sent again when that worker was restarted. */
#define PEER_FIELDS(F, M) F(M, NUMBER, role, ROLE_WORKERS - 1)

/* The worker has everything: it enters its sandbox, answers READY with what confines it, and starts
 * to work. */
#define START_FIELDS(F, M)

/* refused are the parts of the sandbox that this machine refuses and that can be done without, each
 * with the reason and what to do. */
#define READY_FIELDS(F, M) \
    F(M, LINE, sandbox, 255) \
    F(M, LINES, refused, 8192)

/* The state of the worker, sent whenever it changes: whether it can do its work, a summary for
 * people, whether nothing is left to do, and how many Pools do not have what they ask for. changes
 * counts the findings and Events so far, so that one that alters no other field is noticed too. */
#define REPORT_FIELDS(F, M) \
    F(M, FLAG, healthy, 1) \
    F(M, LINE, summary, 255) \
    F(M, FLAG, idle, 1) \
    F(M, NUMBER, unsatisfied, UINT64_MAX) \
    F(M, NUMBER, changes, UINT64_MAX) \
    F(M, NUMBER, leadership, LEADERSHIPS - 1)

/* The worker ROLE violated this table, so the link to it was closed. */
#define LINK_BROKEN_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS - 1) \
    F(M, LINE, reason, 255)

/* ---- what the watcher observes ---- */

/* The version of TLSRoute that the API server serves; "" if it serves none. */
#define ROUTE_API_FIELDS(F, M) F(M, LINE, version, 31)

/* Between these two come all objects of KIND in NAMESPACE ("": in all): any other has ceased to
 * exist. A second RESYNC_BEGIN starts over. */
#define RESYNC_BEGIN_FIELDS(F, M) \
    F(M, NUMBER, kind, KIND_COUNT - 1) \
    F(M, LINE, namespace, 63)
#define RESYNC_END_FIELDS(F, M) RESYNC_BEGIN_FIELDS(F, M)

/* What all objects have; the struct object_head of the message. */
#define OBJECT_FIELDS(F, M) MESSAGE_PART(object_head, head, OBJECT_HEAD_FIELDS(F, M))
#define OBJECT_HEAD_FIELDS(F, M) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, name, 253) \
    F(M, LINE, uid, 63) \
    F(M, NUMBER, resource_version, UINT64_MAX) \
    F(M, FLAG, deleting, 1)

/* Who owns an object that tlsrouted may write; its struct object_owner. controller_* describe the
 * ownerReference that is marked as controller, controller_index is its index in the list.
 * other_manager is the field manager besides tlsrouted that last wrote what tlsrouted writes there,
 * at other_time, and own_time is when tlsrouted did; in seconds since 1970, 0: not known. */
#define OWNER_FIELDS(F, M) MESSAGE_PART(object_owner, owner, OBJECT_OWNER_FIELDS(F, M))
#define OBJECT_OWNER_FIELDS(F, M) \
    F(M, LINE, controller_kind, 253) \
    F(M, LINE, controller_name, 253) \
    F(M, LINE, controller_uid, 63) \
    F(M, NUMBER, controller_index, 1000) \
    F(M, LINE, other_manager, 128) \
    F(M, NUMBER, other_time, UINT64_MAX) \
    F(M, NUMBER, own_time, UINT64_MAX)

/* What stands in the spec of an object is passed on as it is: whoever shows it cleans it. created is
 * in seconds since 1970. Nothing of a paused Pool is written or deleted. service is
 * spec.service as JSON, abbreviated (abbreviation.h), "" also if it is too long. */
#define POOL_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    F(M, NUMBER, created, UINT64_MAX) \
    F(M, FLAG, paused, 1) \
    F(M, FLAG, route_enabled, 1) \
    F(M, TEXT, hostname, 1024) \
    F(M, TEXT, gateway_namespace, 253) \
    F(M, TEXT, gateway_name, 253) \
    F(M, TEXT, section_name, 253) \
    F(M, FLAG, inject, 1) \
    F(M, NUMBER, service_port, 65535) \
    F(M, TEXT, service, 8192) \
    F(M, FLAG, service_too_long, 1)

#define SERVER_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    F(M, TEXT, certificate, 253) \
    F(M, TEXTS, pools, 65536)

/* ledger is the text of the annotation that ledger.h describes. names are spec.dnsAltNames;
 * effective are the names that the operator says the Certificate has even without them. reissue: it is
 * marked to be issued again, and its phase allows to see to that now. */
#define CERTIFICATE_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    F(M, TEXT, ledger, 20480) \
    F(M, FLAG, reissue, 1) \
    F(M, TEXTS, effective, 8192) \
    F(M, TEXTS, names, 65536)

/* spec is in the normal form of route_spec.h, abbreviated (abbreviation.h), "" if tlsrouted cannot
 * have written it. hostnames and gateways are those that it has, the latter as "namespace/name"; what
 * is beyond the bounds is left out. created is in seconds since 1970, 0 if that is not known. answers
 * are what controllers report about it, as route_status.h has it. */
#define ROUTE_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    OWNER_FIELDS(F, M) \
    F(M, NUMBER, created, UINT64_MAX) \
    F(M, TEXTS, hostnames, 4096) \
    F(M, TEXTS, gateways, 12288) \
    F(M, TEXT, spec, 8192) \
    F(M, TEXT, answers, 24576)

/* ports are the numbers of the TCP ports. spec is as service_spec_observed() makes it, "" if that is
 * too long. owners says whose the fields in it are, as JSON (managers.h); "" if none is ours. Both are
 * abbreviated (abbreviation.h). */
#define SERVICE_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    OWNER_FIELDS(F, M) \
    F(M, LINES, ports, 4096) \
    F(M, TEXT, spec, 16384) \
    F(M, TEXT, owners, 32768)

/* listeners are spec.listeners as JSON, class is the GatewayClass. status is what is wrong, or
 * has yet to be said, according to its status, as gateway_status.h has it. */
#define GATEWAY_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    F(M, TEXT, class, 253) \
    F(M, TEXT, listeners, 65536) \
    F(M, TEXT, status, 24576)

/* controller is the name that its controller writes into the status of routes. status likewise. */
#define GATEWAY_CLASS_FIELDS(F, M) \
    OBJECT_FIELDS(F, M) \
    F(M, TEXT, controller, 253) \
    F(M, TEXT, status, 8192)

/* An object exists but cannot be understood; what was known of it stays valid. */
#define UNREADABLE_FIELDS(F, M) \
    F(M, NUMBER, kind, KIND_COUNT - 1) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, name, 253) \
    F(M, LINE, problem, 1024)

/* The object with this uid has been deleted. */
#define GONE_FIELDS(F, M) \
    F(M, NUMBER, kind, KIND_COUNT - 1) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, name, 253) \
    F(M, LINE, uid, 63)

/* ---- names in Certificates ---- */

/* The reconciler leads until then, in milliseconds of the machine's monotonic clock; 0: it does not,
 * UINT64_MAX: no Lease is used. Sent first on each link and whenever it changes. Nothing is written
 * to Certificates from then on: what was asked for is given up. */
#define LEADING_FIELDS(F, M) F(M, NUMBER, until, UINT64_MAX)

/* Asks for the names ADD to be put into the Certificate and for the injected names WITHDRAW to be
 * removed; record asks for its ledger to be brought up to date, and for the re-issue that it is marked
 * for. With none of these nothing is left
 * to do: no name waits for the end of its grace any more. Names that wait are asked for again and
 * again: an age that is not confirmed is not believed. The certpatcher decides for itself from what
 * the API server says. */
#define INJECT_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, certificate, 253) \
    F(M, TEXTS, add, 40960) \
    F(M, TEXTS, withdraw, 40960) \
    F(M, FLAG, record, 1)

/* The result of the INJECT with this ticket, an enum inject_outcome. After retry_seconds it is worth
 * asking again even if nothing changed; 0: it is not. detail is who keeps removing names, or why the API
 * server does not allow it, if that is the outcome. */
#define INJECT_RESULT_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, certificate, 253) \
    F(M, NUMBER, outcome, INJECT_OUTCOMES - 1) \
    F(M, NUMBER, retry_seconds, GRACE_MAX) \
    F(M, LINE, detail, 511)

/* ---- status on the control socket ---- */

/* Answered by STATUS_DAEMON, a STATUS_WORKER for each worker, and STATUS_END. */
#define STATUS_QUERY_FIELDS(F, M)
#define STATUS_DAEMON_FIELDS(F, M) \
    F(M, LINE, version, 63) \
    F(M, NUMBER, pid, UINT32_MAX) \
    F(M, NUMBER, uptime_seconds, UINT64_MAX) \
    F(M, FLAG, healthy, 1) \
    F(M, FLAG, live, 1) \
    F(M, LINE, sandbox, 255) \
    F(M, NUMBER, leadership, LEADERSHIPS - 1)
/* pid is 0 if there is no process. last_end is why the process before this one ended.
 * unready_seconds is how long it has not been ready, 0 if it is. token_expires is in seconds since 1970, 0 if
 * there is no token or its expiry is unknown. */
#define STATUS_WORKER_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS - 1) \
    F(M, LINE, state, 31) \
    F(M, NUMBER, pid, UINT32_MAX) \
    F(M, NUMBER, restarts, UINT64_MAX) \
    F(M, LINE, last_end, 255) \
    F(M, NUMBER, unready_seconds, UINT64_MAX) \
    F(M, FLAG, healthy, 1) \
    F(M, LINE, summary, 255) \
    F(M, LINE, sandbox, 255) \
    F(M, NUMBER, token_expires, UINT64_MAX)
#define STATUS_END_FIELDS(F, M)

/* ---- connections to the API server ---- */

/* Asks for a connection to the configured API server, or to its proxy: there is no way to ask for
 * another. Each request is answered by one of the next two messages, in order. */
#define CONNECT_REQUEST_FIELDS(F, M)

/* The descriptor is a connected TCP socket. */
#define CONNECTION_FIELDS(F, M)
#define CONNECTION_FAILED_FIELDS(F, M) F(M, LINE, reason, 255)

/* The API server answered the last IDENTITY with 401. */
#define UNAUTHORIZED_FIELDS(F, M)

/* Asks for the addresses of HOST. sandbox and uid are as in SETTINGS. */
#define RESOLVE_REQUEST_FIELDS(F, M) \
    F(M, LINE, host, 255) \
    F(M, NUMBER, sandbox, SANDBOX_MODES - 1) \
    F(M, NUMBER, uid, UINT32_MAX - 1)

/* The addresses as texts, the best first; problem says why there are none. */
#define RESOLVE_RESULT_FIELDS(F, M) \
    F(M, LINES, addresses, 4096) \
    F(M, LINE, problem, 255)

/* ---- credentials ---- */

/* Asks for tokens for the worker ROLE: one now, and another each time before one expires. They are
 * of the ServiceAccount ACCOUNT in NAMESPACE and bound to the Secret SECRET there. Sent again when
 * a token was refused. */
#define MINT_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS - 1) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, account, 253) \
    F(M, LINE, secret, 253)

/* A new token for the worker ROLE, valid for so many seconds. */
#define TOKEN_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS - 1) \
    F(M, LINE, token, 16384) \
    F(M, NUMBER, seconds, UINT32_MAX)

/* Asks to run the exec plugin COMMAND with ARGUMENTS and the environment VARIABLES ("NAME=VALUE").
 * It is told in the apiVersion VERSION, and has to answer in it. If it wants_cluster it is given
 * server, tls_name, proxy and ca_pem. */
#define EXEC_REQUEST_FIELDS(F, M) \
    F(M, LINE, version, 63) \
    F(M, TEXT, command, 4096) \
    F(M, TEXTS, arguments, 16384) \
    F(M, TEXTS, variables, 16384) \
    F(M, FLAG, wants_cluster, 1) \
    F(M, LINE, server, 1024) \
    F(M, LINE, tls_name, 255) \
    F(M, LINE, proxy, 1024) \
    F(M, TEXT, ca_pem, 32768)

/* The credential that the plugin printed, valid for so many seconds, 0 if it does not expire.
 * problem says why there is none. */
#define EXEC_RESULT_FIELDS(F, M) \
    CREDENTIAL_FIELDS(F, M) \
    F(M, NUMBER, seconds, UINT32_MAX) \
    F(M, LINE, problem, 511)

/* ---- queries and commands ---- */

/* Asks for a page of what a worker knows: the enum view, of the objects in NAMESPACE ("": in all)
 * or of the one called NAME, with keys after AFTER ("": from the first). It is answered by ROWs in
 * the order of their keys and a PAGE_END, all with the query's ticket. So whoever queries decides
 * when the next page is made, and nobody has to hold more than one. A control client chooses its
 * own tickets; the supervisor replaces them by its own on the way to a worker. */
#define QUERY_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, NUMBER, view, VIEWS - 1) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, name, 253) \
    F(M, LINE, after, 317)

/* One row, a JSON object. */
#define ROW_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, TEXT, json, 65536)

/* If there are more rows, the query for them has next as its after. problem says why there is no
 * answer. unhealthy is the set of the workers that are not healthy: the supervisor fills it in, so
 * that whoever reads the rows knows whether they may be out of date. */
#define PAGE_END_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, FLAG, more, 1) \
    F(M, LINE, next, 317) \
    F(M, NUMBER, unhealthy, (1u << ROLE_WORKERS) - 1) \
    F(M, LINE, problem, 255)

/* Asks for a CHANGED whenever something that the status shows changes, at most one a second. */
#define WATCH_QUERY_FIELDS(F, M)
#define CHANGED_FIELDS(F, M)

/* Makes the workers list everything anew and check it again. */
#define RESYNC_COMMAND_FIELDS(F, M)
#define RESYNC_FIELDS(F, M)

/* Makes the supervisor read its configuration and the credentials again. */
#define RELOAD_COMMAND_FIELDS(F, M)

/* Asks for, or sets, the log level of all processes. */
#define LEVEL_QUERY_FIELDS(F, M)
#define LEVEL_COMMAND_FIELDS(F, M) F(M, NUMBER, level, 3)

/* Takes names of the Certificate that somebody else has put there into its ledger: those that Pools
 * demand. Only a client of the control socket can ask for it, by way of the supervisor; the
 * certpatcher decides from what the API server says. Answered as a QUERY is, by one ROW and a PAGE_END
 * whose problem says why nothing was done. The row has the numbers `adopted` and `refused`, whether
 * it was a `dryRun`, and the `reason` of the first refusal. */
#define ADOPT_FIELDS(F, M) \
    F(M, NUMBER, ticket, UINT64_MAX) \
    F(M, LINE, namespace, 63) \
    F(M, LINE, certificate, 253) \
    F(M, TEXTS, names, 40960)

/* The result of a command or of LEVEL_QUERY; text is for people. */
#define DONE_FIELDS(F, M) \
    F(M, FLAG, succeeded, 1) \
    F(M, LINE, text, 4096)

/* The client may not do that, or not now (busy); reason is for people. The supervisor closes the
 * connection. */
#define REFUSED_FIELDS(F, M) \
    F(M, FLAG, busy, 1) \
    F(M, LINE, reason, 255)

/* ---- health and metrics of a worker ---- */

/* The worker cannot enter its sandbox: which part failed, why, and what to do. It waits for its
 * end. */
#define UNCONFINED_FIELDS(F, M) F(M, LINE, problem, 511)

/* The worker's sandbox is about to end it for this system call. A signal handler sends it: it
 * writes the number into a packet that was encoded before. */
#define FORBIDDEN_FIELDS(F, M) F(M, NUMBER, call, UINT32_MAX)

/* A heartbeat: the answer shows that the worker's event loop runs. Without wants_answer it shows by
 * having been read, and only metrics that have changed follow. */
#define PING_FIELDS(F, M) F(M, FLAG, wants_answer, 1)
#define PONG_FIELDS(F, M)

/* A number of the worker's metrics that has changed since it was sent last; see metric.h. They come
 * before each PONG, or without one. */
#define METRIC_FIELDS(F, M) \
    F(M, NUMBER, series, METRIC_SERIES - 1) \
    F(M, NUMBER, value, UINT64_MAX)

/* ---- what the exporter serves ---- */

/* The descriptor is a listening TCP socket. */
#define LISTENER_FIELDS(F, M)

/* What the exporter serves TLS with; without a certificate it serves plain HTTP. Sent again when
 * the files change. */
#define SERVE_FIELDS(F, M) KEY_PAIR_FIELDS(F, M)

/* Answered by HEALTH, a HEALTH_WORKER for each worker, a WORKER_METRIC for each number that has
 * changed since the last query, and HEALTH_END. */
#define HEALTH_QUERY_FIELDS(F, M)
#define HEALTH_FIELDS(F, M) \
    F(M, FLAG, live, 1) \
    F(M, FLAG, ready, 1) \
    F(M, LINE, summary, 511) \
    F(M, LINE, sandbox, 255)
#define HEALTH_WORKER_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS - 1) \
    HEALTH_FIELDS(F, M)

/* role is a worker, or ROLE_SUPERVISOR for the supervisor and for the daemon as a whole. */
#define WORKER_METRIC_FIELDS(F, M) \
    F(M, NUMBER, role, ROLE_WORKERS) \
    F(M, NUMBER, series, METRIC_SERIES - 1) \
    F(M, NUMBER, value, UINT64_MAX)
#define HEALTH_END_FIELDS(F, M)
/* clang-format on */

/* ---- enumerations ---- */

/* Whether a worker may write. */
enum leadership {
    LEADERSHIP_ALONE,   /* no Lease is used: yes */
    LEADERSHIP_LEADER,  /* it holds the Lease: yes */
    LEADERSHIP_STANDBY, /* another tlsrouted holds it: no */
    LEADERSHIPS
};

/* How an INJECT ended. */
enum inject_outcome {
    INJECT_WRITTEN,         /* the Certificate has been patched and is as it should be */
    INJECT_UNCHANGED,       /* it was as it should be */
    INJECT_WAITING,         /* a name waits for the end of its grace; all else has been done */
    INJECT_REFUSED,         /* the objects at the API server do not justify it */
    INJECT_CONTESTED,       /* somebody keeps removing our names: nothing was written */
    INJECT_FAILED,          /* it cannot be done now; to be tried again */
    INJECT_API_UNAVAILABLE, /* likewise, for a reason that the log gives once for all requests */
    INJECT_STOOD_DOWN,      /* this tlsrouted does not lead, or not any more: given up */
    INJECT_DENIED,          /* the API server does not allow it: to be tried again, but rarely */
    INJECT_OUTCOMES,
};

#endif
