/* tlsrouted.yaml: read strictly. An unknown key or a bad value is an error. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_H
#define TLSROUTED_SUPERVISOR_CONFIG_H

#include "common/log.h"
#include "common/messages.h"
#include "common/role.h"
#include "common/text_list.h"

/* Where a role's credential comes from: exactly one of kubeconfig and token_file is set. */
struct config_credential {
    char *kubeconfig; /* path */
    char *context;    /* of the kubeconfig; NULL: its current-context */
    char *token_file; /* path; the API server is then the one of config.server */
};

/* All paths are absolute. */
struct config {
    enum log_level log_level;
    enum log_format log_format;
    struct text_list namespaces; /* to serve, owned; at most 1000; empty: all */
    char *pool_selector;         /* label selector for Pools, at most 1024 bytes; "": all */
    enum services_policy services;
    enum conflicts_policy conflicts;
    enum withdraw_policy withdraw;
    enum reissue_policy reissue;
    unsigned grace;      /* seconds, at most GRACE_MAX */
    unsigned names_most; /* in a Certificate, 1 to NAMES_MOST_MAX */
    enum sandbox_mode sandbox;
    unsigned sandbox_uids; /* the first worker's uid if started as root; the others' follow */
    char *control_socket;  /* path that fits a sockaddr_un */
    char *server;          /* for roles with a token file; NULL if neither set nor needed */
    char *ca_file;         /* its trust anchors */
    struct config_credential credentials[ROLE_WORKERS]; /* by enum role */
};

/* Reads the file at PATH. On success returns NULL and fills *CONFIG, to be released with
 * config_clear(). Otherwise returns one line that names the file, the line, what is wrong and what
 * was expected (the caller frees it), and leaves *CONFIG empty. Referenced files are not opened. */
char *config_read(const char *path, struct config *config);

void config_clear(struct config *config);

#define CONFIG_SERVER_MAX    1024 /* bytes */
#define CONFIG_SERVER_FORMAT "https://HOST[:PORT][/PREFIX]"

/* A copy of SERVER without slashes at its end, or NULL if it is not an address that can be used: of
 * CONFIG_SERVER_FORMAT, not longer than CONFIG_SERVER_MAX, without user, query or fragment. The
 * caller frees it. */
char *config_server(const char *server);

#endif
