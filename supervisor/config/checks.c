/* SPDX-License-Identifier: Apache-2.0 */
/* What only code can say about a key: names of Kubernetes, addresses, paths, keys that depend on
 * one another. */
#include "supervisor/config/checks.h"

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/objects/hostname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define GROUP_CHARACTERS "-_.@$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum {
    GROUP_MAX = 32, /* as useradd has it */
};

static char *check_label(const struct yaml_file *, const char *key, const char *name,
                         const char *what);

char *checks_namespaces(const struct yaml_file *yaml, struct config *config)
{
    const struct text_list *namespaces = &config->namespaces;
    unsigned i = 0;

    TEXT_LIST_FOREACH (name, namespaces) {
        const struct text_list before = {i, (size_t)(name - namespaces->bytes), namespaces->bytes};
        char key[32], *error;

        snprintf(key, sizeof(key), "namespaces[%u]", i++);
        error = check_label(yaml, key, name, "a namespace");
        if (error == NULL && text_list_has(&before, name))
            error = yaml_file_error(yaml, key, "\"%s\" is given twice; remove one of them", name);
        if (error != NULL)
            return error;
    }
    return NULL;
}

char *checks_lease_namespace(const struct yaml_file *yaml, struct config *config)
{
    if (config->lease_namespace[0] != '\0')
        return check_label(yaml, "lease.namespace", config->lease_namespace, "a namespace");
    if (yaml_file_names(yaml, "lease.name") || yaml_file_names(yaml, "lease.duration"))
        return yaml_file_error(yaml, "lease",
                               "has no namespace; expected that of the Lease that is to be held");
    return NULL;
}

char *checks_lease_name(const struct yaml_file *yaml, struct config *config)
{
    return check_label(yaml, "lease.name", config->lease_name, "a Lease");
}

/* WHAT: "a namespace". */
static char *check_label(const struct yaml_file *yaml, const char *key, const char *name,
                         const char *what)
{
    if (label_name_problem(name) == NULL)
        return NULL;
    return yaml_file_error(yaml, key,
                           "\"%.80s\" is not the name of %s; expected at most 63 of a-z, 0-9 and "
                           "-, and no - at either end",
                           name, what);
}

char *checks_heartbeat_timeout(const struct yaml_file *yaml, struct config *config)
{
    if (config->heartbeat_timeout > config->heartbeat_interval)
        return NULL;
    return yaml_file_error(yaml, "heartbeat.timeout",
                           "is %u; expected more than heartbeat.interval, which is %u",
                           config->heartbeat_timeout, config->heartbeat_interval);
}

/* The section alone is enough; without it, or with an empty address, nothing listens. */
char *checks_metrics_listen(const struct yaml_file *yaml, struct config *config)
{
    if (!yaml_file_names(yaml, "metrics") || config->metrics_listen[0] == '\0') {
        memory_replace(&config->metrics_listen, NULL);
        return NULL;
    }
    if (address_is_listener(config->metrics_listen))
        return NULL;
    return yaml_file_error(
        yaml, "metrics.listen",
        "\"%.80s\" is not an address to listen at; expected one like " CHECKS_DEFAULT_LISTEN
        " or [::1]:9847, or \"\" for none",
        config->metrics_listen);
}

char *checks_metrics_key(const struct yaml_file *yaml, struct config *config)
{
    if (config->metrics_listen == NULL ||
        (config->metrics_certificate == NULL) == (config->metrics_key == NULL))
        return NULL;
    return yaml_file_error(yaml, "metrics.tls",
                           "has only one of certificateFile and keyFile; add the other");
}

char *checks_control_socket(const struct yaml_file *yaml, struct config *config)
{
    const size_t length = strlen(config->control_socket);
    const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (config->control_socket[0] != '/')
        return yaml_file_error(
            yaml, "control.socket",
            "\"%.80s\" is not an absolute path; expected one like " INSTALLATION_SOCKET,
            config->control_socket);
    if (length > max)
        return yaml_file_error(yaml, "control.socket",
                               "has %zu bytes; expected at most %zu, which is all a socket's path "
                               "can have",
                               length, max);
    return NULL;
}

/* Whether the group exists is checked when the socket is made. */
char *checks_control_group(const struct yaml_file *yaml, struct config *config)
{
    const char *group = config->control_group;

    if (strlen(group) <= GROUP_MAX && group[0] != '-' &&
        group[strspn(group, GROUP_CHARACTERS)] == '\0')
        return NULL;
    return yaml_file_error(yaml, "control.group",
                           "\"%.80s\" is not the name or the number of a group", group);
}

/* The value is not shown: it may hold a password. */
char *checks_cluster_proxy(const struct yaml_file *yaml, struct config *config)
{
    char *given = config->proxy;

    if (given == NULL)
        return NULL;
    config->proxy = address_proxy(given);
    free(given);
    if (config->proxy != NULL)
        return NULL;
    return yaml_file_error(yaml, "cluster.proxy", ADDRESS_PROXY_PROBLEM);
}
