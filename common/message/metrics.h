/* SPDX-License-Identifier: Apache-2.0 */
/* The table of metrics. A row is
 *
 *     X(ID, "name", TYPE, UNIT, ROLES, LABEL, LABEL, "help")
 *
 * The name lacks the endings that a format adds ("_total", "_info", "_bucket"). TYPE is COUNTER,
 * GAUGE, HISTOGRAM or INFO. UNIT is NONE, SECONDS (counted in microseconds), SINCE_1970 (whole
 * seconds), AGE (of what happened when metric_now() was the number, 0: never) or BYTES. ROLES are
 * the processes that count it, each for itself; ROLE_SET(SUPERVISOR): the supervisor, for each
 * process; METRIC_OF_DAEMON: the supervisor, for the daemon as a whole. All but the last have the
 * label "role" besides those of the row, which are labels of the table below or NOTHING. */
#ifndef TLSROUTED_COMMON_MESSAGE_METRICS_H
#define TLSROUTED_COMMON_MESSAGE_METRICS_H

#include "common/message/findings.h"
#include "common/message/kinds.h"
#include "common/message/role.h"

#define METRIC_OF_DAEMON  (1u << ROLE_COUNT) /* of no role */
#define METRIC_OF_WRITERS (ROLE_SET(RECONCILER) | ROLE_SET(CERTPATCHER))

