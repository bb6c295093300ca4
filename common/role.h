/* Who takes part in the conversation between the processes. */
#ifndef TLSROUTED_COMMON_ROLE_H
#define TLSROUTED_COMMON_ROLE_H

enum role {
    ROLE_WATCHER,
    ROLE_RECONCILER,
    ROLE_CERTPATCHER,
    ROLE_WORKERS, /* so many workers */
    ROLE_SUPERVISOR = ROLE_WORKERS,
    ROLE_CONTROL, /* a client of the control socket */
    ROLE_COUNT,
};

/* "watcher", "reconciler", ...: the name in logs, the configuration and of the program. */
const char *role_name(enum role role);

#endif
