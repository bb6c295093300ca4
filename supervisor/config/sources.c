/* SPDX-License-Identifier: Apache-2.0 */
/* In a Pod nothing has to be said about credentials, elsewhere all of it: the rules for that, and
 * for which keys exclude or need each other. */
#include "supervisor/config/sources.h"

#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/file.h"
#include "common/objects/hostname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUBDOMAIN_MAX = 253
};

static enum config_source find_source(const struct yaml_file *, const struct config *);
static char *check_credential(const struct yaml_file *, enum role, const struct config *);
static char *complete_account(const struct yaml_file *, enum role, struct config *);
static char *complete_minter(const struct yaml_file *, struct config *);
static char *check_no_minter(const struct yaml_file *, struct config *);
static char *complete_server(const struct yaml_file *, struct config *);
static bool needs_server(const struct config *);
static char *server_of_pod(void);
static bool is_subdomain(const char *);

char *sources_complete(const struct yaml_file *yaml, struct config *config)
{
    char *error = NULL;

    config->source = find_source(yaml, config);
    for (enum role role = 0; role < ROLE_API_WORKERS && error == NULL; role++) {
        if (role == ROLE_MINTER)
            continue;
        error = config->source == CONFIG_SOURCE_TOKEN_REQUEST
                    ? complete_account(yaml, role, config)
                    : check_credential(yaml, role, config);
    }
    if (error == NULL)
        error = config->source == CONFIG_SOURCE_TOKEN_REQUEST ? complete_minter(yaml, config)
                                                              : check_no_minter(yaml, config);
    if (error == NULL)
        error = complete_server(yaml, config);
    return error;
}

static enum config_source find_source(const struct yaml_file *yaml, const struct config *config)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");

    if (yaml_file_names(yaml, "credentials.source"))
        return config->source;
    for (enum role role = 0; role < ROLE_API_WORKERS; role++) {
        if (role != ROLE_MINTER && (config->credentials[role].kubeconfig != NULL ||
                                    config->credentials[role].token_file != NULL))
            return CONFIG_SOURCE_AS_GIVEN;
    }
    return host != NULL && host[0] != '\0' ? CONFIG_SOURCE_TOKEN_REQUEST : CONFIG_SOURCE_AS_GIVEN;
}

static char *check_credential(const struct yaml_file *yaml, enum role role,
                              const struct config *config)
{
    const struct credential_source *given = &config->credentials[role];
    char key[64];

    snprintf(key, sizeof(key), "credentials.%s", role_name(role));
    if (given->account != NULL)
        return yaml_file_error(yaml, key,
                               "has a serviceAccount, which is only for source: token-request");
    if (config->source == CONFIG_SOURCE_KUBECONFIGS && given->kubeconfig == NULL)
        return yaml_file_error(yaml, key,
                               "has no kubeconfig, which source: kubeconfigs needs; add it");
    if (config->source == CONFIG_SOURCE_FILES && given->token_file == NULL)
        return yaml_file_error(yaml, key, "has no tokenFile, which source: files needs; add it");
    if (given->kubeconfig == NULL && given->token_file == NULL)
        return yaml_file_error(yaml, key, "has no credential; expected kubeconfig or tokenFile");
    if (given->kubeconfig != NULL && given->token_file != NULL)
        return yaml_file_error(yaml, key,
                               "has both kubeconfig and tokenFile; expected one of them");
    if (given->context != NULL && given->kubeconfig == NULL)
        return yaml_file_error(yaml, key,
                               "has a context without a kubeconfig; remove it or use kubeconfig");
    return NULL;
}

static char *complete_account(const struct yaml_file *yaml, enum role role, struct config *config)
{
    struct credential_source *given = &config->credentials[role];
    char key[64];

    snprintf(key, sizeof(key), "credentials.%s", role_name(role));
    if (given->kubeconfig != NULL || given->context != NULL || given->token_file != NULL)
        return yaml_file_error(yaml, key,
                               "has a credential, which source: token-request replaces; expected "
                               "serviceAccount or nothing");
    if (given->account != NULL && !is_subdomain(given->account))
        return yaml_file_error(yaml, key, "\"%.80s\" is not the name of a ServiceAccount",
                               given->account);
    if (given->account == NULL)
        given->account = memory_format("tlsrouted-%s", role_name(role));
    return NULL;
}

/* By default it has the Pod's own token: that is all the Pod's ServiceAccount is for. */
static char *complete_minter(const struct yaml_file *yaml, struct config *config)
{
    struct credential_source *minter = &config->credentials[ROLE_MINTER];

    if (config->token_namespace != NULL && label_name_problem(config->token_namespace) != NULL)
        return yaml_file_error(yaml, "credentials.namespace",
                               "\"%.80s\" is not the name of a namespace", config->token_namespace);
    if (!is_subdomain(config->token_secret))
        return yaml_file_error(yaml, "credentials.secret", "\"%.80s\" is not the name of a Secret",
                               config->token_secret);
    if (minter->kubeconfig != NULL && config->token_namespace == NULL)
        return yaml_file_error(yaml, "credentials.namespace",
                               "is missing, and a kubeconfig of the minter needs it; expected the "
                               "namespace of the ServiceAccounts");
    if (minter->kubeconfig == NULL && minter->token_file == NULL)
        minter->token_file = memory_text(FILE_POD_SECRETS "token");
    return check_credential(yaml, ROLE_MINTER, config);
}

static char *check_no_minter(const struct yaml_file *yaml, struct config *config)
{
    const struct credential_source *minter = &config->credentials[ROLE_MINTER];

    if (minter->kubeconfig != NULL || minter->context != NULL || minter->token_file != NULL ||
        minter->account != NULL || config->token_namespace != NULL ||
        yaml_file_names(yaml, "credentials.secret"))
        return yaml_file_error(yaml, "credentials",
                               "minter, namespace and secret are only for source: token-request; "
                               "remove them");
    memory_replace(&config->token_secret, NULL);
    return NULL;
}

/* A pod's environment is only consulted when a worker needs a server: elsewhere there is none. */
static char *complete_server(const struct yaml_file *yaml, struct config *config)
{
    char *given = config->server, *error = NULL;
    bool is_of_pod = given == NULL && needs_server(config);

    if (is_of_pod)
        given = server_of_pod();
    config->server = given != NULL ? address_server(given) : NULL;
    if (is_of_pod && given == NULL)
        error =
            yaml_file_error(yaml, "cluster.server",
                            "is missing, and a tokenFile needs it; expected " ADDRESS_SERVER_FORMAT
                            ", or KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the "
                            "environment, as in a Pod");
    else if (given != NULL && config->server == NULL)
        error = yaml_file_error(
            yaml, "cluster.server",
            "\"%.80s\"%s is not the address of an API server; expected " ADDRESS_SERVER_FORMAT,
            given, is_of_pod ? " (from KUBERNETES_SERVICE_HOST and _PORT)" : "");
    free(given);
    return error;
}

static bool needs_server(const struct config *config)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (config->credentials[role].token_file != NULL)
            return true;
    }
    return false;
}

static char *server_of_pod(void)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    bool is_ipv6 = host != NULL && strchr(host, ':') != NULL;

    if (host == NULL || host[0] == '\0' || port == NULL || port[0] == '\0')
        return NULL;
    return memory_format(is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
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