/* clang-format off */
#define METRICS(X) \
    X(BUILD, "tlsrouted_build", INFO, NONE, METRIC_OF_DAEMON, VERSION, NOTHING, \
      "The version that is running.") \
    X(LIVE, "tlsrouted_live", GAUGE, NONE, METRIC_OF_DAEMON, NOTHING, NOTHING, \
      "Whether every worker answered a heartbeat recently.") \
    X(READY, "tlsrouted_ready", GAUGE, NONE, METRIC_OF_DAEMON, NOTHING, NOTHING, \
      "Whether all workers are ready and in sync with the API server.") \
    X(WORKER_UP, "tlsrouted_worker_up", GAUGE, NONE, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "Whether the worker is running.") \
    X(WORKER_IN_SYNC, "tlsrouted_worker_in_sync", GAUGE, NONE, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "Whether the worker is running and in sync with the API server.") \
    X(WORKER_RESTARTS, "tlsrouted_worker_restarts", COUNTER, NONE, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "How often the worker was restarted.") \
    X(HEARTBEATS_LOST, "tlsrouted_worker_heartbeats_lost", COUNTER, NONE, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "How often the worker was killed because it did not answer a heartbeat.") \
    X(SANDBOX, "tlsrouted_sandbox", INFO, NONE, ROLE_SET(SUPERVISOR), LEVEL, NOTHING, \
      "What confines the process, part by part.") \
    X(TOKEN_EXPIRY, "tlsrouted_token_expiry_timestamp_seconds", GAUGE, SINCE_1970, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "When the worker's token expires, if that is known.") \
    X(PROCESS_CPU, "tlsrouted_process_cpu_seconds", COUNTER, SECONDS, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "User and system CPU time of the current process.") \
    X(PROCESS_MEMORY, "tlsrouted_process_resident_memory_bytes", GAUGE, BYTES, ROLE_SET(SUPERVISOR), NOTHING, NOTHING, \
      "Resident memory.") \
    X(API_REQUESTS, "tlsrouted_api_requests", COUNTER, NONE, API_WORKERS, VERB, CODE, \
      "Requests to the API server, by verb and HTTP status; error: there was no response.") \
    X(API_DURATION, "tlsrouted_api_request_duration_seconds", HISTOGRAM, SECONDS, API_WORKERS, NOTHING, NOTHING, \
      "How long requests to the API server took, watches excluded.") \
    X(WATCH_RESTARTS, "tlsrouted_watch_restarts", COUNTER, NONE, ROLE_SET(WATCHER), KIND, NOTHING, \
      "Lists and watches that were started again after an earlier one had ended.") \
    X(WATCH_EVENTS, "tlsrouted_watch_events", COUNTER, NONE, ROLE_SET(WATCHER), KIND, NOTHING, \
      "Events received from watches: objects that exist, changed or were deleted.") \
    X(WATCH_AGE, "tlsrouted_watch_age_seconds", GAUGE, AGE, ROLE_SET(WATCHER), KIND, NOTHING, \
      "How long ago the oldest knowledge of a kind was last known to be right: by a list, an event or a bookmark.") \
    X(QUEUE_DEPTH, "tlsrouted_workqueue_depth", GAUGE, NONE, METRIC_OF_WRITERS, QUEUE, NOTHING, \
      "Keys that are ready or being worked on.") \
    X(QUEUE_WAITING, "tlsrouted_workqueue_waiting", GAUGE, NONE, ROLE_SET(RECONCILER), QUEUE, NOTHING, \
      "Keys that wait for their next try.") \
    X(QUEUE_PAUSE, "tlsrouted_workqueue_pause_seconds", GAUGE, SECONDS, METRIC_OF_WRITERS, QUEUE, NOTHING, \
      "What is left of the pause that the API server asked for (Retry-After).") \
    X(QUEUE_ADDS, "tlsrouted_workqueue_adds", COUNTER, NONE, ROLE_SET(RECONCILER), QUEUE, NOTHING, \
      "Keys that were added, or became ready after a wait.") \
    X(QUEUE_RETRIES, "tlsrouted_workqueue_retries", COUNTER, NONE, ROLE_SET(RECONCILER), QUEUE, NOTHING, \
      "Keys that are tried again because the work on them failed.") \
    X(QUEUE_LATENCY, "tlsrouted_workqueue_queue_duration_seconds", HISTOGRAM, SECONDS, ROLE_SET(RECONCILER), QUEUE, NOTHING, \
      "How long a key was ready before the work on it began.") \
    X(RECONCILES, "tlsrouted_reconcile", COUNTER, NONE, METRIC_OF_WRITERS, QUEUE, RESULT, \
      "Finished work on Pools and Certificates, by result.") \
    X(RECONCILE_DURATION, "tlsrouted_reconcile_duration_seconds", HISTOGRAM, SECONDS, ROLE_SET(RECONCILER), QUEUE, NOTHING, \
      "How long the work on a Pool or a Certificate took, including its requests.") \
    X(LEADER, "tlsrouted_leader", GAUGE, NONE, ROLE_SET(RECONCILER), LEASE, NOTHING, \
      "Whether this reconciler may write: it is the leader of those with this Lease (namespace/name), or there is none.") \
    X(ROUTES, "tlsrouted_routes", GAUGE, NONE, ROLE_SET(RECONCILER), ROUTE_STATE, NOTHING, \
      "Pools by the state of their route.") \
    X(CERTIFICATES, "tlsrouted_certificates", GAUGE, NONE, ROLE_SET(RECONCILER), CERTIFICATE_STATE, NOTHING, \
      "Certificates by the state of the names injected into them.") \
    X(FINDINGS, "tlsrouted_pool_findings", GAUGE, NONE, ROLE_SET(RECONCILER), REASON, NOTHING, \
      "Pools that have a finding, by its reason.") \
    X(CONFLICTS, "tlsrouted_hostname_conflicts", GAUGE, NONE, ROLE_SET(RECONCILER), NOTHING, NOTHING, \
      "Pools whose hostname another Pool asks for too, at the same Gateway.") \
    X(REFUSED, "tlsrouted_refused_requests", COUNTER, NONE, ROLE_SET(CERTPATCHER), NOTHING, NOTHING, \
      "Requests of the reconciler that the objects at the API server do not justify.") \
    X(NAMES_INJECTED, "tlsrouted_certificate_names_injected", COUNTER, NONE, ROLE_SET(CERTPATCHER), NOTHING, NOTHING, \
      "Names that were injected into Certificates.") \
    X(NAMES_WITHDRAWN, "tlsrouted_certificate_names_withdrawn", COUNTER, NONE, ROLE_SET(CERTPATCHER), NOTHING, NOTHING, \
      "Injected names that were removed from Certificates.") \
    X(HTTP_REQUESTS, "tlsrouted_http_requests", COUNTER, NONE, ROLE_SET(EXPORTER), CODE, NOTHING, \
      "Requests that the exporter answered, by HTTP status.")

