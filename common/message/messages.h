/* SPDX-License-Identifier: Apache-2.0 */
/* The table of messages: the one place that says what the processes can tell each other.
 *
 * From a row follow the number, the struct, the encoder, the decoder and the permission. A row is
 *
 *     X(NAME, name, FROM, TO, DESCRIPTORS)
 *
 * with FROM and TO sets of roles and DESCRIPTORS the number of file descriptors that come with it.
 * The fields of NAME stand in NAME_FIELDS(F, name), each as F(name, KIND, field, BOUND):
 *
 *     TEXT    UTF-8 without NUL, BOUND the most bytes
 *     TEXTS   a list of such texts, BOUND the most bytes in all, with one more per text
 *     NUMBER  unsigned, BOUND the largest value
 *     FLAG    true or false, BOUND is 1
 */
#ifndef TLSROUTED_COMMON_MESSAGE_MESSAGES_H
#define TLSROUTED_COMMON_MESSAGE_MESSAGES_H

#define MESSAGE_BYTES_MAX (96 * 1024) /* of one packet: below the kernel's default send buffer */

#define JSON_MAX   8192  /* bytes of a spec as JSON; one of ours is always shorter */
#define LEDGER_MAX 20480 /* bytes of a ledger's text; one of ours is always shorter */

#define EFFECTIVE_MAX   8192   /* bytes of a list of effective names */
#define ROW_MAX         65536  /* bytes of a row of an answer */
#define GRACE_MAX       604800 /* seconds */
#define MAX_NAMES_LIMIT 1000

#define LEASE_SECONDS_MAX 3600

#define ROLE_SET(role) (1u << ROLE_##role)
#define API_WORKERS                                                                                \
    (ROLE_SET(WATCHER) | ROLE_SET(RECONCILER) | ROLE_SET(CERTPATCHER) | ROLE_SET(MINTER))
#define WORKERS (API_WORKERS | ROLE_SET(EXPORTER))

