/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys as a libcyaml schema, and what libcyaml has loaded by it. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_SCHEMA_H
#define TLSROUTED_SUPERVISOR_CONFIG_SCHEMA_H

#include "common/kubeconfig/yaml.h"
#include "supervisor/config/keys.h"

/* What stands in the file for one key; of the right type, and that of a choice checked. */
struct config_value {
    void *data; /* NULL: nothing. A char * is text, a number too; an int * is a choice; a char **
                   is a list */
    unsigned count; /* entries of a list */
};

/* For yaml_file_read(). */
const struct yaml_plan *schema_plan(void);

/* The value of KEY in YAML, which was read by schema_plan(); of the worker ROLE if each has that
 * key, else ROLE is 0. */
const struct config_value *schema_value(const struct yaml_file *yaml, const struct config_key *key,
                                        enum role role);

#endif
