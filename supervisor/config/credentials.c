/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/config/credentials.h"

#include "common/base/memory.h"
#include "common/kubeconfig/file.h"
#include "common/objects/hostname.h"
#include "supervisor/config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TOKEN  "/var/run/secrets/kubernetes.io/serviceaccount/token"
#define DEFAULT_SECRET "tlsrouted-tokens"

enum {
    SUBDOMAIN_MAX = 253
};

static enum config_source find_source(const struct config_file *);
static char *take_credential(const struct yaml_file *, const struct config_file *, enum role,
                             const char *path, struct config *);
static char *take_account(const struct yaml_file *, const struct config_file *, enum role,
                          struct config *);
static char *take_minter(const struct yaml_file *, const struct config_file *, const char *path,
                         struct config *);
static bool is_subdomain(const char *);

char *config_credentials_take(const struct yaml_file *yaml, const char *path, struct config *config)
{
    const struct config_file *file = yaml_file_data(yaml);
    char *error = NULL;

    config->source = find_source(file);
    for (enum role role = 0; role < ROLE_API_WORKERS && error == NULL; role++) {
        if (role == ROLE_MINTER)
            error = take_minter(yaml, file, path, config);
        else if (config->source == CONFIG_SOURCE_TOKEN_REQUEST)
            error = take_account(yaml, file, role, config);
        else
            error = take_credential(yaml, file, role, path, config);
    }
    return error;
}

static enum config_source find_source(const struct config_file *file)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");

    if (file->credentials.source != NULL)
        return *file->credentials.source;
    for (enum role role = 0; role < ROLE_API_WORKERS; role++) {
        if (role != ROLE_MINTER && (file->credentials.roles[role].kubeconfig != NULL ||
                                    file->credentials.roles[role].token_file != NULL))
            return CONFIG_SOURCE_AS_GIVEN;
    }
    return host != NULL && host[0] != '\0' ? CONFIG_SOURCE_TOKEN_REQUEST : CONFIG_SOURCE_AS_GIVEN;
}

static char *take_credential(const struct yaml_file *yaml, const struct config_file *file,
                             enum role role, const char *path, struct config *config)
{
    const struct credential_source *from = &file->credentials.roles[role];
    struct credential_source *to = &config->credentials[role];
    char keys[64];

    snprintf(keys, sizeof(keys), "credentials.%s", role_name(role));
    if (from->account != NULL)
        return yaml_file_error(yaml, keys,
                               "has a serviceAccount, which is only for source: token-request");
    if (config->source == CONFIG_SOURCE_KUBECONFIGS && from->kubeconfig == NULL)
        return yaml_file_error(yaml, keys,
                               "has no kubeconfig, which source: kubeconfigs needs; add it");
    if (config->source == CONFIG_SOURCE_FILES && from->token_file == NULL)
        return yaml_file_error(yaml, keys, "has no tokenFile, which source: files needs; add it");
    if (from->kubeconfig == NULL && from->token_file == NULL)
        return yaml_file_error(yaml, keys, "has no credential; expected kubeconfig or tokenFile");
    if (from->kubeconfig != NULL && from->token_file != NULL)
        return yaml_file_error(yaml, keys,
                               "has both kubeconfig and tokenFile; expected one of them");
    if (from->context != NULL && from->kubeconfig == NULL)
        return yaml_file_error(yaml, keys,
                               "has a context without a kubeconfig; remove it or use kubeconfig");
    to->kubeconfig = file_beside(path, from->kubeconfig);
    to->context = memory_text(from->context);
    to->token_file = file_beside(path, from->token_file);
    return NULL;
}

static char *take_account(const struct yaml_file *yaml, const struct config_file *file,
                          enum role role, struct config *config)
{
    const struct credential_source *from = &file->credentials.roles[role];
    char keys[64];

    snprintf(keys, sizeof(keys), "credentials.%s", role_name(role));
    if (from->kubeconfig != NULL || from->context != NULL || from->token_file != NULL)
        return yaml_file_error(yaml, keys,
                               "has a credential, and source: token-request gets it one; expected "
                               "serviceAccount or nothing");
    if (from->account != NULL && !is_subdomain(from->account))
        return yaml_file_error(yaml, keys, "\"%.80s\" is not the name of a ServiceAccount",
                               from->account);
    config->credentials[role].account = from->account != NULL
                                            ? memory_text(from->account)
                                            : memory_format("tlsrouted-%s", role_name(role));
    return NULL;
}

/* By default the Pod's own token: it is all that the Pod's ServiceAccount is for. */
static char *take_minter(const struct yaml_file *yaml, const struct config_file *file,
                         const char *path, struct config *config)
{
    const struct config_file_credentials *section = &file->credentials;
    const struct credential_source *minter = &section->roles[ROLE_MINTER];
    struct config_file with_default = *file;
    static char token[] = DEFAULT_TOKEN;

    if (config->source != CONFIG_SOURCE_TOKEN_REQUEST) {
        if (minter->kubeconfig == NULL && minter->token_file == NULL &&
            section->namespace == NULL && section->secret == NULL)
            return NULL;
        return yaml_file_error(yaml, "credentials",
                               "minter, namespace and secret are only for source: token-request; "
                               "remove them");
    }
    if (section->namespace != NULL && label_name_problem(section->namespace) != NULL)
        return yaml_file_error(yaml, "credentials.namespace",
                               "\"%.80s\" is not the name of a namespace", section->namespace);
    if (section->secret != NULL && !is_subdomain(section->secret))
        return yaml_file_error(yaml, "credentials.secret", "\"%.80s\" is not the name of a Secret",
                               section->secret);
    if (minter->kubeconfig != NULL && section->namespace == NULL)
        return yaml_file_error(yaml, "credentials.namespace",
                               "is missing, and a kubeconfig of the minter needs it; expected the "
                               "namespace of the ServiceAccounts");
    config->token_namespace = memory_text(section->namespace);
    config->token_secret = memory_text(section->secret != NULL ? section->secret : DEFAULT_SECRET);
    if (minter->kubeconfig == NULL && minter->token_file == NULL)
        with_default.credentials.roles[ROLE_MINTER].token_file = token;
    return take_credential(yaml, &with_default, ROLE_MINTER, path, config);
}

/* As the names of most objects are (RFC 1123): labels with dots between them. */
static bool is_subdomain(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= SUBDOMAIN_MAX &&
           name[strspn(name, "-.0123456789abcdefghijklmnopqrstuvwxyz")] == '\0' &&
           strchr("-.", name[0]) == NULL && strchr("-.", name[length - 1]) == NULL &&
           strstr(name, "..") == NULL;
}