/* The labels: X(ID, "name", values...), the values in order. VERSION, LEVEL and LEASE have one,
 * which is known only at run time. Values that the code uses by number are V(CONSTANT, "value") in a list of
 * their own. */
#define METRIC_LABELS(X) \
    X(NOTHING, "", "") \
    X(VERSION, "version", "") \
    X(LEVEL, "level", "") \
    X(LEASE, "lease", "") \
    X(VERB, "verb", "get", "list", "watch", "create", "update", "patch", "delete") \
    X(CODE, "code", "200", "201", "202", "204", "304", "400", "401", "403", "404", "405", "409", "410", \
      "413", "415", "422", "429", "500", "502", "503", "504", "other", "error") \
    X(KIND, "kind", KINDS(KIND_NAME)) \
    X(QUEUE, "name", METRIC_QUEUES(METRIC_VALUE)) \
    X(RESULT, "result", METRIC_RESULTS(METRIC_VALUE)) \
    X(ROUTE_STATE, "state", METRIC_ROUTE_STATES(METRIC_VALUE)) \
    X(CERTIFICATE_STATE, "state", METRIC_CERTIFICATE_STATES(METRIC_VALUE)) \
    X(REASON, "reason", FINDING_NAMES)

#define METRIC_QUEUES(V) \
    V(METRIC_QUEUE_POOLS, "pools") \
    V(METRIC_QUEUE_CERTIFICATES, "certificates")

#define METRIC_RESULTS(V) \
    V(METRIC_RESULT_SUCCESS, "success") \
    V(METRIC_RESULT_ERROR, "error") \
    V(METRIC_RESULT_LATER, "later") \
    V(METRIC_RESULT_REFUSED, "refused")

#define METRIC_ROUTE_STATES(V) \
    V(METRIC_ROUTE_DISABLED, "disabled") \
    V(METRIC_ROUTE_SATISFIED, "satisfied") \
    V(METRIC_ROUTE_CONFLICT, "conflict") \
    V(METRIC_ROUTE_NOT_ACCEPTED, "not-accepted") \
    V(METRIC_ROUTE_FAILED, "failed") \
    V(METRIC_ROUTE_UNSATISFIED, "unsatisfied")

#define METRIC_CERTIFICATE_STATES(V) \
    V(METRIC_CERTIFICATE_RIGHT, "right") \
    V(METRIC_CERTIFICATE_WITHDRAWING, "withdrawing") \
    V(METRIC_CERTIFICATE_CONTESTED, "contested") \
    V(METRIC_CERTIFICATE_FULL, "full") \
    V(METRIC_CERTIFICATE_DENIED, "denied")

/* Series that follow from a row and that nothing can count, so that none is shown which would be 0
 * for ever: X(ID, ROLE, LABEL, CONSTANT of its value). The certpatcher has one queue, only the
 * reconciler's queue of Pools can be paused, and only the certpatcher refuses. */
#define METRIC_IMPOSSIBLE(X) \
    X(QUEUE_DEPTH, CERTPATCHER, QUEUE, METRIC_QUEUE_POOLS) \
    X(QUEUE_PAUSE, CERTPATCHER, QUEUE, METRIC_QUEUE_POOLS) \
    X(QUEUE_PAUSE, RECONCILER, QUEUE, METRIC_QUEUE_CERTIFICATES) \
    X(RECONCILES, CERTPATCHER, QUEUE, METRIC_QUEUE_POOLS) \
    X(RECONCILES, RECONCILER, RESULT, METRIC_RESULT_REFUSED)

#define METRIC_CONSTANT(constant, value) constant,
#define METRIC_VALUE(constant, value)    value,
/* clang-format on */

/* The upper bounds of the buckets of all histograms, in microseconds and in seconds as text. */
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