#define MESSAGES(X)                                                                                \
    /* a worker's life */                                                                          \
    X(HELLO, hello, WORKERS, ROLE_SET(SUPERVISOR), 0)                                              \
    X(SETTINGS, settings, ROLE_SET(SUPERVISOR), WORKERS, 0)                                        \
    X(TRUST, trust, ROLE_SET(SUPERVISOR), API_WORKERS, 0)                                          \
    X(IDENTITY, identity, ROLE_SET(SUPERVISOR), API_WORKERS, 0)                                    \
    X(PEER, peer, ROLE_SET(SUPERVISOR), API_WORKERS, 1)                                            \
    X(START, start, ROLE_SET(SUPERVISOR), WORKERS, 0)                                              \
    X(READY, ready, WORKERS, ROLE_SET(SUPERVISOR), 0)                                              \
    X(REPORT, report, WORKERS, ROLE_SET(SUPERVISOR), 0)                                            \
    X(LINK_BROKEN, link_broken, API_WORKERS, ROLE_SET(SUPERVISOR), 0)                              \
    /* what the watcher sees */                                                                    \
    X(ROUTE_API, route_api, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                            \
    X(RESYNC_BEGIN, resync_begin, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                      \
    X(RESYNC_END, resync_end, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                          \
    X(POOL, pool, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                      \
    X(SERVER, server, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                  \
    X(CERTIFICATE, certificate, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                        \
    X(ROUTE, route, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                    \
    X(SERVICE, service, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                \
    X(GATEWAY, gateway, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                \
    X(UNREADABLE, unreadable, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                          \
    X(GONE, gone, ROLE_SET(WATCHER), ROLE_SET(RECONCILER), 0)                                      \
    /* names for Certificates */                                                                   \
    X(INJECT, inject, ROLE_SET(RECONCILER), ROLE_SET(CERTPATCHER), 0)                              \
    X(INJECT_RESULT, inject_result, ROLE_SET(CERTPATCHER), ROLE_SET(RECONCILER), 0)                \
    /* the control socket */                                                                       \
    X(STATUS_QUERY, status_query, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                      \
    X(STATUS_DAEMON, status_daemon, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                    \
    X(STATUS_WORKER, status_worker, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                    \
    X(STATUS_END, status_end, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                          \
    /* connections */                                                                              \
    X(CONNECT_REQUEST, connect_request, API_WORKERS, ROLE_SET(SUPERVISOR), 0)                      \
    X(CONNECTION, connection, ROLE_SET(SUPERVISOR), API_WORKERS, 1)                                \
    X(CONNECTION_FAILED, connection_failed, ROLE_SET(SUPERVISOR), API_WORKERS, 0)                  \
    X(UNAUTHORIZED, unauthorized, API_WORKERS, ROLE_SET(SUPERVISOR), 0)                            \
    X(RESOLVE_REQUEST, resolve_request, ROLE_SET(SUPERVISOR), ROLE_SET(RESOLVER), 0)               \
    X(RESOLVE_RESULT, resolve_result, ROLE_SET(RESOLVER), ROLE_SET(SUPERVISOR), 0)                 \
    /* tokens */                                                                                   \
    X(MINT, mint, ROLE_SET(SUPERVISOR), ROLE_SET(MINTER), 0)                                       \
    X(TOKEN, token, ROLE_SET(MINTER), ROLE_SET(SUPERVISOR), 0)                                     \
    X(EXEC_REQUEST, exec_request, ROLE_SET(SUPERVISOR), ROLE_SET(PLUGIN), 0)                       \
    X(EXEC_RESULT, exec_result, ROLE_SET(PLUGIN), ROLE_SET(SUPERVISOR), 0)                         \
    X(QUERY, query, ROLE_SET(CONTROL) | ROLE_SET(SUPERVISOR), ROLE_SET(SUPERVISOR) | API_WORKERS,  \
      0)                                                                                           \
    X(ROW, row, ROLE_SET(SUPERVISOR) | API_WORKERS, ROLE_SET(CONTROL) | ROLE_SET(SUPERVISOR), 0)   \
    X(PAGE_END, page_end, ROLE_SET(SUPERVISOR) | API_WORKERS,                                      \
      ROLE_SET(CONTROL) | ROLE_SET(SUPERVISOR), 0)                                                 \
    X(WATCH_QUERY, watch_query, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                        \
    X(CHANGED, changed, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                                \
    X(RESYNC_COMMAND, resync_command, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                  \
    X(RESYNC, resync, ROLE_SET(SUPERVISOR), ROLE_SET(WATCHER) | ROLE_SET(RECONCILER), 0)           \
    X(RELOAD_COMMAND, reload_command, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                  \
    X(LEVEL_QUERY, level_query, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                        \
    X(LEVEL_COMMAND, level_command, ROLE_SET(CONTROL), ROLE_SET(SUPERVISOR), 0)                    \
    X(DONE, done, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                                      \
    X(REFUSED, refused, ROLE_SET(SUPERVISOR), ROLE_SET(CONTROL), 0)                                \
    /* a worker's death */                                                                         \
    X(FORBIDDEN, forbidden, WORKERS, ROLE_SET(SUPERVISOR), 0)                                      \
    /* health */                                                                                   \
    X(PING, ping, ROLE_SET(SUPERVISOR), WORKERS, 0)                                                \
    X(PONG, pong, WORKERS, ROLE_SET(SUPERVISOR), 0)                                                \
    X(METRIC, metric, WORKERS, ROLE_SET(SUPERVISOR), 0)                                            \
    /* the exporter */                                                                             \
    X(LISTENER, listener, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 1)                             \
    X(SERVE, serve, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 0)                                   \
    X(HEALTH_QUERY, health_query, ROLE_SET(EXPORTER), ROLE_SET(SUPERVISOR), 0)                     \
    X(HEALTH, health, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 0)                                 \
    X(HEALTH_WORKER, health_worker, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 0)                   \
    X(WORKER_METRIC, worker_metric, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 0)                   \
    X(HEALTH_END, health_end, ROLE_SET(SUPERVISOR), ROLE_SET(EXPORTER), 0)

/* First of all: the version of the program, which has to be the supervisor's own. */
#define HELLO_FIELDS(F, M) F(M, TEXT, version, 63)

/* log_level and log_format are the enums of log.h. server is the API server's URL; proxy that of
 * an HTTP proxy on the way to it, "" for none. Empty namespaces stand for all. pool_selector is a
 * label selector for Pools, "" for all. services, conflicts, withdraw, reissue and sandbox are the
 * enums below; grace is in seconds, max_names the number of names that a Certificate's list does
 * not grow beyond. uid is the worker's own if it was started as root, 0 if it has none. With
 * dry_run nothing is written for good. The Lease is the one that is held under the name of identity
 * to be the leader; lease_namespace is "" if there is none. May come again: then only the log
 * settings count. */
#define SETTINGS_FIELDS(F, M)                                                                      \
    F(M, NUMBER, log_level, 3)                                                                     \
    F(M, NUMBER, log_format, 1)                                                                    \
    F(M, TEXT, server, 1024)                                                                       \
    F(M, TEXT, proxy, 1024)                                                                        \
    F(M, TEXTS, namespaces, 65536)                                                                 \
    F(M, TEXT, pool_selector, 1024)                                                                \
    F(M, NUMBER, services, SERVICES_POLICIES - 1)                                                  \
    F(M, NUMBER, conflicts, CONFLICTS_POLICIES - 1)                                                \
    F(M, NUMBER, withdraw, WITHDRAW_POLICIES - 1)                                                  \
    F(M, NUMBER, grace, GRACE_MAX)                                                                 \
    F(M, NUMBER, reissue, REISSUE_POLICIES - 1)                                                    \
    F(M, NUMBER, max_names, MAX_NAMES_LIMIT)                                                       \
    F(M, FLAG, dry_run, 1)                                                                         \
    F(M, TEXT, lease_namespace, 63)                                                                \
    F(M, TEXT, lease_name, 253)                                                                    \
    F(M, NUMBER, lease_seconds, LEASE_SECONDS_MAX)                                                 \
    F(M, TEXT, identity, 255)                                                                      \
    F(M, NUMBER, sandbox, SANDBOX_MODES - 1)                                                       \
    F(M, NUMBER, uid, UINT32_MAX - 1)

/* A piece of the trust anchors (PEM); the pieces are joined in order. */
#define TRUST_FIELDS(F, M) F(M, TEXT, pem, 65536)

/* What the worker shows to the API server; "" for what it does not have. Comes again when the
 * credential changes. */
#define IDENTITY_FIELDS(F, M)                                                                      \
    F(M, TEXT, token, 16384)                                                                       \
    F(M, TEXT, certificate_pem, 32768)                                                             \
    F(M, TEXT, key_pem, 16384)

/* The descriptor is the link to the worker ROLE. Comes again when that one was restarted. */
#define PEER_FIELDS(F, M) F(M, NUMBER, role, ROLE_WORKERS - 1)

/* Everything has been given: initialise, enter the sandbox, say READY. */
#define START_FIELDS(F, M)
#define READY_FIELDS(F, M) F(M, TEXT, sandbox, 255)

/* How the worker is, whenever that changed: whether it can do its work, in words, whether there is
 * nothing left to do, and how many Pools do not have what they ask for. news counts what people
 * have been told since the start, so that whoever watches learns of what changes no number. */
#define REPORT_FIELDS(F, M)                                                                        \
    F(M, FLAG, healthy, 1)                                                                         \
    F(M, TEXT, summary, 255)                                                                       \
    F(M, FLAG, idle, 1)                                                                            \
    F(M, NUMBER, unsatisfied, UINT64_MAX)                                                          \
    F(M, NUMBER, news, UINT64_MAX)                                                                 \
    F(M, NUMBER, leadership, LEADERSHIPS - 1)

/* Whether the worker's loop turns: its answer, from that loop, is the proof. */
#define PING_FIELDS(F, M)
#define PONG_FIELDS(F, M)

/* One of the worker's numbers (see metric.h) is another now. Those that are come before each PONG.
 */
#define METRIC_FIELDS(F, M)                                                                        \
    F(M, NUMBER, series, METRIC_SERIES - 1)                                                        \
    F(M, NUMBER, value, UINT64_MAX)

/* The descriptor is a TCP socket that listens. */
#define LISTENER_FIELDS(F, M)

/* What the exporter shows its clients; without a certificate it speaks HTTP without TLS. Comes
 * again when the files have changed. */
#define SERVE_FIELDS(F, M)                                                                         \
    F(M, TEXT, certificate_pem, 32768)                                                             \
    F(M, TEXT, key_pem, 16384)

/* How is the daemon, and which of all numbers are others since the last time? */
#define HEALTH_QUERY_FIELDS(F, M)

/* The answer: HEALTH, a HEALTH_WORKER each, FIGUREs, HEALTH_END. words are for a person. */
#define HEALTH_FIELDS(F, M)                                                                        \
    F(M, FLAG, live, 1)                                                                            \
    F(M, FLAG, ready, 1)                                                                           \
    F(M, TEXT, words, 511)                                                                         \
    F(M, TEXT, sandbox, 255)
#define HEALTH_WORKER_FIELDS(F, M)                                                                 \
    F(M, NUMBER, role, ROLE_WORKERS - 1)                                                           \
    F(M, FLAG, live, 1)                                                                            \
    F(M, FLAG, ready, 1)                                                                           \
    F(M, TEXT, words, 511)                                                                         \
    F(M, TEXT, sandbox, 255)

/* Of the worker ROLE; ROLE_SUPERVISOR stands for the supervisor, and for the whole. */
#define WORKER_METRIC_FIELDS(F, M)                                                                 \
    F(M, NUMBER, role, ROLE_WORKERS)                                                               \
    F(M, NUMBER, series, METRIC_SERIES - 1)                                                        \
    F(M, NUMBER, value, UINT64_MAX)
#define HEALTH_END_FIELDS(F, M)

/* The worker ROLE sent something that it may not send, so the link to it was ended. */
#define LINK_BROKEN_FIELDS(F, M)                                                                   \
    F(M, NUMBER, role, ROLE_WORKERS - 1)                                                           \
    F(M, TEXT, reason, 255)

/* A connection to the API server that the supervisor is configured for, or to its proxy, please;
 * there is no way to ask for another. Each is answered by one of the next two, in order. */
#define CONNECT_REQUEST_FIELDS(F, M)

/* The descriptor is a connected TCP socket. */
#define CONNECTION_FIELDS(F, M)
#define CONNECTION_FAILED_FIELDS(F, M) F(M, TEXT, reason, 255)

/* The API server has refused the identity last given with 401. */
#define UNAUTHORIZED_FIELDS(F, M)

/* The addresses of HOST, please, as text and best first. problem is "" or says why there are none.
 * sandbox and uid as in SETTINGS. */
#define RESOLVE_REQUEST_FIELDS(F, M)                                                               \
    F(M, TEXT, host, 255)                                                                          \
    F(M, NUMBER, sandbox, SANDBOX_MODES - 1)                                                       \
    F(M, NUMBER, uid, UINT32_MAX - 1)
#define RESOLVE_RESULT_FIELDS(F, M)                                                                \
    F(M, TEXTS, addresses, 4096)                                                                   \
    F(M, TEXT, problem, 255)

/* Tokens for the worker ROLE, please: of the ServiceAccount ACCOUNT in NAMESPACE, bound to the
 * Secret SECRET there; one now and another one before each expires. Comes again when a token was
 * refused. */
#define MINT_FIELDS(F, M)                                                                          \
    F(M, NUMBER, role, ROLE_WORKERS - 1)                                                           \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, account, 253)                                                                       \
    F(M, TEXT, secret, 253)

/* A new token for the worker ROLE, which is valid for so many seconds. */
#define TOKEN_FIELDS(F, M)                                                                         \
    F(M, NUMBER, role, ROLE_WORKERS - 1)                                                           \
    F(M, TEXT, token, 16384)                                                                       \
    F(M, NUMBER, seconds, UINT32_MAX)

/* Please run COMMAND with ARGUMENTS and the environment VARIABLES ("NAME=VALUE"). With
 * wants_cluster it is told about the API server. */
#define EXEC_REQUEST_FIELDS(F, M)                                                                  \
    F(M, TEXT, command, 4096)                                                                      \
    F(M, TEXTS, arguments, 16384)                                                                  \
    F(M, TEXTS, variables, 16384)                                                                  \
    F(M, FLAG, wants_cluster, 1)                                                                   \
    F(M, TEXT, server, 1024)                                                                       \
    F(M, TEXT, proxy, 1024)                                                                        \
    F(M, TEXT, ca_pem, 32768)

/* The credential that it has printed, "" for what it does not have. seconds is its life, 0 for one
 * without an end. If problem is not "", there is none. */
#define EXEC_RESULT_FIELDS(F, M)                                                                   \
    F(M, TEXT, token, 16384)                                                                       \
    F(M, TEXT, certificate_pem, 32768)                                                             \
    F(M, TEXT, key_pem, 16384)                                                                     \
    F(M, NUMBER, seconds, UINT32_MAX)                                                              \
    F(M, TEXT, problem, 511)

/* The last words of a worker whose sandbox ends it: the number of the system call that it made.
 * Sent by a signal handler, which writes the number into a packet that has been encoded before. */
#define FORBIDDEN_FIELDS(F, M) F(M, NUMBER, call, UINT32_MAX)

/* The version of TLSRoute that the API server serves; "" when it serves none. */
#define ROUTE_API_FIELDS(F, M) F(M, TEXT, version, 31)

/* All objects of KIND in NAMESPACE ("": in all) follow, up to the end; what does not come does not
 * exist. A resync that was begun and is begun again starts over. */
#define RESYNC_BEGIN_FIELDS(F, M)                                                                  \
    F(M, NUMBER, kind, KIND_COUNT - 1)                                                             \
    F(M, TEXT, namespace, 63)
#define RESYNC_END_FIELDS(F, M) RESYNC_BEGIN_FIELDS(F, M)

#define OBJECT_FIELDS(F, M)                                                                        \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, name, 253)                                                                          \
    F(M, TEXT, uid, 63)                                                                            \
    F(M, NUMBER, resource_version, UINT64_MAX)                                                     \
    F(M, FLAG, deleting, 1)

/* created is in seconds since 1970. service is spec.service as JSON, "" if there is none, or if
 * service_too_long. paused: nothing of the Pool is to be written or deleted. */
#define POOL_FIELDS(F, M)                                                                          \
    OBJECT_FIELDS(F, M)                                                                            \
    F(M, NUMBER, created, UINT64_MAX)                                                              \
    F(M, FLAG, paused, 1)                                                                          \
    F(M, FLAG, route_enabled, 1)                                                                   \
    F(M, TEXT, hostname, 1024)                                                                     \
    F(M, TEXT, gateway_namespace, 253)                                                             \
    F(M, TEXT, gateway_name, 253)                                                                  \
    F(M, TEXT, section_name, 253)                                                                  \
    F(M, FLAG, inject, 1)                                                                          \
    F(M, NUMBER, service_port, 65535)                                                              \
    F(M, TEXT, service, JSON_MAX)                                                                  \
    F(M, FLAG, service_too_long, 1)

#define SERVER_FIELDS(F, M)                                                                        \
    OBJECT_FIELDS(F, M)                                                                            \
    F(M, TEXT, certificate, 253)                                                                   \
    F(M, TEXTS, pools, 65536)

/* ledger is the annotation of ledger.h as it stands there, "" if there is none. effective are the
 * names that the Certificate's operator says it has by itself. */
#define CERTIFICATE_FIELDS(F, M)                                                                   \
    OBJECT_FIELDS(F, M)                                                                            \
    F(M, TEXT, ledger, LEDGER_MAX)                                                                 \
    F(M, TEXTS, effective, EFFECTIVE_MAX)                                                          \
    F(M, TEXTS, names, 65536)

/* controller_* describe the ownerReference that is marked as controller, "" if there is none;
 * controller_index is its place in the list. other_manager is the field manager that last wrote
 * the object besides us, "" if there is none. */
#define OWNER_FIELDS(F, M)                                                                         \
    F(M, TEXT, controller_kind, 253)                                                               \
    F(M, TEXT, controller_name, 253)                                                               \
    F(M, TEXT, controller_uid, 63)                                                                 \
    F(M, NUMBER, controller_index, 1000)                                                           \
    F(M, TEXT, other_manager, 128)

/* spec is in the normal form of route_spec.h, "" if it is not one that tlsrouted would write.
 * refusals are the conditions of the current generation that are not true, each as
 * "TYPE REASON: MESSAGE". */
#define ROUTE_FIELDS(F, M)                                                                         \
    OBJECT_FIELDS(F, M)                                                                            \
    OWNER_FIELDS(F, M)                                                                             \
    F(M, TEXT, spec, JSON_MAX)                                                                     \
    F(M, TEXTS, refusals, 16384)

/* ports are the numbers of its TCP ports, node_port is that of the first one; spec is in the normal
 * form of service_spec.h, "" if it is too long to be one of ours. */
#define SERVICE_FIELDS(F, M)                                                                       \
    OBJECT_FIELDS(F, M)                                                                            \
    OWNER_FIELDS(F, M)                                                                             \
    F(M, TEXTS, ports, 4096)                                                                       \
    F(M, NUMBER, node_port, 65535)                                                                 \
    F(M, TEXT, spec, JSON_MAX)

/* listeners are spec.listeners as JSON. */
#define GATEWAY_FIELDS(F, M)                                                                       \
    OBJECT_FIELDS(F, M)                                                                            \
    F(M, TEXT, listeners, 65536)

/* An object that is there and cannot be understood. What was known of it stays valid. */
#define UNREADABLE_FIELDS(F, M)                                                                    \
    F(M, NUMBER, kind, KIND_COUNT - 1)                                                             \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, name, 253)                                                                          \
    F(M, TEXT, problem, 1024)

/* The object with that uid does not exist any more. */
#define GONE_FIELDS(F, M)                                                                          \
    F(M, NUMBER, kind, KIND_COUNT - 1)                                                             \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, name, 253)                                                                          \
    F(M, TEXT, uid, 63)

/* Requests to inject the names add into the Certificate, and to withdraw the injected names
 * withdraw. record: its ledger is to be brought up to date. With none of these, no name of the
 * Certificate is to be withdrawn any more. The certpatcher decides by itself: this is a hint. */
#define INJECT_FIELDS(F, M)                                                                        \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, certificate, 253)                                                                   \
    F(M, TEXTS, add, 40960)                                                                        \
    F(M, TEXTS, withdraw, 40960)                                                                   \
    F(M, FLAG, record, 1)

/* The result of each INJECT: outcome is enum inject_outcome; seconds after which to request again
 * although nothing changed, 0: not; manager: who keeps removing injected names, with
 * INJECT_CONTESTED. */
#define INJECT_RESULT_FIELDS(F, M)                                                                 \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, certificate, 253)                                                                   \
    F(M, NUMBER, outcome, INJECT_OUTCOMES - 1)                                                     \
    F(M, NUMBER, seconds, GRACE_MAX)                                                               \
    F(M, TEXT, manager, 128)

#define STATUS_QUERY_FIELDS(F, M)
#define STATUS_DAEMON_FIELDS(F, M)                                                                 \
    F(M, TEXT, version, 63)                                                                        \
    F(M, NUMBER, pid, UINT32_MAX)                                                                  \
    F(M, NUMBER, uptime_seconds, UINT64_MAX)                                                       \
    F(M, FLAG, healthy, 1)                                                                         \
    F(M, FLAG, live, 1)                                                                            \
    F(M, TEXT, sandbox, 255)                                                                       \
    F(M, NUMBER, leadership, LEADERSHIPS - 1)
/* token_expires is in seconds since 1970, 0 if there is no token or it does not say. */
#define STATUS_WORKER_FIELDS(F, M)                                                                 \
    F(M, NUMBER, role, ROLE_WORKERS - 1)                                                           \
    F(M, TEXT, state, 31)                                                                          \
    F(M, NUMBER, pid, UINT32_MAX)                                                                  \
    F(M, NUMBER, restarts, UINT64_MAX)                                                             \
    F(M, TEXT, last_end, 255)                                                                      \
    F(M, FLAG, healthy, 1)                                                                         \
    F(M, TEXT, summary, 255)                                                                       \
    F(M, TEXT, sandbox, 255)                                                                       \
    F(M, NUMBER, token_expires, UINT64_MAX)
#define STATUS_END_FIELDS(F, M)

/* A question about what a worker knows: enum view of view.h, of the objects in namespace ("": all),
 * or of the one of that name, with keys behind after ("": from the start). It is answered by one
 * page: ROWs, in the order of their keys, and a PAGE_END, all with the question's ticket. So the
 * asker decides when the next page is made, and nobody has to hold more than one. The ticket of a
 * control client is its own; the supervisor gives its questions to workers another one. */
#define QUERY_FIELDS(F, M)                                                                         \
    F(M, NUMBER, ticket, UINT64_MAX)                                                               \
    F(M, NUMBER, view, VIEWS - 1)                                                                  \
    F(M, TEXT, namespace, 63)                                                                      \
    F(M, TEXT, name, 253)                                                                          \
    F(M, TEXT, after, 317)

/* json is an object. */
#define ROW_FIELDS(F, M)                                                                           \
    F(M, NUMBER, ticket, UINT64_MAX)                                                               \
    F(M, TEXT, json, ROW_MAX)

/* next is what the next question has to have as after; with more there are such rows. problem says
 * why there is no answer, "" if there is one. */
#define PAGE_END_FIELDS(F, M)                                                                      \
    F(M, NUMBER, ticket, UINT64_MAX)                                                               \
    F(M, FLAG, more, 1)                                                                            \
    F(M, TEXT, next, 317)                                                                          \
    F(M, TEXT, problem, 255)

/* From now on a CHANGED comes whenever something that the status shows has changed, at most one a
 * second. */
#define WATCH_QUERY_FIELDS(F, M)
#define CHANGED_FIELDS(F, M)

/* Everything is to be listed and looked at again. */
#define RESYNC_COMMAND_FIELDS(F, M)
#define RESYNC_FIELDS(F, M)

/* The configuration and the credentials are to be read again. */
#define RELOAD_COMMAND_FIELDS(F, M)

/* What the processes log: enum log_level. */
#define LEVEL_QUERY_FIELDS(F, M)
#define LEVEL_COMMAND_FIELDS(F, M) F(M, NUMBER, level, 3)

/* It has been done, or not; text is for a person. */
#define DONE_FIELDS(F, M)                                                                          \
    F(M, FLAG, good, 1)                                                                            \
    F(M, TEXT, text, 4096)

/* The client may not have what it asked for, or not now (busy); the reason is for a person. The
 * conversation ends. */
#define REFUSED_FIELDS(F, M)                                                                       \
    F(M, FLAG, busy, 1)                                                                            \
    F(M, TEXT, reason, 255)

/* Whether a worker may write, and whether another might. */
enum leadership {
    LEADERSHIP_ALONE, /* there is no Lease */
    LEADERSHIP_LEADER,
    LEADERSHIP_STANDBY,
    LEADERSHIPS
};

/* services: whether tlsrouted creates the Services of Pools that nobody else has created. */
enum services_policy {
    SERVICES_AUTO,
    SERVICES_NEVER,
    SERVICES_POLICIES
};

/* withdraw: whether a name that we injected goes when nobody needs it any more. */
enum withdraw_policy {
    WITHDRAW_AFTER_GRACE,
    WITHDRAW_NEVER,
    WITHDRAW_POLICIES
};

/* reissue: what makes a Certificate's operator sign it again. pending: its phase. */
enum reissue_policy {
    REISSUE_NONE,
    REISSUE_PENDING,
    REISSUE_POLICIES
};

/* conflicts: what happens to Pools that want one hostname at one Gateway. */
enum conflicts_policy {
    CONFLICTS_OLDEST_WINS,
    CONFLICTS_WARN,
    CONFLICTS_POLICIES
};

/* sandbox: what happens to a system call that a process is not expected to make. */
enum sandbox_mode {
    SANDBOX_ENFORCE, /* it is refused, or ends the process */
    SANDBOX_LOG,     /* it is logged and goes on */
    SANDBOX_OFF,     /* no process is confined at all */
    SANDBOX_MODES
};

/* How an INJECT ended. */
enum inject_outcome {
    INJECT_WRITTEN,         /* the Certificate was patched */
    INJECT_UNCHANGED,       /* there was nothing to write */
    INJECT_WAITING,         /* a name stays until its grace is over; everything else is done */
    INJECT_REFUSED,         /* the API objects do not call for it */
    INJECT_CONTESTED,       /* somebody else keeps removing the names: nothing was written */
    INJECT_FAILED,          /* it could not be done now */
    INJECT_API_UNAVAILABLE, /* likewise, because the API server cannot be used, which is logged once
                             */
    INJECT_OUTCOMES,
};

#endif
