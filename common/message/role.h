/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that exchange messages, by what they do. */
#ifndef TLSROUTED_COMMON_MESSAGE_ROLE_H
#define TLSROUTED_COMMON_MESSAGE_ROLE_H

#include <stdbool.h>

enum role {
    ROLE_WATCHER,
    ROLE_RECONCILER,
    ROLE_CERTPATCHER,
    ROLE_MINTER,                      /* only where tokens come from TokenRequest */
    ROLE_API_WORKERS,                 /* the number of workers that talk to the API server */
    ROLE_EXPORTER = ROLE_API_WORKERS, /* only where metrics are configured: it has no credential */
    ROLE_WORKERS,                     /* the number of workers */
    ROLE_SUPERVISOR = ROLE_WORKERS,
    ROLE_CONTROL,  /* a client of the control socket */
    ROLE_RESOLVER, /* a short-lived helper of the supervisor: looks up a name */
    ROLE_PLUGIN,   /* likewise: runs the exec plugin of a kubeconfig */
    ROLE_COUNT,
};

/* Sets of roles: the set of one, and those of all workers that talk to the API server, and of all
 * workers. */
#define ROLE_SET(role) (1u << ROLE_##role)
#define API_WORKERS                                                                                \
    (ROLE_SET(WATCHER) | ROLE_SET(RECONCILER) | ROLE_SET(CERTPATCHER) | ROLE_SET(MINTER))
#define WORKERS (API_WORKERS | ROLE_SET(EXPORTER))

bool role_is_in(enum role role, unsigned set);

/* "watcher", "reconciler", ...: the name in logs and in the configuration, and of the program. */
const char *role_name(enum role role);

#endif
