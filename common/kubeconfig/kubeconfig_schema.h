/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a kubeconfig that mean something to us, as libcyaml loads them; what is not given is
 * NULL. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_SCHEMA_H
#define TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_SCHEMA_H

#include "common/kubeconfig/yaml.h"

struct kubeconfig_cluster {
    char *name;
    struct kubeconfig_cluster_body {
        char *server, *proxy, *tls_name, *ca_file, *ca_data;
    } body;
};
struct kubeconfig_variable {
    char *name, *value;
};
struct kubeconfig_exec {
    char *version, *command, *interactive, *cluster;
    char **arguments;
    struct kubeconfig_variable *variables;
    unsigned arguments_count, variables_count;
};
struct kubeconfig_user {
    char *name;
    struct kubeconfig_user_body {
        char *token, *token_file, *certificate, *certificate_data, *key, *key_data;
        struct kubeconfig_exec *exec;
    } body;
};
struct kubeconfig_context {
    char *name;
    struct kubeconfig_context_body {
        char *cluster, *user;
    } body;
};
struct kubeconfig_file {
    struct kubeconfig_cluster *clusters;
    struct kubeconfig_user *users;
    struct kubeconfig_context *contexts;
    unsigned clusters_count, users_count, contexts_count;
    char *current_context;
};

/* For yaml_file_read(): the data is a struct kubeconfig_file. */
extern const struct yaml_plan kubeconfig_plan;

#endif
