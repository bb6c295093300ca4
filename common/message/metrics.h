/* SPDX-License-Identifier: Apache-2.0 */
/* The table of metrics: the one place where a metric is named. A row is
 *
 *     X(ID, "name", TYPE, UNIT, FROM, LABEL, LABEL, "help")
 *
 * The name is without the endings that a format adds ("_total", "_info", "_bucket"); TYPE is
 * COUNTER, GAUGE, HISTOGRAM or INFO; UNIT is NONE, SECONDS (counted in microseconds), SINCE_1970
 * (in whole seconds) or BYTES. FROM is the set of roles that count it; what the supervisor counts
 * is about each worker, or, with DAEMON, about the whole. Every metric that is not about the whole
 * has the label "role" before those of the row, which are NOTHING or one of the labels below. */
#ifndef TLSROUTED_COMMON_MESSAGE_METRICS_H
#define TLSROUTED_COMMON_MESSAGE_METRICS_H

#include "common/message/findings.h"

#define METRICS_API_WORKERS                                                                        \
    (1u << ROLE_WATCHER | 1u << ROLE_RECONCILER | 1u << ROLE_CERTPATCHER | 1u << ROLE_MINTER)
#define METRICS_QUEUES     (1u << ROLE_RECONCILER | 1u << ROLE_CERTPATCHER)
#define METRICS_WATCHER    (1u << ROLE_WATCHER)
#define METRICS_RECONCILER (1u << ROLE_RECONCILER)
#define METRICS_PATCHER    (1u << ROLE_CERTPATCHER)
#define METRICS_EXPORTER   (1u << ROLE_EXPORTER)
#define METRICS_SUPERVISOR (1u << ROLE_SUPERVISOR)
#define METRICS_DAEMON     (1u << ROLE_COUNT) /* the supervisor, about the whole */

/* clang-format off */
#define METRICS(X) \
    X(BUILD, "tlsrouted_build", INFO, NONE, METRICS_DAEMON, VERSION, NOTHING, \
      "The version that runs.") \
    X(LIVE, "tlsrouted_live", GAUGE, NONE, METRICS_DAEMON, NOTHING, NOTHING, \
      "Whether every worker has answered a heartbeat lately.") \
    X(READY, "tlsrouted_ready", GAUGE, NONE, METRICS_DAEMON, NOTHING, NOTHING, \
      "Whether all workers are ready and in sync with the API server.") \
    X(WORKER_UP, "tlsrouted_worker_up", GAUGE, NONE, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "Whether the worker runs.") \
    X(WORKER_IN_SYNC, "tlsrouted_worker_in_sync", GAUGE, NONE, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "Whether the worker runs and is in sync with the API server.") \
    X(WORKER_RESTARTS, "tlsrouted_worker_restarts", COUNTER, NONE, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "How often the worker was started again.") \
    X(HEARTBEATS_LOST, "tlsrouted_worker_heartbeats_lost", COUNTER, NONE, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "How often the worker was killed since it did not answer.") \
    X(SANDBOX, "tlsrouted_sandbox", INFO, NONE, METRICS_SUPERVISOR, LEVEL, NOTHING, \
      "What confines the process, part by part.") \
    X(TOKEN_EXPIRY, "tlsrouted_token_expiry_timestamp_seconds", GAUGE, SINCE_1970, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "When the worker's token expires, where that is known.") \
    X(PROCESS_CPU, "tlsrouted_process_cpu_seconds", COUNTER, SECONDS, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "Processor time, user and system, of the process that runs now.") \
    X(PROCESS_MEMORY, "tlsrouted_process_resident_memory_bytes", GAUGE, BYTES, METRICS_SUPERVISOR, NOTHING, NOTHING, \
      "Resident memory.") \
    X(API_REQUESTS, "tlsrouted_api_requests", COUNTER, NONE, METRICS_API_WORKERS, VERB, CODE, \
      "Requests that the API server has answered, by its verb and HTTP status; error: without an answer.") \
    X(API_DURATION, "tlsrouted_api_request_duration_seconds", HISTOGRAM, SECONDS, METRICS_API_WORKERS, NOTHING, NOTHING, \
      "How long requests to the API server took; watches are not among them.") \
    X(WATCH_RESTARTS, "tlsrouted_watch_restarts", COUNTER, NONE, METRICS_WATCHER, KIND, NOTHING, \
      "Watches and lists that were begun again after an earlier one had ended.") \
    X(WATCH_EVENTS, "tlsrouted_watch_events", COUNTER, NONE, METRICS_WATCHER, KIND, NOTHING, \
      "Events received from watches: objects that are there, were changed or were deleted.") \
    X(QUEUE_DEPTH, "tlsrouted_workqueue_depth", GAUGE, NONE, METRICS_QUEUES, QUEUE, NOTHING, \
      "Keys that are to be worked on now or are at work.") \
    X(QUEUE_WAITING, "tlsrouted_workqueue_waiting", GAUGE, NONE, METRICS_RECONCILER, QUEUE, NOTHING, \
      "Keys that wait for their next try.") \
    X(QUEUE_ADDS, "tlsrouted_workqueue_adds", COUNTER, NONE, METRICS_RECONCILER, QUEUE, NOTHING, \
      "Keys that were added, or became due after a wait.") \
    X(QUEUE_RETRIES, "tlsrouted_workqueue_retries", COUNTER, NONE, METRICS_RECONCILER, QUEUE, NOTHING, \
      "Keys that are tried again since the work on them failed.") \
    X(QUEUE_LATENCY, "tlsrouted_workqueue_queue_duration_seconds", HISTOGRAM, SECONDS, METRICS_RECONCILER, QUEUE, NOTHING, \
      "How long a key waited from being due to the begin of the work on it.") \
    X(RECONCILES, "tlsrouted_reconcile", COUNTER, NONE, METRICS_QUEUES, QUEUE, RESULT, \
      "Ended work on a Pool or a Certificate, by result.") \
    X(RECONCILE_DURATION, "tlsrouted_reconcile_duration_seconds", HISTOGRAM, SECONDS, METRICS_RECONCILER, QUEUE, NOTHING, \
      "How long the work on a Pool or a Certificate took, its requests included.") \
    X(LEADER, "tlsrouted_leader", GAUGE, NONE, METRICS_RECONCILER, NOTHING, NOTHING, \
      "Whether this reconciler may write: it is the leader, or alone.") \
    X(ROUTES, "tlsrouted_routes", GAUGE, NONE, METRICS_RECONCILER, ROUTE_STATE, NOTHING, \
      "Pools by the state of their route.") \
    X(CERTIFICATES, "tlsrouted_certificates", GAUGE, NONE, METRICS_RECONCILER, CERTIFICATE_STATE, NOTHING, \
      "Certificates by the state of the names in them.") \
    X(FINDINGS, "tlsrouted_pool_findings", GAUGE, NONE, METRICS_RECONCILER, REASON, NOTHING, \
      "Pools that have something wrong with them, by its reason.") \
    X(CONFLICTS, "tlsrouted_hostname_conflicts", GAUGE, NONE, METRICS_RECONCILER, NOTHING, NOTHING, \
      "Pools that want a hostname which another Pool wants too, at the same Gateway.") \
    X(REFUSED, "tlsrouted_refused_requests", COUNTER, NONE, METRICS_PATCHER, NOTHING, NOTHING, \
      "Requests of the reconciler that the API server's objects do not justify.") \
    X(NAMES_INJECTED, "tlsrouted_certificate_names_injected", COUNTER, NONE, METRICS_PATCHER, NOTHING, NOTHING, \
      "Names that were put into Certificates.") \
    X(NAMES_WITHDRAWN, "tlsrouted_certificate_names_withdrawn", COUNTER, NONE, METRICS_PATCHER, NOTHING, NOTHING, \
      "Names that were taken out of Certificates again.") \
    X(HTTP_REQUESTS, "tlsrouted_http_requests", COUNTER, NONE, METRICS_EXPORTER, CODE, NOTHING, \
      "Requests that the exporter has answered, by HTTP status.")

