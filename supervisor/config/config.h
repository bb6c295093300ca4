/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as the supervisor uses it. Which key of tlsrouted.yaml each field comes from is
 * in the table of keys. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CONFIG_H
#define TLSROUTED_SUPERVISOR_CONFIG_CONFIG_H

#include "common/base/log.h"
#include "common/base/text_list.h"
#include "common/message/messages.h"
#include "common/message/role.h"

#include <stdbool.h>

enum config_source {
    CONFIG_SOURCE_AS_GIVEN, /* each worker has a kubeconfig or a token file */
    CONFIG_SOURCE_KUBECONFIGS,
    CONFIG_SOURCE_FILES,
    CONFIG_SOURCE_TOKEN_REQUEST, /* the minter has a credential, the others have an account */
};

/* Where a worker's credential comes from: exactly one of kubeconfig, token_file and account is set;
 * none for the minter unless tokens are requested. All are owned. */
struct credential_source {
    char *kubeconfig; /* path */
    char *context;    /* of the kubeconfig; NULL: its current-context */
    char *token_file; /* path; the API server is then the one of the configuration */
    char *account;    /* the ServiceAccount that the minter requests tokens for */
};

/* All paths are absolute; all texts are owned. */
struct config {
    enum log_level log_level;
    enum log_format log_format;
    struct text_list namespaces; /* to serve, owned; empty: all */
    char *pool_selector;         /* label selector for Pools; "": all */
    enum services_policy services;
    enum service_field_policy external_ips; /* of a Pool's Service */
    enum service_field_policy node_port;
    enum service_field_policy load_balancer;
    enum conflicts_policy conflicts;
    enum withdraw_policy withdraw;
    enum reissue_policy reissue;
    unsigned grace;              /* seconds */
    unsigned max_names;          /* in a Certificate */
    char *lease_namespace;       /* "": there is no Lease */
    char *lease_name;            /* of the Lease that the leader holds */
    unsigned lease_seconds;      /* its duration */
    enum sandbox_mode sandbox;   /* of all processes */
    unsigned sandbox_uids;       /* the first worker's uid if started as root; the others' follow */
    unsigned heartbeat_interval; /* seconds */
    unsigned heartbeat_timeout;  /* seconds, more than the interval */
    char *metrics_listen;        /* ADDRESS:PORT to serve metrics at; NULL: nowhere */
    char *metrics_certificate;   /* path, for TLS there; NULL: none */
    char *metrics_key;           /* path; NULL without a certificate */
    char *control_socket;        /* path that fits a sockaddr_un */
    char *control_group;         /* name or number of the group that may query; "": none */
    char *server;                /* for token files; NULL if neither given nor needed */
    char *ca_file;               /* its trust anchors */
    char *proxy;                 /* as by address_proxy(), where a kubeconfig names none; or NULL */
    enum config_source source;
    struct credential_source credentials[ROLE_WORKERS]; /* by enum role */
    char
        *token_namespace; /* of the accounts; NULL: the one in the file beside the minter's token */
    char *token_secret;   /* that requested tokens are bound to; NULL if none are requested */
};

/* Whether there is a worker ROLE with this configuration. */
bool config_has_role(const struct config *config, enum role role);

#endif
