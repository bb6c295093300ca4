/* SPDX-License-Identifier: Apache-2.0 */
/* The table of delays: every interval, limit of time and back-off of the daemon's processes, in one
 * place. What an administrator can set is in the configuration instead.
 *
 * A row is X(NAME, VALUE, "what it is for"); the name ends in its unit. */
#ifndef TLSROUTED_COMMON_BASE_DELAYS_H
#define TLSROUTED_COMMON_BASE_DELAYS_H

#include "common/base/backoff.h"

/* clang-format off */
#define DELAYS(X) \
    /* a worker */ \
    X(WORKER_READY_MILLISECONDS, 10000, "from the start of a worker to its READY") \
    X(WORKER_END_MILLISECONDS, 3000, "from a closed link to the end of the process") \
    X(WORKER_LONG_LIFE_SECONDS, 60, "a worker that lasted so long has not failed in a row") \
    X(WORKER_FINISH_SECONDS, 2, "for a worker to finish its work before it ends; less than the supervisor allows") \
    X(SUPERVISOR_STOP_MILLISECONDS, 3000, "for all workers to end") \
    X(SUPERVISOR_ONCE_SECONDS, 300, "for a run with --once to converge") \
    X(NOTIFY_EXTEND_SECONDS, 15, "how often the service manager is asked for more time; a start has 90 s by default") \
    /* credentials */ \
    X(CREDENTIALS_REREAD_SECONDS, 10, "between two looks for changed files; a token file is replaced well before its token expires") \
    X(EXEC_PLUGIN_MILLISECONDS, 35000, "for one run of an exec plugin; the helper itself allows it 30 s") \
    X(EXEC_PLUGIN_RUN_SECONDS, 30, "that the helper gives the plugin") \
    X(EXEC_PLUGIN_REFUSED_SECONDS, 5, "a refused credential is not replaced more often") \
    X(EXEC_PLUGIN_WAIT_MILLISECONDS, 20, "between two looks whether an exec plugin has ended") \
    X(TOKEN_REQUEST_SECONDS, 3600, "the life that is asked for; the server may give another one") \
    X(TOKEN_REFUSED_SECONDS, 1, "a token that is refused earlier than that is not replaced before it") \
    /* connections */ \
    X(DIAL_EARLY_MILLISECONDS, 2000, "for an address that others come after") \
    X(DIAL_LAST_MILLISECONDS, 8000, "for the last address") \
    X(KEEPALIVE_IDLE_SECONDS, 30, "silence of a connection before TCP probes it") \
    X(KEEPALIVE_PROBE_SECONDS, 10, "between two probes") \
    X(KEEPALIVE_UNANSWERED_SECONDS, 30, "data or probes without an answer until the end of the connection") \
    X(ENDPOINT_LOOKUP_MILLISECONDS, 8000, "for a name to be looked up") \
    X(ENDPOINT_KEEP_SECONDS, 30, "looked-up addresses are used for so long without looking again") \
    X(BROKER_REFILL_MILLISECONDS, 100, "a worker may ask for one more connection so often") \
    /* the API client */ \
    X(API_CONNECT_SECONDS, 10, "for the proxy and the TLS handshake") \
    X(API_REQUEST_SECONDS, 30, "for a whole one-shot request") \
    X(API_STREAM_IDLE_SECONDS, 150, "silence on a stream; see common/api/stall.h") \
    X(API_REFUSED_SECONDS, 3, "wait for another identity after a 401") \
    X(API_UNUSED_SECONDS, 5, "a connection that is not used is closed; an API server closes one without a handshake after some 30 s") \
    X(API_STALL_CHECK_MILLISECONDS, 100, "between two looks for answers that do not go on") \
    X(API_SLOW_MILLISECONDS, 1000, "a write that takes longer stands in a queue of the server") \
    /* watcher */ \
    X(WATCH_SECONDS_MIN, 300, "of a watch, and at most twice as long, as client-go's reflector") \
    X(WATCH_SHORT_SECONDS, 1, "a watch that ends sooner counts as a failure") \
    X(DISCOVERY_FIRST_MILLISECONDS, 200, "from a hint to the first look which TLSRoute is served") \
    X(DISCOVERY_SECOND_MILLISECONDS, 1500, "to the second, since discovery lags behind") \
    X(DISCOVERY_THIRD_MILLISECONDS, 5000, "to the third") \
    X(DISCOVERY_POLL_MILLISECONDS, 30000, "between two looks which TLSRoute is served, where the CRD cannot be watched") \
    /* reconciler */ \
    X(REPORT_MILLISECONDS, 200, "at most so long until the supervisor is told of a change") \
    X(FINDING_HOLD_SECONDS, 2, "what may pass by itself is told after so long") \
    X(ROUTE_CONTENTION_SECONDS_MAX, 300, "between two corrections of a contested TLSRoute") \
    X(ROUTE_CONTENTION_FORGET_SECONDS, 1800, "without a change a contention is forgotten") \
    X(RETRY_AFTER_SECONDS_MAX, 300, "that a Retry-After may pause a queue") \
    X(LEASE_FOREIGN_SECONDS_MAX, (24 * 60 * 60), "what another writes into the Lease does not keep us waiting for longer") \
    X(EVENTS_TICK_MILLISECONDS, 250, "between two lots of Events") \
    X(EVENTS_SERIES_SECONDS, 30, "between two counts of one series") \
    X(EVENTS_REMEMBER_SECONDS, 3600, "the same told again within it is counted") \
    /* certpatcher */ \
    X(BATCH_GATHER_MILLISECONDS, 5, "from the first request to the start of its batch") \
    X(BATCH_SMALL_MILLISECONDS, 50, "from the start of a small batch to the next one") \
    X(BATCH_MILLISECONDS, 400, "from the start of a batch to the next: reads are shared the better the longer one waits") \
    X(BATCH_FRESH_MILLISECONDS, 10000, "so long what was fetched is good for a decision") \
    X(INJECTION_REFUSED_SECONDS, 300, "until a refused injection is asked for again") \
    X(NAMES_CONTENTION_SECONDS, 3600, "between two tries to put contested names back") \
    X(NAMES_CONTENTION_FORGET_SECONDS, 7200, "without a change a contention is forgotten") \
    /* the control socket */ \
    X(CONTROL_CHANGED_SECONDS, 1, "between two CHANGED") \
    X(CONTROL_CLIENT_SECONDS, 10, "for the next request of a client, and for it to read an answer") \
    X(CONTROL_MUTE_MILLISECONDS, 200, "who has said nothing for so long gives way to others") \
    X(CONTROL_IDLE_MILLISECONDS, 1000, "likewise who has been answered and says nothing more") \
    X(CONTROL_PAGE_SECONDS, 3, "for a page of a worker, which takes milliseconds") \
    /* tlsroutectl */ \
    X(CTL_REPLY_MILLISECONDS, 12000, "for a message from the daemon") \
    X(CTL_BUSY_MILLISECONDS, 100, "until a busy daemon is asked again; up to twice as long") \
    X(CTL_COMPLETION_MILLISECONDS, 1000, "for the names that a shell completes, in all") \
    /* the exporter */ \
    X(EXPORTER_REFILL_MILLISECONDS, 100, "the exporter may ask once more so often") \
    X(HTTP_SILENCE_SECONDS, 5, "that a client may be silent") \
    X(HTTP_ANSWER_MILLISECONDS, 2000, "for the supervisor's answer") \
    X(HTTP_FRESH_MILLISECONDS, 500, "so long an answer is good for other clients too") \
    X(GUARD_MILLISECONDS, 15000, "from the accept to the end of a connection") \
    X(GUARD_SWEEP_MILLISECONDS, 100, "between two looks for connections that are over")

/* Each is X(name, first, max, "what is tried again"): milliseconds, as in struct backoff. */
#define BACKOFFS(X) \
    X(backoff_worker, 200, 30000, "the start of a worker that ended") \
    X(backoff_exec_plugin, 1000, 60000, "an exec plugin that failed") \
    X(backoff_token_request, 500, 30000, "a token request that failed") \
    X(backoff_stream, 500, 10000, "a list or watch that ended") \
    X(backoff_optional_stream, 10000, 60000, "one that may be forbidden") \
    X(backoff_discovery, 500, 30000, "a failed look which TLSRoute is served") \
    X(backoff_crd_watch, 1000, 300000, "the watch of the CRD of TLSRoute") \
    X(backoff_queue, 500, 30000, "a Pool or Certificate whose work failed")
/* clang-format on */

#define DELAY_CONSTANT(name, value, text) name = value,
enum delay {
    DELAYS(DELAY_CONSTANT)
};
#undef DELAY_CONSTANT

#define DELAY_BACKOFF(name, first, max, text) extern const struct backoff name;
BACKOFFS(DELAY_BACKOFF)
#undef DELAY_BACKOFF

#endif
