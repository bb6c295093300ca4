/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a parsed YAML document against a libcyaml schema and says exactly where it differs. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_YAML_CHECK_H
#define TLSROUTED_COMMON_KUBECONFIG_YAML_CHECK_H

#include "common/kubeconfig/yaml_plan.h"

#include <stddef.h>
#include <yaml.h>

/* NULL if DOCUMENT, which has a root and no aliases, fits PLAN. Otherwise the first difference as
 * "LINE: KEYS: what was found; what was expected" (the caller frees it). */
char *yaml_check_document(yaml_document_t *document, const struct yaml_plan *plan);

/* The line of NODE, counted from 1. */
size_t yaml_check_line(const yaml_node_t *node);

/* Whether NODE is null, "~" or an empty text. */
bool yaml_check_is_null(const yaml_node_t *node);

/* The text of the scalar NODE; NULL if it is no scalar. */
const char *yaml_check_text(const yaml_node_t *node);

#endif
