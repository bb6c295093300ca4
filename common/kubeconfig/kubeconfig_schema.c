/* SPDX-License-Identifier: Apache-2.0 */
/* Tells libcyaml where in a kubeconfig each key stands: a table, apart from the code that makes
 * sense of the values. */
#include "common/kubeconfig/kubeconfig_schema.h"

enum {
    ENTRIES_MAX = 1000, /* of a list */
};

#define TEXT(key, structure, member)                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL, structure,      \
                           member, 0, CYAML_UNLIMITED)
#define BODY(key, structure)                                                                       \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct kubeconfig_##structure, body,             \
                        structure##_body_fields)
#define LIST(member, structure)                                                                    \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,               \
                         struct kubeconfig_file, member, &structure##_schema, 0, ENTRIES_MAX)
#define ENTRY(structure)                                                                           \
    {                                                                                              \
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct kubeconfig_##structure, structure##_fields) \
    }

static const cyaml_schema_field_t cluster_body_fields[] = {
    TEXT("server", struct kubeconfig_cluster_body, server),
    TEXT("proxy-url", struct kubeconfig_cluster_body, proxy),
    TEXT("tls-server-name", struct kubeconfig_cluster_body, tls_name),
    TEXT("certificate-authority", struct kubeconfig_cluster_body, ca_file),
    TEXT("certificate-authority-data", struct kubeconfig_cluster_body, ca_data),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t variable_fields[] = {
    TEXT("name", struct kubeconfig_variable, name),
    TEXT("value", struct kubeconfig_variable, value), CYAML_FIELD_END};
static const cyaml_schema_value_t variable_schema = ENTRY(variable);
static const cyaml_schema_value_t argument_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER_NULL_STR, char, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t exec_fields[] = {
    TEXT("apiVersion", struct kubeconfig_exec, version),
    TEXT("command", struct kubeconfig_exec, command),
    TEXT("interactiveMode", struct kubeconfig_exec, interactive),
    TEXT("provideClusterInfo", struct kubeconfig_exec, cluster),
    CYAML_FIELD_SEQUENCE("args", CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,
                         struct kubeconfig_exec, arguments, &argument_schema, 0, ENTRIES_MAX),
    CYAML_FIELD_SEQUENCE("env", CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,
                         struct kubeconfig_exec, variables, &variable_schema, 0, ENTRIES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t user_body_fields[] = {
    TEXT("token", struct kubeconfig_user_body, token),
    TEXT("tokenFile", struct kubeconfig_user_body, token_file),
    TEXT("client-certificate", struct kubeconfig_user_body, certificate),
    TEXT("client-certificate-data", struct kubeconfig_user_body, certificate_data),
    TEXT("client-key", struct kubeconfig_user_body, key),
    TEXT("client-key-data", struct kubeconfig_user_body, key_data),
    CYAML_FIELD_MAPPING_PTR("exec", CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,
                            struct kubeconfig_user_body, exec, exec_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t context_body_fields[] = {
    TEXT("cluster", struct kubeconfig_context_body, cluster),
    TEXT("user", struct kubeconfig_context_body, user),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t cluster_fields[] = {TEXT("name", struct kubeconfig_cluster, name),
                                                      BODY("cluster", cluster), CYAML_FIELD_END};
static const cyaml_schema_field_t user_fields[] = {TEXT("name", struct kubeconfig_user, name),
                                                   BODY("user", user), CYAML_FIELD_END};
static const cyaml_schema_field_t context_fields[] = {TEXT("name", struct kubeconfig_context, name),
                                                      BODY("context", context), CYAML_FIELD_END};
static const cyaml_schema_value_t cluster_schema = ENTRY(cluster);
static const cyaml_schema_value_t user_schema = ENTRY(user);
static const cyaml_schema_value_t context_schema = ENTRY(context);
static const cyaml_schema_field_t file_fields[] = {
    LIST(clusters, cluster), LIST(users, user), LIST(contexts, context),
    TEXT("current-context", struct kubeconfig_file, current_context), CYAML_FIELD_END};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct kubeconfig_file, file_fields)};
const struct yaml_plan kubeconfig_plan = {
    .schema = &file_schema, .ignore_unknown = true, .secret = true};
