/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part in the conversation between the processes. */
#ifndef TLSROUTED_COMMON_MESSAGE_ROLE_H
#define TLSROUTED_COMMON_MESSAGE_ROLE_H

enum role {
    ROLE_WATCHER,
    ROLE_RECONCILER,
    ROLE_CERTPATCHER,
    ROLE_MINTER,                      /* only where tokens come from TokenRequest */
    ROLE_API_WORKERS,                 /* so many workers talk to the API server */
    ROLE_EXPORTER = ROLE_API_WORKERS, /* only where metrics are wanted: it has no credential */
    ROLE_WORKERS,                     /* so many workers */
    ROLE_SUPERVISOR = ROLE_WORKERS,
    ROLE_CONTROL,  /* a client of the control socket */
    ROLE_RESOLVER, /* a short-lived helper of the supervisor: looks up a name */
    ROLE_PLUGIN,   /* the same: runs the exec plugin of a kubeconfig */
    ROLE_COUNT,
};

/* "watcher", "reconciler", ...: the name in logs, the configuration and of the program. */
const char *role_name(enum role role);

#endif
