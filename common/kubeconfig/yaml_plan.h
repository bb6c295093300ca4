/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded from a YAML file, and how strictly. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_YAML_PLAN_H
#define TLSROUTED_COMMON_KUBECONFIG_YAML_PLAN_H

#include <cyaml/cyaml.h>
#include <stdbool.h>

struct yaml_plan {
    const cyaml_schema_value_t *schema; /* a mapping behind a pointer; every value is text, an
                                           enumeration, a mapping or a list */
    bool ignore_unknown;                /* a key that is not in the schema is no error */
    bool secret;                        /* warn if everyone can read the file */
};

#endif
