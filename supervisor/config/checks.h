/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of single keys that kind and bounds cannot express; the table of keys names them.
 *
 * Each is called when the key, and those before it in the table, are in CONFIG, whether YAML has
 * the key or not. It returns NULL, or one line that says what is wrong (the caller frees it). */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CHECKS_H
#define TLSROUTED_SUPERVISOR_CONFIG_CHECKS_H

#include "common/kubeconfig/yaml.h"
#include "supervisor/config/config.h"

#define CHECKS_DEFAULT_LISTEN "127.0.0.1:9847"

typedef char *config_check(const struct yaml_file *yaml, struct config *config);

config_check checks_namespaces;
config_check checks_lease_namespace;
config_check checks_lease_name;
config_check checks_heartbeat_timeout;
config_check checks_metrics_listen; /* NULL becomes of it where nothing listens */
config_check checks_metrics_key;
config_check checks_control_socket;
config_check checks_control_group;
config_check checks_cluster_proxy; /* brings it into the form of address_proxy() */

#endif
