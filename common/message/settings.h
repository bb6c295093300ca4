/* SPDX-License-Identifier: Apache-2.0 */
/* The choices and bounds of the configuration that the supervisor passes on in SETTINGS. */
#ifndef TLSROUTED_COMMON_MESSAGE_SETTINGS_H
#define TLSROUTED_COMMON_MESSAGE_SETTINGS_H

/* Of a worker: what it needs open at most besides the connections of its streams (links, libraries,
 * and the connections of WORKER_REQUESTS requests that are no streams); and how many there may be
 * in all. */
#define WORKER_REQUESTS        32
#define WORKER_DESCRIPTORS     128
#define WORKER_CONNECTIONS_MAX 65535

#define GRACE_MAX         604800 /* seconds */
#define LEASE_SECONDS_MAX 3600
#define MAX_NAMES_LIMIT   1000

/* services: who creates the Service of a Pool that has none. */
enum services_policy {
    SERVICES_AUTO,  /* tlsrouted */
    SERVICES_NEVER, /* somebody else */
    SERVICES_POLICIES
};

/* serviceFields: whether a Pool may ask for a field of its Service by which traffic from outside,
 * or that for other addresses, comes to it. */
enum service_field_policy {
    SERVICE_FIELD_DENY,
    SERVICE_FIELD_ALLOW,
    SERVICE_FIELD_POLICIES
};

/* conflicts: what happens when several Pools ask for one hostname at one Gateway. */
enum conflicts_policy {
    CONFLICTS_OLDEST_WINS, /* only the oldest gets its route */
    CONFLICTS_WARN,        /* each gets its route, with a warning */
    CONFLICTS_POLICIES
};

/* certificates.withdraw: when an injected name that no Pool needs any more is removed. */
enum withdraw_policy {
    WITHDRAW_AFTER_GRACE,
    WITHDRAW_NEVER,
    WITHDRAW_POLICIES
};

/* certificates.reissue: what makes the operator sign a changed Certificate again. */
enum reissue_policy {
    REISSUE_NONE,
    REISSUE_PENDING, /* tlsrouted sets its phase to Pending */
    REISSUE_POLICIES
};

/* sandbox: what happens to a system call that a process is not expected to make. */
enum sandbox_mode {
    SANDBOX_ENFORCE, /* it is refused, or ends the process */
    SANDBOX_LOG,     /* it is logged and allowed */
    SANDBOX_OFF,     /* no process is confined */
    SANDBOX_MODES
};

#endif
