/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/config/config.h"

#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/file.h"
#include "common/message/message.h"
#include "common/objects/hostname.h"
#include "supervisor/config/credentials.h"
#include "supervisor/config/schema.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define DEFAULT_SOCKET  "/run/tlsrouted/control.sock"
#define DEFAULT_CA_FILE "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
#define DEFAULT_LISTEN  "127.0.0.1:9847"
#define DEFAULT_LEASE   "tlsrouted"
#define DIGITS          "0123456789"
#define LOWER           "abcdefghijklmnopqrstuvwxyz"
#define UPPER           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum {
    SANDBOX_UIDS = 61000, /* between the ranges of systemd's and Debian's users */
    SANDBOX_UIDS_MAX = 2147483000,
    NAMESPACE_MAX = MESSAGE_BOUND(settings, lease_namespace),
    SELECTOR_MAX = MESSAGE_BOUND(settings, pool_selector),
    GROUP_MAX = 32, /* as useradd has it */
    DEFAULT_GRACE = 600,
    DEFAULT_MAX_NAMES = 100,
    DEFAULT_LEASE_SECONDS = 15, /* as client-go's */
    DEFAULT_INTERVAL = 5,
    DEFAULT_TIMEOUT = 30,
};

static char *take(const struct yaml_file *, const char *path, struct config *);
static char *take_namespaces(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_selector(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_certificates(const struct yaml_file *, const struct config_file *,
                               struct config *);
static char *take_number(const struct yaml_file *, const char *keys, const char *text,
                         unsigned least, unsigned most, unsigned *number);
static char *take_lease(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_sandbox(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_heartbeat(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_metrics(const struct yaml_file *, const struct config_file *, const char *path,
                          struct config *);
static char *take_control(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_group(const struct yaml_file *, const struct config_file *, struct config *);
static char *take_cluster(const struct yaml_file *, const struct config_file *, const char *path,
                          struct config *);
static bool is_label(const char *name);
static bool needs_server(const struct config *);
static char *server_of_pod(void);

char *config_read(const char *path, struct config *config)
{
    struct yaml_file *yaml;
    char *error = yaml_file_read(path, "the command line", &config_file_plan, &yaml);

    *config = (struct config){.log_level = LOG_INFO, .log_format = LOG_LOGFMT};
    if (error == NULL)
        error = take(yaml, path, config);
    yaml_file_free(yaml);
    if (error != NULL)
        config_clear(config);
    return yaml_file_one_line(error);
}

void config_clear(struct config *config)
{
    text_list_clear(&config->namespaces);
    free(config->pool_selector);
    free(config->lease_namespace);
    free(config->lease_name);
    free(config->control_socket);
    free(config->control_group);
    free(config->server);
    free(config->ca_file);
    free(config->proxy);
    free(config->metrics_listen);
    free(config->metrics_certificate);
    free(config->metrics_key);
    free(config->token_namespace);
    free(config->token_secret);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        free(config->credentials[role].kubeconfig);
        free(config->credentials[role].context);
        free(config->credentials[role].token_file);
        free(config->credentials[role].account);
    }
    *config = (struct config){0};
}

static char *take(const struct yaml_file *yaml, const char *path, struct config *config)
{
    const struct config_file *file = yaml_file_data(yaml);
    char *error;

    config->log_level = file->log.level != NULL ? *file->log.level : LOG_INFO;
    config->log_format = file->log.format != NULL ? *file->log.format : LOG_LOGFMT;
    config->services = file->services != NULL ? *file->services : SERVICES_AUTO;
    config->conflicts = file->conflicts != NULL ? *file->conflicts : CONFLICTS_OLDEST_WINS;
    error = take_namespaces(yaml, file, config);
    if (error == NULL)
        error = take_selector(yaml, file, config);
    if (error == NULL)
        error = take_certificates(yaml, file, config);
    if (error == NULL)
        error = take_lease(yaml, file, config);
    if (error == NULL)
        error = take_sandbox(yaml, file, config);
    if (error == NULL)
        error = take_heartbeat(yaml, file, config);
    if (error == NULL)
        error = take_metrics(yaml, file, path, config);
    if (error == NULL)
        error = take_control(yaml, file, config);
    if (error == NULL)
        error = config_credentials_take(yaml, path, config);
    if (error == NULL)
        error = take_cluster(yaml, file, path, config);
    return error;
}

static char *take_namespaces(const struct yaml_file *yaml, const struct config_file *file,
                             struct config *config)
{
    for (unsigned i = 0; i < file->namespaces_count; i++) {
        const char *name = file->namespaces[i];
        char keys[32];

        snprintf(keys, sizeof(keys), "namespaces[%u]", i);
        if (!is_label(name))
            return yaml_file_error(
                yaml, keys,
                "\"%.80s\" is not the name of a namespace; expected at most %d of "
                "a-z, 0-9 and -, with neither end a -",
                name, NAMESPACE_MAX);
        if (text_list_has(&config->namespaces, name))
            return yaml_file_error(yaml, keys, "\"%s\" is given twice; remove one of them", name);
        text_list_add(&config->namespaces, name);
    }
    return NULL;
}

/* Its grammar is the API server's to judge: what it refuses the watcher says. */
static char *take_selector(const struct yaml_file *yaml, const struct config_file *file,
                           struct config *config)
{
    const char *selector = file->pool_selector != NULL ? file->pool_selector : "";

    if (strlen(selector) > SELECTOR_MAX)
        return yaml_file_error(yaml, "poolSelector", "has %zu bytes; expected at most %d",
                               strlen(selector), SELECTOR_MAX);
    config->pool_selector = memory_text(selector);
    return NULL;
}

static char *take_certificates(const struct yaml_file *yaml, const struct config_file *file,
                               struct config *config)
{
    const struct config_file_certificates *section = &file->certificates;
    char *error;

    config->withdraw = section->withdraw != NULL ? *section->withdraw : WITHDRAW_AFTER_GRACE;
    config->reissue = section->reissue != NULL ? *section->reissue : REISSUE_NONE;
    config->grace = DEFAULT_GRACE;
    config->max_names = DEFAULT_MAX_NAMES;
    error = take_number(yaml, "certificates.grace", section->grace, 0, GRACE_MAX, &config->grace);
    if (error == NULL)
        error = take_number(yaml, "certificates.maxNames", section->max_names, 1, MAX_NAMES_LIMIT,
                            &config->max_names);
    return error;
}

/* TEXT may be NULL: then *NUMBER stays. */
static char *take_number(const struct yaml_file *yaml, const char *keys, const char *text,
                         unsigned least, unsigned most, unsigned *number)
{
    unsigned long value;

    if (text == NULL)
        return NULL;
    value = strlen(text) <= 9 ? strtoul(text, NULL, 10) : ULONG_MAX;
    if (text[strspn(text, DIGITS)] != '\0' || value < least || value > most)
        return yaml_file_error(yaml, keys, "\"%.80s\" is not a whole number from %u to %u", text,
                               least, most);
    *number = (unsigned)value;
    return NULL;
}

static char *take_lease(const struct yaml_file *yaml, const struct config_file *file,
                        struct config *config)
{
    const struct config_file_lease *section = &file->lease;
    const char *namespace = section->namespace != NULL ? section->namespace : "";
    const char *name = section->name != NULL ? section->name : DEFAULT_LEASE;

    if (section->namespace == NULL && (section->name != NULL || section->duration != NULL))
        return yaml_file_error(yaml, "lease",
                               "has no namespace; expected that of the Lease that is to be held");
    if (section->namespace != NULL && !is_label(namespace))
        return yaml_file_error(yaml, "lease.namespace",
                               "\"%.80s\" is not the name of a namespace; expected at most %d of "
                               "a-z, 0-9 and -, with neither end a -",
                               namespace, NAMESPACE_MAX);
    if (!is_label(name))
        return yaml_file_error(yaml, "lease.name",
                               "\"%.80s\" is not the name of a Lease; expected at most %d of "
                               "a-z, 0-9 and -, with neither end a -",
                               name, NAMESPACE_MAX);
    config->lease_namespace = memory_text(namespace);
    config->lease_name = memory_text(name);
    config->lease_seconds = DEFAULT_LEASE_SECONDS;
    return take_number(yaml, "lease.duration", section->duration, LEASE_SECONDS_MIN,
                       LEASE_SECONDS_MAX, &config->lease_seconds);
}

static char *take_sandbox(const struct yaml_file *yaml, const struct config_file *file,
                          struct config *config)
{
    unsigned uids = file->sandbox_uids != NULL ? *file->sandbox_uids : SANDBOX_UIDS;

    if (uids == 0 || uids > SANDBOX_UIDS_MAX)
        return yaml_file_error(yaml, "sandboxUids", "is %u; expected a user's number, 1 to %d",
                               uids, SANDBOX_UIDS_MAX);
    config->sandbox = file->sandbox != NULL ? *file->sandbox : SANDBOX_ENFORCE;
    config->sandbox_uids = uids;
    return NULL;
}

static char *take_heartbeat(const struct yaml_file *yaml, const struct config_file *file,
                            struct config *config)
{
    const struct config_file_heartbeat *section = &file->heartbeat;
    char *error;

    config->heartbeat_interval = DEFAULT_INTERVAL;
    config->heartbeat_timeout = DEFAULT_TIMEOUT;
    error = take_number(yaml, "heartbeat.interval", section->interval, 1, HEARTBEAT_INTERVAL_MAX,
                        &config->heartbeat_interval);
    if (error == NULL)
        error = take_number(yaml, "heartbeat.timeout", section->timeout, 1, HEARTBEAT_TIMEOUT_MAX,
                            &config->heartbeat_timeout);
    if (error == NULL && config->heartbeat_timeout <= config->heartbeat_interval)
        error = yaml_file_error(yaml, "heartbeat.timeout",
                                "is %u; expected more than heartbeat.interval, which is %u",
                                config->heartbeat_timeout, config->heartbeat_interval);
    return error;
}

/* The section alone is enough; nothing is served without it, or with an empty address. */
static char *take_metrics(const struct yaml_file *yaml, const struct config_file *file,
                          const char *path, struct config *config)
{
    const struct config_file_metrics *section = file->metrics;
    const char *listen;

    if (section == NULL || (section->listen == NULL && yaml_file_names(yaml, "metrics.listen")))
        return NULL;
    listen = section->listen != NULL ? section->listen : DEFAULT_LISTEN;
    if (!address_is_listener(listen))
        return yaml_file_error(yaml, "metrics.listen",
                               "\"%.80s\" is not an address to listen at; expected one like "
                               "" DEFAULT_LISTEN " or [::1]:9847, or \"\" for none",
                               listen);
    if ((section->tls.certificate_file == NULL) != (section->tls.key_file == NULL))
        return yaml_file_error(yaml, "metrics.tls",
                               "has only one of certificateFile and keyFile; add the other");
    config->metrics_listen = memory_text(listen);
    config->metrics_certificate = file_beside(path, section->tls.certificate_file);
    config->metrics_key = file_beside(path, section->tls.key_file);
    return NULL;
}

static char *take_control(const struct yaml_file *yaml, const struct config_file *file,
                          struct config *config)
{
    const char *path = file->control.socket != NULL ? file->control.socket : DEFAULT_SOCKET;
    size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (path[0] != '/')
        return yaml_file_error(
            yaml, "control.socket",
            "\"%.80s\" is not an absolute path; expected one like " DEFAULT_SOCKET, path);
    if (strlen(path) > max)
        return yaml_file_error(
            yaml, "control.socket",
            "has %zu bytes; expected at most %zu, which is all a socket's path can "
            "have",
            strlen(path), max);
    config->control_socket = memory_text(path);
    return take_group(yaml, file, config);
}

/* Whether there is such a group is found out when the socket is made. */
static char *take_group(const struct yaml_file *yaml, const struct config_file *file,
                        struct config *config)
{
    const char *group = file->control.group != NULL ? file->control.group : "";

    if (strlen(group) > GROUP_MAX || group[0] == '-' ||
        group[strspn(group, "-_.@$" DIGITS LOWER UPPER)] != '\0')
        return yaml_file_error(yaml, "control.group",
                               "\"%.80s\" is not the name or the number of a group", group);
    config->control_group = memory_text(group);
    return NULL;
}

/* The address that a pod finds in its environment is only looked at when a role needs it: outside a
 * cluster there is none. */
static char *take_cluster(const struct yaml_file *yaml, const struct config_file *file,
                          const char *path, struct config *config)
{
    const char *ca_file = file->cluster.ca_file, *server = file->cluster.server;
    char *found = NULL, *error = NULL;

    config->ca_file = file_beside(path, ca_file != NULL ? ca_file : DEFAULT_CA_FILE);
    if (file->cluster.proxy != NULL) {
        config->proxy = address_proxy(file->cluster.proxy);
        if (config->proxy == NULL)
            return yaml_file_error(yaml, "cluster.proxy",
                                   "is not the address of an HTTP proxy that can be used; "
                                   "expected " ADDRESS_PROXY_FORMAT ", without user and password");
    }
    if (server == NULL && !needs_server(config))
        return NULL;
    if (server == NULL)
        server = found = server_of_pod();
    if (server != NULL)
        config->server = address_server(server);
    if (server == NULL)
        error =
            yaml_file_error(yaml, "cluster.server",
                            "is missing, and a tokenFile needs it; expected " ADDRESS_SERVER_FORMAT
                            ", or KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the "
                            "environment, as in a pod");
    else if (config->server == NULL)
        error = yaml_file_error(
            yaml, "cluster.server",
            "\"%.80s\"%s is not the address of an API server; expected " ADDRESS_SERVER_FORMAT,
            server, found != NULL ? " (from KUBERNETES_SERVICE_HOST and _PORT)" : "");
    free(found);
    return error;
}

bool config_has_role(const struct config *config, enum role role)
{
    if (role == ROLE_EXPORTER)
        return config->metrics_listen != NULL;
    return role != ROLE_MINTER || config->source == CONFIG_SOURCE_TOKEN_REQUEST;
}

static bool is_label(const char *name)
{
    return label_name_problem(name) == NULL;
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
