/* SPDX-License-Identifier: Apache-2.0 */
/* The table of delays: every interval, time limit and back-off of the daemon's processes. Those
 * that an administrator can set are in the configuration instead.
 *
 * A row is X(NAME, VALUE, "what it is for"). Each name ends in its unit. */
#ifndef TLSROUTED_COMMON_BASE_DELAYS_H
#define TLSROUTED_COMMON_BASE_DELAYS_H

#include "common/base/backoff.h"

/* clang-format off */
#define DELAYS(X) \
    /* the log */ \
    X(CAUSE_QUIET_MILLISECONDS, 200, "how long nobody else must fail for a cause until the log says it") \
    X(CAUSE_GATHER_MILLISECONDS, 2000, "the longest time that a cause waits for others who fail too") \
    X(CAUSE_TICK_MILLISECONDS, 50, "at least this long between two looks for lines that are due") \
    X(CAUSE_REMEMBER_SECONDS, 600, "how long a cause that is over is remembered, in case it comes back") \
    /* workers */ \
    X(WORKER_READY_MILLISECONDS, 10000, "from the start of a worker until it must be ready") \
    X(WORKER_END_MILLISECONDS, 3000, "from closing a worker's link until the worker is killed") \
    X(WORKER_LONG_LIFE_SECONDS, 60, "how long a worker must run for its back-off to start anew") \
    X(HEARTBEAT_REST_SECONDS, 20, "between two heartbeats while nothing happens, unless `heartbeat.interval` is longer; at most two thirds of `heartbeat.timeout`") \
    X(WORKER_FINISH_SECONDS, 2, "how long a worker may go on with its work once its link is closed") \
    X(SUPERVISOR_STOP_MILLISECONDS, 3000, "from the signal to stop until workers that still run are killed") \
    X(SUPERVISOR_ONCE_SECONDS, 300, "how long a run with --once may take") \
    X(NOTIFY_BUSY_SECONDS, 10, "how long the service manager may take nothing before the log says so") \
    X(NOTIFY_EXTEND_SECONDS, 15, "between two requests to the service manager for more time to start; it allows 90 s by default") \
    /* credentials */ \
    X(CREDENTIALS_REREAD_SECONDS, 10, "between two checks whether credential files have changed") \
    X(EXEC_PLUGIN_MILLISECONDS, 35000, "how long the supervisor waits for the helper that runs an exec plugin") \
    X(EXEC_PLUGIN_RUN_SECONDS, 30, "how long an exec plugin may run") \
    X(EXEC_PLUGIN_REFUSED_SECONDS, 5, "at least this long between two runs of an exec plugin whose credential is refused") \
    X(EXEC_PLUGIN_WAIT_MILLISECONDS, 20, "between two checks whether an exec plugin has ended") \
    X(TOKEN_REQUEST_SECONDS, 3600, "the lifetime that token requests ask for; the server may grant another") \
    X(TOKEN_MINTER_SECONDS, 31536000, "the lifetime that `tlsroutectl setup` asks for, for the minter's own token") \
    X(TOKEN_GRANT_MILLISECONDS, 10000, "how long `tlsroutectl setup` waits for the API server to know of new rights") \
    X(TOKEN_GRANT_POLL_MILLISECONDS, 200, "between two looks whether it knows") \
    X(TOKEN_REFUSED_SECONDS, 1, "how old a refused token must be before it is replaced") \
    /* connections */ \
    X(DIAL_EARLY_MILLISECONDS, 2000, "how long to wait for an address when there are others to try") \
    X(DIAL_LAST_MILLISECONDS, 8000, "how long to wait for the last address") \
    X(KEEPALIVE_IDLE_SECONDS, 30, "how long a connection may be silent before TCP probes it") \
    X(KEEPALIVE_PROBE_SECONDS, 10, "between two probes") \
    X(KEEPALIVE_UNANSWERED_SECONDS, 30, "how long data or probes may go unacknowledged before the connection ends") \
    X(ENDPOINT_LOOKUP_MILLISECONDS, 8000, "how long a name lookup may take") \
    X(ENDPOINT_KEEP_SECONDS, 30, "how long the result of a name lookup is used") \
    X(BROKER_REFILL_MILLISECONDS, 100, "how often a worker may request one more connection") \
    /* the API client */ \
    X(API_CONNECT_SECONDS, 10, "how long the proxy and the TLS handshake may take") \
    X(API_CONNECTED_MILLISECONDS, 1, "from a connection that the supervisor has opened to its TLS handshake; libcurl takes 0 for 200") \
    X(API_REQUEST_SECONDS, 30, "how long a one-shot request may take") \
    X(API_STREAM_IDLE_SECONDS, 150, "how long a stream may bring no byte; on HTTP/2 its connection is probed after half of that, and has a tenth to answer") \
    X(API_REFUSED_SECONDS, 3, "how long to wait for another identity after a 401") \
    X(API_RBAC_SECONDS, 10, "how long an API server that is back may refuse what its RBAC grants: it answers before it has read all roles") \
    X(API_RETRY_AFTER_SECONDS_MAX, 60, "the longest pause that a server can ask for with Retry-After") \
    X(API_PAUSE_FORGET_SECONDS, 600, "how long a namespace whose pauses hold for itself alone is remembered") \
    X(API_FOREIGN_SECONDS, 300, "between two lines about what answers in place of the API server") \
    X(API_UNUSED_SECONDS, 5, "how long an unused connection is kept; API servers close one without a handshake after some 30 s") \
    X(API_STALL_CHECK_MILLISECONDS, 100, "between two checks for responses that have stalled") \
    X(API_REST_MILLISECONDS, 4, "how long sockets are left alone where answers and events come one by one, soon after each other, or a long list comes, so that more is read together") \
    X(API_BULK_REST_MILLISECONDS, 8, "the same while many come: the bulk of some work") \
    X(API_SLOW_MILLISECONDS, 1000, "a write that takes longer has been queued by the server") \
    /* watcher */ \
    X(WATCH_SECONDS_MIN, 900, "the shortest watch; the longest lasts twice as long, half of what the server chooses for who does not ask (--min-request-timeout)") \
    X(WATCH_TURN_SECONDS, 3, "how long a watch lasts where watches take turns; the server sends a bookmark two seconds before the end") \
    X(PERMISSION_SECONDS, 30, "between two tries to read a kind in all namespaces, while they take turns because the account may not") \
    X(WATCH_SHORT_SECONDS, 1, "a watch that does not last longer counts as a failure") \
    X(WATCH_LASTED_SECONDS, 30, "how long a watch must have lasted when it gives a sign of life, for failures to be over; a short one, a third of its time") \
    X(WATCH_SILENT_SECONDS, 150, "how long a watch may give no sign of life; then all objects are listed again") \
    X(WATCH_BOOKMARK_SECONDS_MAX, 90, "a watch that breaks after a longer silence may have been dead since its last sign") \
    X(WATCH_MARGIN_SECONDS, 30, "how much later than requested a server may end a watch") \
    X(WATCH_GAP_SECONDS, 1, "how long a watch may have been interrupted to go on from its position; a server that was away for longer may be back from a backup") \
    X(WATCH_CONFIRMED_SECONDS_MAX, 240, "how old what is known may be for a stream to be in sync") \
    X(STREAM_START_SECONDS, 5, "after which a stream that begins is not waited for any more by those that begin after it") \
    X(CRD_WATCH_SECONDS, 1800, "how long a watch of the CRD of TLSRoute lasts") \
    X(DISCOVERY_FIRST_MILLISECONDS, 200, "from a hint that the served TLSRoute has changed to a check, and from there to another") \
    X(DISCOVERY_SECOND_MILLISECONDS, 1500, "to the next one: discovery lags behind") \
    X(DISCOVERY_THIRD_MILLISECONDS, 5000, "to the last one") \
    X(DISCOVERY_POLL_MILLISECONDS, 30000, "between two checks where the CRD of TLSRoute cannot be watched") \
    /* reconciler */ \
    X(REPORT_MILLISECONDS, 200, "how long a change may wait to be reported to the supervisor") \
    X(GATHER_MILLISECONDS, 500, "how long lists that are read for the first time may bring nothing until Pools are decided without them") \
    X(FINDING_HOLD_SECONDS, 2, "how long a finding that may pass by itself is held back") \
    X(GATEWAY_ANSWER_SECONDS, 60, "how long a Gateway's controller may take to answer for a TLSRoute until that is a finding") \
    X(CONTENTION_SECONDS_MAX, 300, "the longest pause between two corrections of a contested object") \
    X(CONTENTION_PATIENCE_SECONDS, 2, "how long a contested object stands changed at least, so that managedFields, in whole seconds, date the change later than our last write") \
    X(LEASE_CONTENTION_SECONDS_MAX, 10, "the same for the Lease, which has to be renewed in time; it is over after five of these") \
    X(CONTENTION_FORGET_SECONDS, 1800, "how long without foreign changes until contention is forgotten") \
    X(WRITE_REFUSED_SECONDS, 300, "between two tries of a write that the API server refuses for what it says") \
    X(AFTER_PAUSE_MILLISECONDS, 500, "from the end of a pause (Retry-After) until the object is tried again whose write it answered, so that others come first") \
    X(LEASE_FOREIGN_SECONDS_MAX, (24 * 60 * 60), "the longest Lease duration, set by others, that is waited for") \
    X(EVENTS_TICK_MILLISECONDS, 250, "between two batches of Events") \
    X(EVENTS_YIELD_SECONDS, 10, "how long an Event waits for what is more urgent") \
    X(EVENTS_SERIES_SECONDS, 30, "between two updates of one series of Events") \
    X(EVENTS_REMEMBER_SECONDS, 3600, "how long a repeated Event is counted in its series") \
    /* certpatcher */ \
    X(BATCH_GATHER_MILLISECONDS, 5, "from the last request to the start of its batch") \
    X(BATCH_GATHER_MANY_MILLISECONDS, 30, "the same when there are many") \
    X(BATCH_GATHER_LONGEST_MILLISECONDS, 250, "the same from the first one, while others come") \
    X(BATCH_SMALL_MILLISECONDS, 50, "from the start of a small batch to the start of the next") \
    X(BATCH_MILLISECONDS, 400, "from the start of a batch to the start of the next: the longer, the more requests share a fetched object") \
    X(BATCH_FRESH_MILLISECONDS, 10000, "how long fetched objects may be used for decisions") \
    X(INJECTION_REFUSED_SECONDS, 300, "between two tries of a refused injection") \
    X(AGES_CONFIRM_SECONDS, 120, "between two confirmations that a name which waits for its withdrawal is still not needed") \
    X(AGES_BELIEVED_SECONDS, 300, "how long without a confirmation the grace of such a name goes on; later it begins anew") \
    X(NAMES_CONTENTION_SECONDS, 3600, "between two tries to restore contested names") \
    X(NAMES_CONTENTION_FORGET_SECONDS, 7200, "how long without foreign changes until contention is forgotten") \
    /* the control socket */ \
    X(CONTROL_CHANGED_SECONDS, 1, "between two CHANGED messages") \
    X(CONTROL_CLIENT_SECONDS, 10, "how long a client may take to send its next request or to read an answer") \
    X(CONTROL_MUTE_MILLISECONDS, 200, "a client that has been silent for longer makes room for others") \
    X(CONTROL_IDLE_MILLISECONDS, 1000, "the same, for a client that has had an answer") \
    X(CONTROL_PAGE_SECONDS, 3, "how long a worker may take for a page; it needs milliseconds") \
    X(CONTROL_ADOPT_SECONDS, 10, "the same where it has to write; tlsroutectl waits longer") \
    /* tlsroutectl */ \
    X(CTL_REPLY_MILLISECONDS, 12000, "how long to wait for a message from the daemon") \
    X(CTL_BUSY_MILLISECONDS, 100, "until a busy daemon is tried again; up to twice as long") \
    X(CTL_CUT_MILLISECONDS, 5000, "how long `verify` makes a handshake again that is cut each time") \
    X(CTL_CUT_PAUSE_MILLISECONDS, 250, "between two of these handshakes") \
    X(CTL_COMPLETION_MILLISECONDS, 1000, "how long a shell may wait for names to complete, in all") \
    /* the exporter */ \
    X(EXPORTER_REFILL_MILLISECONDS, 100, "how often the exporter may send one more query") \
    X(HTTP_SILENCE_SECONDS, 5, "how long a client may be silent") \
    X(HTTP_ANSWER_MILLISECONDS, 2000, "how long the supervisor may take to answer") \
    X(HTTP_FRESH_MILLISECONDS, 500, "how long an answer is served to further clients") \
    X(GUARD_MILLISECONDS, 15000, "from accepting a connection until it is closed") \
    X(GUARD_SWEEP_MILLISECONDS, 100, "between two checks for connections that have lasted too long") \
    X(GUARD_PATIENCE_MILLISECONDS, 100, "a client that has made no progress for longer makes room for others") \
    X(GUARD_RETRY_MILLISECONDS, 10, "between two checks for such a client, while others wait")

/* A row is X(name, first, max, "what is tried again"): milliseconds, as in struct backoff. */
#define BACKOFFS(X) \
    X(backoff_cause, 5000, 300000, "a line of the log about a cause that lasts, or keeps coming back") \
    X(backoff_worker, 200, 30000, "starting a worker that has ended") \
    X(backoff_notify, 100, 1000, "telling the service manager what it has not taken") \
    X(backoff_exec_plugin, 1000, 60000, "running an exec plugin that has failed") \
    X(backoff_token_request, 500, 30000, "a token request that has failed") \
    X(backoff_stream, 500, 10000, "a list or watch that has ended early") \
    X(backoff_optional_stream, 10000, 60000, "the same, where it is forbidden and can be done without") \
    X(backoff_discovery, 500, 30000, "finding out which TLSRoute is served") \
    X(backoff_crd_watch, 1000, 300000, "the watch of the CRD of TLSRoute") \
    X(backoff_queue, 500, 30000, "a Pool or Certificate whose work has failed") \
    X(backoff_event, 2000, 60000, "an Event that could not be written for a reason that may pass")
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