/* Each label is X(ID, "name", values...): the values that it can have, in order. VERSION and LEVEL
 * have one, which is text that is known at run time. */
#define METRIC_LABELS(X) \
    X(NOTHING, "", "") \
    X(VERSION, "version", "") \
    X(LEVEL, "level", "") \
    X(VERB, "verb", "get", "list", "watch", "create", "update", "patch", "delete") \
    X(CODE, "code", "200", "201", "202", "204", "304", "400", "401", "403", "404", "405", "409", "410", \
      "413", "415", "422", "429", "500", "502", "503", "504", "other", "error") \
    X(KIND, "kind", "Pool", "Server", "Certificate", "TLSRoute", "Service", "Gateway") \
    X(QUEUE, "name", "pools", "certificates") \
    X(RESULT, "result", "success", "error", "later", "refused") \
    X(ROUTE_STATE, "state", "disabled", "satisfied", "conflict", "not-accepted", "failed", "unsatisfied") \
    X(CERTIFICATE_STATE, "state", "right", "withdrawing", "contested", "full") \
    X(REASON, "reason", FINDING_NAMES)
/* clang-format on */

/* The upper bounds of the buckets of all histograms, in microseconds, and as they are written. */
#define METRIC_BUCKETS(X)                                                                          \
    X(1000, "0.001")                                                                               \
    X(5000, "0.005")                                                                               \
    X(10000, "0.01")                                                                               \
    X(25000, "0.025")                                                                              \
    X(50000, "0.05")                                                                               \
    X(100000, "0.1")                                                                               \
    X(250000, "0.25")                                                                              \
    X(500000, "0.5")                                                                               \
    X(1000000, "1.0")                                                                              \
    X(2500000, "2.5")                                                                              \
    X(5000000, "5.0")                                                                              \
    X(10000000, "10.0")                                                                            \
    X(30000000, "30.0")                                                                            \
    X(UINT64_MAX, "+Inf")

#endif
