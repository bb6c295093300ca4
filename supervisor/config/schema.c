/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/config/schema.h"

enum {
    NAMESPACES_MAX = 1000
};

#define TEXT(key, structure, member)                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 0,    \
                           CYAML_UNLIMITED)
#define TEXT_OR_NOTHING(key, structure, member)                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL, structure,      \
                           member, 0, CYAML_UNLIMITED)
#define CHOICE(key, structure, member, choices)                                                    \
    CYAML_FIELD_ENUM_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,        \
                         structure, member, choices, CYAML_ARRAY_LEN(choices))
#define SECTION(key, member, fields)                                                               \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct config_file, member, fields)
#define CREDENTIAL(key, role)                                                                      \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct config_file_credentials, roles[role],     \
                        credential_fields)

static const cyaml_strval_t levels[] = {
    {"error", LOG_ERROR}, {"warning", LOG_WARNING}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}};
static const cyaml_strval_t formats[] = {{"logfmt", LOG_LOGFMT}, {"json", LOG_JSON}};
static const cyaml_strval_t services[] = {{"auto", SERVICES_AUTO}, {"never", SERVICES_NEVER}};
static const cyaml_strval_t conflicts[] = {{"oldest-wins", CONFLICTS_OLDEST_WINS},
                                           {"warn", CONFLICTS_WARN}};
static const cyaml_strval_t withdrawals[] = {{"after-grace", WITHDRAW_AFTER_GRACE},
                                             {"never", WITHDRAW_NEVER}};
static const cyaml_strval_t reissues[] = {{"none", REISSUE_NONE}, {"pending", REISSUE_PENDING}};
static const cyaml_strval_t sandboxes[] = {
    {"enforce", SANDBOX_ENFORCE}, {"log", SANDBOX_LOG}, {"off", SANDBOX_OFF}};
static const cyaml_strval_t sources[] = {{"kubeconfigs", CONFIG_SOURCE_KUBECONFIGS},
                                         {"files", CONFIG_SOURCE_FILES},
                                         {"token-request", CONFIG_SOURCE_TOKEN_REQUEST}};
static const cyaml_schema_field_t log_fields[] = {
    CHOICE("level", struct config_file_log, level, levels),
    CHOICE("format", struct config_file_log, format, formats), CYAML_FIELD_END};
static const cyaml_schema_field_t certificates_fields[] = {
    CHOICE("withdraw", struct config_file_certificates, withdraw, withdrawals),
    TEXT("grace", struct config_file_certificates, grace),
    CHOICE("reissue", struct config_file_certificates, reissue, reissues),
    TEXT("maxNames", struct config_file_certificates, max_names), CYAML_FIELD_END};
static const cyaml_schema_field_t lease_fields[] = {
    TEXT("namespace", struct config_file_lease, namespace),
    TEXT("name", struct config_file_lease, name),
    TEXT("duration", struct config_file_lease, duration), CYAML_FIELD_END};
static const cyaml_schema_field_t heartbeat_fields[] = {
    TEXT("interval", struct config_file_heartbeat, interval),
    TEXT("timeout", struct config_file_heartbeat, timeout), CYAML_FIELD_END};
static const cyaml_schema_field_t tls_fields[] = {
    TEXT("certificateFile", struct config_file_tls, certificate_file),
    TEXT("keyFile", struct config_file_tls, key_file), CYAML_FIELD_END};
static const cyaml_schema_field_t metrics_fields[] = {
    TEXT_OR_NOTHING("listen", struct config_file_metrics, listen),
    CYAML_FIELD_MAPPING("tls", CYAML_FLAG_OPTIONAL, struct config_file_metrics, tls, tls_fields),
    CYAML_FIELD_END};
static const cyaml_schema_field_t control_fields[] = {
    TEXT("socket", struct config_file_control, socket),
    TEXT_OR_NOTHING("group", struct config_file_control, group), CYAML_FIELD_END};
static const cyaml_schema_field_t cluster_fields[] = {
    TEXT("server", struct config_file_cluster, server),
    TEXT("caFile", struct config_file_cluster, ca_file),
    TEXT("proxy", struct config_file_cluster, proxy), CYAML_FIELD_END};
static const cyaml_schema_field_t credential_fields[] = {
    TEXT("kubeconfig", struct credential_source, kubeconfig),
    TEXT("context", struct credential_source, context),
    TEXT("tokenFile", struct credential_source, token_file),
    TEXT("serviceAccount", struct credential_source, account), CYAML_FIELD_END};
static const cyaml_schema_field_t credentials_fields[] = {
    CHOICE("source", struct config_file_credentials, source, sources),
    CREDENTIAL("watcher", ROLE_WATCHER),
    CREDENTIAL("reconciler", ROLE_RECONCILER),
    CREDENTIAL("certpatcher", ROLE_CERTPATCHER),
    CREDENTIAL("minter", ROLE_MINTER),
    TEXT("namespace", struct config_file_credentials, namespace),
    TEXT("secret", struct config_file_credentials, secret),
    CYAML_FIELD_END};
static const cyaml_schema_value_t namespace_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t file_fields[] = {
    SECTION("log", log, log_fields),
    CYAML_FIELD_SEQUENCE("namespaces", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_file,
                         namespaces, &namespace_schema, 0, NAMESPACES_MAX),
    TEXT_OR_NOTHING("poolSelector", struct config_file, pool_selector),
    CHOICE("services", struct config_file, services, services),
    CHOICE("conflicts", struct config_file, conflicts, conflicts),
    SECTION("certificates", certificates, certificates_fields),
    SECTION("lease", lease, lease_fields),
    CHOICE("sandbox", struct config_file, sandbox, sandboxes),
    CYAML_FIELD_UINT_PTR("sandboxUids", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct config_file, sandbox_uids),
    SECTION("heartbeat", heartbeat, heartbeat_fields),
    CYAML_FIELD_MAPPING_PTR("metrics", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_file,
                            metrics, metrics_fields),
    SECTION("control", control, control_fields),
    SECTION("cluster", cluster, cluster_fields),
    SECTION("credentials", credentials, credentials_fields),
    CYAML_FIELD_END};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, file_fields)};
const struct yaml_plan config_file_plan = {.schema = &file_schema};
