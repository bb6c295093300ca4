/* SPDX-License-Identifier: Apache-2.0 */
/* tlsrouted.yaml: read strictly. An unknown key or a bad value is an error. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CONFIG_H
#define TLSROUTED_SUPERVISOR_CONFIG_CONFIG_H

#include "common/base/log.h"
#include "common/base/text_list.h"
#include "common/kubeconfig/credential.h"
#include "common/message/messages.h"
#include "common/message/role.h"

#include <stdbool.h>

enum config_source {
    CONFIG_SOURCE_AS_GIVEN, /* each role has what stands there for it: a kubeconfig or a token file
                             */
    CONFIG_SOURCE_KUBECONFIGS,
    CONFIG_SOURCE_FILES,
    CONFIG_SOURCE_TOKEN_REQUEST, /* the minter has a credential, the others have an account */
};

#define LEASE_SECONDS_MIN      3
#define HEARTBEAT_INTERVAL_MAX 60   /* seconds */
#define HEARTBEAT_TIMEOUT_MAX  3600 /* seconds */

/* Where a role's credential comes from: exactly one of kubeconfig, token_file and account is set;
 * none for the minter where no tokens are requested. All are owned. */
struct credential_source {
    char *kubeconfig; /* path */
    char *context;    /* of the kubeconfig; NULL: its current-context */
    char *token_file; /* path; the API server is then the one of the configuration */
    char *account;    /* the ServiceAccount that the minter requests tokens for */
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
    unsigned grace;                     /* seconds, at most GRACE_MAX */
    unsigned max_names;                 /* in a Certificate, 1 to MAX_NAMES_LIMIT */
    char *lease_namespace, *lease_name; /* to be held by the leader; "" if there is none */
    unsigned lease_seconds;             /* LEASE_SECONDS_MIN to LEASE_SECONDS_MAX */
    enum sandbox_mode sandbox;
    unsigned sandbox_uids;       /* the first worker's uid if started as root; the others' follow */
    unsigned heartbeat_interval; /* seconds, 1 to HEARTBEAT_INTERVAL_MAX */
    unsigned heartbeat_timeout;  /* seconds, more than that, at most HEARTBEAT_TIMEOUT_MAX */
    char *control_socket;        /* path that fits a sockaddr_un */
    char *control_group;         /* name or number of the group that may look; "": none */
    char *server;                /* for roles with a token file; NULL if neither set nor needed */
    char *ca_file;               /* its trust anchors */
    char *proxy;                 /* as by address_proxy(), where a kubeconfig names none; or NULL */
    char *metrics_listen;        /* ADDRESS:PORT to serve metrics at; NULL: nowhere */
    char *metrics_certificate, *metrics_key; /* paths, for TLS there, or both NULL */
    enum config_source source;
    struct credential_source credentials[ROLE_WORKERS]; /* by enum role */
    char
        *token_namespace; /* of the accounts; NULL: the one in the file beside the minter's token */
    char *token_secret;   /* that requested tokens are bound to */
};

/* Reads the file at PATH. On success returns NULL and fills *CONFIG, to be released with
 * config_clear(). Otherwise returns one line that names the file, the line, what is wrong and what
 * was expected (the caller frees it), and leaves *CONFIG empty. Referenced files are not opened. */
char *config_read(const char *path, struct config *config);

/* Whether there is a worker ROLE with this configuration. */
bool config_has_role(const struct config *config, enum role role);

void config_clear(struct config *config);

#endif
