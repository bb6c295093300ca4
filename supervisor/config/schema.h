/* SPDX-License-Identifier: Apache-2.0 */
/* The sections and keys of tlsrouted.yaml as libcyaml loads them, whose types are checked already;
 * what is not set is NULL. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_SCHEMA_H
#define TLSROUTED_SUPERVISOR_CONFIG_SCHEMA_H

#include "common/kubeconfig/yaml.h"
#include "supervisor/config/config.h"

struct config_file_log {
    enum log_level *level;
    enum log_format *format;
};
struct config_file_certificates {
    enum withdraw_policy *withdraw;
    enum reissue_policy *reissue;
    char *grace, *max_names;
};
struct config_file_lease {
    char *namespace, *name, *duration;
};
struct config_file_heartbeat {
    char *interval, *timeout;
};
struct config_file_tls {
    char *certificate_file, *key_file;
};
struct config_file_metrics {
    char *listen;
    struct config_file_tls tls;
};
struct config_file_control {
    char *socket, *group;
};
struct config_file_cluster {
    char *server, *ca_file, *proxy;
};
struct config_file_credentials {
    enum config_source *source;
    char *namespace, *secret;
    struct credential_source roles[ROLE_WORKERS];
};
struct config_file {
    struct config_file_log log;
    char **namespaces;
    unsigned namespaces_count;
    char *pool_selector;
    enum services_policy *services;
    enum conflicts_policy *conflicts;
    struct config_file_certificates certificates;
    struct config_file_lease lease;
    enum sandbox_mode *sandbox;
    unsigned *sandbox_uids;
    struct config_file_heartbeat heartbeat;
    struct config_file_metrics *metrics;
    struct config_file_control control;
    struct config_file_cluster cluster;
    struct config_file_credentials credentials;
};

/* How to read one, for yaml_file_read(): the data is a struct config_file. */
extern const struct yaml_plan config_file_plan;

#endif
