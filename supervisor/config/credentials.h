/* SPDX-License-Identifier: Apache-2.0 */
/* Of tlsrouted.yaml the part that says with whose credential each role comes to the API server. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CREDENTIALS_H
#define TLSROUTED_SUPERVISOR_CONFIG_CREDENTIALS_H

#include "common/kubeconfig/yaml.h"
#include "supervisor/config/config.h"

/* Takes the section credentials of YAML, a struct config_file read from PATH, over into CONFIG.
 * Returns NULL, or one line that says what is wrong (the caller frees it). */
char *config_credentials_take(const struct yaml_file *yaml, const char *path,
                              struct config *config);

#endif
