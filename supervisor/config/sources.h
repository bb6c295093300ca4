/* SPDX-License-Identifier: Apache-2.0 */
/* Of the configuration the part that says with which credential each worker reaches which API
 * server: keys that only make sense together. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_SOURCES_H
#define TLSROUTED_SUPERVISOR_CONFIG_SOURCES_H

#include "common/kubeconfig/yaml.h"
#include "supervisor/config/config.h"

/* Completes and checks source, credentials, token_namespace, token_secret and server of CONFIG, in
 * which each of them is as YAML has it. Returns NULL, or one line that says what is wrong (the
 * caller frees it). */
char *sources_complete(const struct yaml_file *yaml, struct config *config);

#endif
