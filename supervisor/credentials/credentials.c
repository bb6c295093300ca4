/* SPDX-License-Identifier: Apache-2.0 */
/* From where the configuration says the credentials are, to credentials that a worker can be given.
 */
#include "supervisor/credentials/credentials.h"

#include "common/base/memory.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/yaml.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMESPACE_FILE_MAX = 128 /* bytes */
};

static char *locate(const struct config *, enum role, struct kubeconfig *);
static void use_pod(const struct config *, enum role, struct kubeconfig *);
static char *read_namespace(const struct config *, struct credential *);

char *credentials_read(const struct config *config, bool confined, struct credential *credentials)
{
    char *problem = NULL;

    memset(credentials, 0, ROLE_WORKERS * sizeof(*credentials));
    for (enum role role = 0; role < ROLE_API_WORKERS && problem == NULL; role++) {
        if (config_has_role(config, role))
            problem = credentials_read_role(config, role, &credentials[role]);
    }
    if (problem == NULL && confined && credentials_have_plugin(credentials))
        problem =
            memory_text("a kubeconfig has an exec plugin now; the supervisor is confined, and "
                        "can run plugins only after a restart of tlsrouted");
    if (problem != NULL)
        credentials_clear(credentials);
    return problem;
}

bool credentials_have_plugin(const struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (credentials[role].plugin != NULL)
            return true;
    }
    return false;
}

void credentials_clear(struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        credential_clear(&credentials[role]);
}

char *credentials_read_role(const struct config *config, enum role role,
                            struct credential *credential)
{
    struct kubeconfig kubeconfig = {0};
    char *error = locate(config, role, &kubeconfig), *line = NULL;

    *credential = (struct credential){0};
    if (error == NULL && config->credentials[role].account != NULL)
        kubeconfig_drop_identity(&kubeconfig);
    if (error == NULL)
        error = credential_read(&kubeconfig, credential);
    if (error == NULL && role == ROLE_MINTER)
        error = read_namespace(config, credential);
    if (error != NULL) {
        line = memory_format("%s: %s", role_name(role), error);
        credential_clear(credential);
    }
    free(error);
    kubeconfig_clear(&kubeconfig);
    return yaml_file_one_line(line);
}

/* A worker whose token comes from the minter reaches the API server as the minter does. */
static char *locate(const struct config *config, enum role role, struct kubeconfig *kubeconfig)
{
    bool is_minted = config->credentials[role].account != NULL;
    const struct credential_source *source = &config->credentials[is_minted ? ROLE_MINTER : role];
    char *file = memory_format("credentials.%s.kubeconfig", role_name(role));
    char *context = memory_format("credentials.%s.context", role_name(role));
    char *error = NULL;

    if (source->kubeconfig != NULL)
        error = kubeconfig_read(source->kubeconfig, source->context,
                                &(struct kubeconfig_named_by){file, context}, kubeconfig);
    else
        use_pod(config, is_minted ? ROLE_MINTER : role, kubeconfig);
    if (error == NULL && kubeconfig->proxy == NULL)
        kubeconfig->proxy = memory_text(config->proxy);
    free(file);
    free(context);
    return error;
}

/* The files of a pod, as if a kubeconfig named them. */
static void use_pod(const struct config *config, enum role role, struct kubeconfig *kubeconfig)
{
    kubeconfig->server = memory_text(config->server);
    kubeconfig->parts[KUBECONFIG_CA] = (struct kubeconfig_source){
        .path = memory_text(config->ca_file), .place = memory_text("cluster.caFile")};
    kubeconfig->parts[KUBECONFIG_TOKEN] = (struct kubeconfig_source){
        .path = memory_text(config->credentials[role].token_file),
        .place = memory_format("credentials.%s.tokenFile", role_name(role))};
}

/* The one that is configured, or the Pod's own. */
static char *read_namespace(const struct config *config, struct credential *credential)
{
    const char *token_file = config->credentials[ROLE_MINTER].token_file;
    char *path, *error;

    if (config->token_namespace != NULL || token_file == NULL) {
        credential->namespace = memory_text(config->token_namespace);
        return NULL;
    }
    path = file_beside(token_file, "namespace");
    error =
        file_read(path, NAMESPACE_FILE_MAX, false, "credentials.namespace", &credential->namespace);
    if (error == NULL) {
        file_trim_end(credential->namespace);
        if (label_name_problem(credential->namespace) != NULL)
            error =
                memory_format("%s: not the name of a namespace; set credentials.namespace", path);
    }
    free(path);
    return error;
}
