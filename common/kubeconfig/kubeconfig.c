/* SPDX-License-Identifier: Apache-2.0 */
/* Finds in a kubeconfig the one context, cluster and user that are meant, and refuses by name what
 * would change how one connects or who one is and is not supported. */
#include "common/kubeconfig/kubeconfig.h"

#include "common/base/memory.h"
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/kubeconfig_schema.h"
#include "common/kubeconfig/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_CA_FILE "/etc/ssl/certs/ca-certificates.crt"

enum {
    KEYS_MAX = 128, /* bytes of "users[12].user": a place in the file */
};

/* One of the file's lists of named entries, whatever they hold. */
struct list {
    const char *key;
    const void *entries;
    unsigned count;
    size_t size; /* of an entry, which begins with its name */
};

/* Something that cannot be honoured, and what to do instead. */
struct refusal {
    const char *key;
    const char *advice;
};

static char *read_file(const struct yaml_file *, const char *path, const char *context,
                       const struct kubeconfig_named_by *, struct kubeconfig *);
static void trust_system(struct kubeconfig *, const char *path);
static char *pick_context(const struct yaml_file *, const struct kubeconfig_file *,
                          const char *context, const struct kubeconfig_named_by *,
                          const struct kubeconfig_context_body **, char *keys);
static char *read_cluster(const struct yaml_file *, const struct kubeconfig_file *,
                          const char *path, const char *name, const char *key, struct kubeconfig *);
static char *read_proxy(const struct yaml_file *, const char *keys, const char *proxy,
                        struct kubeconfig *);
static char *read_tls_name(const struct yaml_file *, const char *keys, const char *name,
                           struct kubeconfig *);
static char *read_user(const struct yaml_file *, const struct kubeconfig_file *, const char *path,
                       const char *name, const char *key, struct kubeconfig *);
static char *read_plugin(const struct yaml_file *, const char *path, const char *keys,
                         const struct kubeconfig_exec *, struct kubeconfig *);
static const char *find_version(const char *given);
static char *check_plugin(const struct yaml_file *, const char *keys,
                          const struct kubeconfig_exec *, const struct kubeconfig *);
static char *check_user(const struct yaml_file *, const char *keys, const struct kubeconfig *);
static char *pick(const struct yaml_file *, const struct list *, const char *name, const char *key,
                  unsigned *index);
static const char *entry_name(const struct list *, unsigned index);
static char *list_names(const struct list *);
static char *refuse(const struct yaml_file *, const char *keys, const struct refusal *);
static void set_part(struct kubeconfig *, enum kubeconfig_part, const struct yaml_file *,
                     const char *path, const char *keys, const char *text, const char *file);

#define INSTEAD "use a token, tokenFile, client certificate or exec plugin"
#define ITSELF  "give the account itself the rights it needs"

static const struct refusal cluster_refusals[] = {
    {"insecure-skip-tls-verify", "give the server's authority as certificate-authority"},
    {NULL, NULL},
};
static const struct refusal user_refusals[] = {
    {"auth-provider", INSTEAD}, {"username", INSTEAD}, {"password", INSTEAD},     {"as", ITSELF},
    {"as-uid", ITSELF},         {"as-groups", ITSELF}, {"as-user-extra", ITSELF}, {NULL, NULL},
};

/* The keys that give a part, and which of the two wins. */
static const struct {
    const char *text_key, *file_key;
    bool file_wins;
} part_keys[KUBECONFIG_PARTS] = {
    [KUBECONFIG_CA] = {"certificate-authority-data", "certificate-authority", false},
    [KUBECONFIG_CERTIFICATE] = {"client-certificate-data", "client-certificate", false},
    [KUBECONFIG_KEY] = {"client-key-data", "client-key", false},
    [KUBECONFIG_TOKEN] = {"token", "tokenFile", true},
};

char *kubeconfig_read(const char *path, const char *context,
                      const struct kubeconfig_named_by *named_by, struct kubeconfig *kubeconfig)
{
    struct yaml_file *yaml;
    char *error = yaml_file_read(path, named_by->file, &kubeconfig_plan, &yaml);

    *kubeconfig = (struct kubeconfig){0};
    if (error == NULL)
        error = read_file(yaml, path, context, named_by, kubeconfig);
    if (error == NULL)
        trust_system(kubeconfig, path);
    yaml_file_free(yaml);
    if (error != NULL)
        kubeconfig_clear(kubeconfig);
    return yaml_file_one_line(error);
}

/* Where no authorities are named: those of the system. */
static void trust_system(struct kubeconfig *kubeconfig, const char *path)
{
    struct kubeconfig_source *authorities = &kubeconfig->parts[KUBECONFIG_CA];

    if (authorities->place != NULL)
        return;
    kubeconfig->trusts_system = true;
    authorities->path = memory_text(SYSTEM_CA_FILE);
    authorities->place = memory_format("certificate-authority of the cluster in %s", path);
}

void kubeconfig_drop_identity(struct kubeconfig *kubeconfig)
{
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS; part++) {
        struct kubeconfig_source *source = &kubeconfig->parts[part];

        if (part == KUBECONFIG_CA)
            continue;
        free(source->path);
        memory_wipe_text(source->text);
        free(source->place);
        *source = (struct kubeconfig_source){0};
    }
    exec_plugin_free(kubeconfig->plugin);
    kubeconfig->plugin = NULL;
}

void kubeconfig_clear(struct kubeconfig *kubeconfig)
{
    free(kubeconfig->server);
    free(kubeconfig->proxy);
    free(kubeconfig->tls_name);
    for (size_t i = 0; i < KUBECONFIG_PARTS; i++) {
        free(kubeconfig->parts[i].path);
        memory_wipe_text(kubeconfig->parts[i].text);
        free(kubeconfig->parts[i].place);
    }
    exec_plugin_free(kubeconfig->plugin);
    *kubeconfig = (struct kubeconfig){0};
}

static char *read_file(const struct yaml_file *yaml, const char *path, const char *context,
                       const struct kubeconfig_named_by *named_by, struct kubeconfig *kubeconfig)
{
    static const struct kubeconfig_file empty;
    const struct kubeconfig_file *file =
        yaml_file_data(yaml) != NULL ? yaml_file_data(yaml) : &empty;
    const struct kubeconfig_context_body *picked = NULL;
    char keys[KEYS_MAX], key[KEYS_MAX + 16], *error;

    error = pick_context(yaml, file, context, named_by, &picked, keys);
    if (error != NULL)
        return error;
    snprintf(key, sizeof(key), "%s.cluster", keys);
    error = read_cluster(yaml, file, path, picked->cluster, key, kubeconfig);
    if (error != NULL)
        return error;
    snprintf(key, sizeof(key), "%s.user", keys);
    return read_user(yaml, file, path, picked->user, key, kubeconfig);
}

/* KEYS receives the place of the context in the file, KEYS_MAX bytes. */
static char *pick_context(const struct yaml_file *yaml, const struct kubeconfig_file *file,
                          const char *context, const struct kubeconfig_named_by *named_by,
                          const struct kubeconfig_context_body **picked, char *keys)
{
    const struct list list = {"contexts", file->contexts, file->contexts_count,
                              sizeof(*file->contexts)};
    char key[KEYS_MAX] = "current-context", *error;
    unsigned index = 0;

    if (context != NULL)
        snprintf(key, sizeof(key), "%s", named_by->context);
    else if (file->current_context == NULL)
        return yaml_file_error(yaml, "current-context",
                               "is missing; set it, or name a context in %s", named_by->context);
    error = pick(yaml, &list, context != NULL ? context : file->current_context, key, &index);
    if (error != NULL)
        return error;
    *picked = &file->contexts[index].body;
    snprintf(keys, KEYS_MAX, "contexts[%u].context", index);
    return NULL;
}

static char *read_cluster(const struct yaml_file *yaml, const struct kubeconfig_file *file,
                          const char *path, const char *name, const char *key,
                          struct kubeconfig *kubeconfig)
{
    const struct list list = {"clusters", file->clusters, file->clusters_count,
                              sizeof(*file->clusters)};
    const struct kubeconfig_cluster_body *body;
    char keys[KEYS_MAX], server[KEYS_MAX + 16], *error;
    unsigned index = 0;

    error = pick(yaml, &list, name, key, &index);
    if (error != NULL)
        return error;
    snprintf(keys, sizeof(keys), "clusters[%u].cluster", index);
    snprintf(server, sizeof(server), "%s.server", keys);
    body = &file->clusters[index].body;
    error = refuse(yaml, keys, cluster_refusals);
    if (error != NULL)
        return error;
    if (body->server == NULL)
        return yaml_file_error(yaml, server, "is missing; expected " ADDRESS_SERVER_FORMAT);
    kubeconfig->server = address_server(body->server);
    if (kubeconfig->server == NULL)
        return yaml_file_error(yaml, server,
                               "\"%.80s\" is not the address of an API server; "
                               "expected " ADDRESS_SERVER_FORMAT,
                               body->server);
    set_part(kubeconfig, KUBECONFIG_CA, yaml, path, keys, body->ca_data, body->ca_file);
    error = read_tls_name(yaml, keys, body->tls_name, kubeconfig);
    return error != NULL ? error : read_proxy(yaml, keys, body->proxy, kubeconfig);
}

/* The value is not shown: it may hold a password. */
static char *read_proxy(const struct yaml_file *yaml, const char *keys, const char *proxy,
                        struct kubeconfig *kubeconfig)
{
    char name[KEYS_MAX + 16];

    if (proxy == NULL || proxy[0] == '\0')
        return NULL;
    kubeconfig->proxy = address_proxy(proxy);
    if (kubeconfig->proxy != NULL)
        return NULL;
    snprintf(name, sizeof(name), "%s.proxy-url", keys);
    return yaml_file_error(yaml, name, ADDRESS_PROXY_PROBLEM);
}

static char *read_tls_name(const struct yaml_file *yaml, const char *keys, const char *name,
                           struct kubeconfig *kubeconfig)
{
    char key[KEYS_MAX + 32];

    if (name == NULL || name[0] == '\0')
        return NULL;
    snprintf(key, sizeof(key), "%s.tls-server-name", keys);
    if (!address_is_tls_name(name))
        return yaml_file_error(yaml, key,
                               "\"%.80s\" is not a name that a certificate can be for; expected "
                               "that of a host, or an IP address",
                               name);
    kubeconfig->tls_name = memory_text(name);
    return NULL;
}

static char *read_user(const struct yaml_file *yaml, const struct kubeconfig_file *file,
                       const char *path, const char *name, const char *key,
                       struct kubeconfig *kubeconfig)
{
    const struct list list = {"users", file->users, file->users_count, sizeof(*file->users)};
    const struct kubeconfig_user_body *body;
    char keys[KEYS_MAX], *error;
    unsigned index = 0;

    error = pick(yaml, &list, name, key, &index);
    if (error != NULL)
        return error;
    snprintf(keys, sizeof(keys), "users[%u].user", index);
    body = &file->users[index].body;
    error = refuse(yaml, keys, user_refusals);
    if (error != NULL)
        return error;
    set_part(kubeconfig, KUBECONFIG_TOKEN, yaml, path, keys, body->token, body->token_file);
    set_part(kubeconfig, KUBECONFIG_CERTIFICATE, yaml, path, keys, body->certificate_data,
             body->certificate);
    set_part(kubeconfig, KUBECONFIG_KEY, yaml, path, keys, body->key_data, body->key);
    if (body->exec != NULL)
        return read_plugin(yaml, path, keys, body->exec, kubeconfig);
    return check_user(yaml, keys, kubeconfig);
}

static char *read_plugin(const struct yaml_file *yaml, const char *path, const char *keys,
                         const struct kubeconfig_exec *exec, struct kubeconfig *kubeconfig)
{
    struct exec_plugin *plugin;
    char *error = check_plugin(yaml, keys, exec, kubeconfig);

    if (error != NULL)
        return error;
    plugin = kubeconfig->plugin = memory_new(1, sizeof(*plugin));
    plugin->command = strchr(exec->command, '/') != NULL ? file_beside(path, exec->command)
                                                         : memory_text(exec->command);
    plugin->version = find_version(exec->version);
    plugin->wants_cluster = exec->cluster != NULL && strcmp(exec->cluster, "true") == 0;
    for (unsigned i = 0; i < exec->arguments_count; i++)
        text_list_add(&plugin->arguments, exec->arguments[i] != NULL ? exec->arguments[i] : "");
    for (unsigned i = 0; i < exec->variables_count; i++) {
        const char *value = exec->variables[i].value;
        char *variable =
            memory_format("%s=%s", exec->variables[i].name, value != NULL ? value : "");

        text_list_add(&plugin->variables, variable);
        memory_wipe_text(variable);
    }
    return NULL;
}

/* A constant, or NULL if GIVEN is none of those that are supported. What they say is the same. */
static const char *find_version(const char *given)
{
    static const char *const versions[] = {"client.authentication.k8s.io/v1",
                                           "client.authentication.k8s.io/v1beta1"};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (given != NULL && strcmp(given, versions[i]) == 0)
            return versions[i];
    }
    return NULL;
}

static char *check_plugin(const struct yaml_file *yaml, const char *keys,
                          const struct kubeconfig_exec *exec, const struct kubeconfig *kubeconfig)
{
    char name[KEYS_MAX + 32];

    snprintf(name, sizeof(name), "%s.exec", keys);
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS; part++) {
        if (part != KUBECONFIG_CA && kubeconfig->parts[part].place != NULL)
            return yaml_file_error(
                yaml, name,
                "is given together with a token or client certificate; remove one "
                "of them");
    }
    if (exec->command == NULL)
        return yaml_file_error(yaml, name, "command is missing; expected a program");
    if (find_version(exec->version) == NULL)
        return yaml_file_error(yaml, name,
                               "apiVersion is not supported; expected "
                               "client.authentication.k8s.io/v1 or v1beta1");
    if (exec->interactive != NULL && strcmp(exec->interactive, "Always") == 0)
        return yaml_file_error(yaml, name,
                               "interactiveMode is Always, and nobody is there to ask; expected "
                               "Never or IfAvailable");
    for (unsigned i = 0; i < exec->variables_count; i++) {
        if (exec->variables[i].name == NULL || strchr(exec->variables[i].name, '=') != NULL)
            return yaml_file_error(yaml, name, "env has an entry without a proper name");
    }
    return NULL;
}

static char *check_user(const struct yaml_file *yaml, const char *keys,
                        const struct kubeconfig *kubeconfig)
{
    bool has_certificate = kubeconfig->parts[KUBECONFIG_CERTIFICATE].place != NULL;
    bool has_key = kubeconfig->parts[KUBECONFIG_KEY].place != NULL;

    if (has_certificate && !has_key)
        return yaml_file_error(yaml, keys,
                               "has a client-certificate without client-key; add the key");
    if (has_key && !has_certificate)
        return yaml_file_error(yaml, keys,
                               "has a client-key without client-certificate; add the certificate");
    if (!has_certificate && kubeconfig->parts[KUBECONFIG_TOKEN].place == NULL)
        return yaml_file_error(yaml, keys,
                               "has no credential; expected token, tokenFile, client-certificate "
                               "with client-key, or exec");
    return NULL;
}

/* Sets *INDEX to that of the entry NAME, which KEY names. Returns NULL, or what is wrong. */
static char *pick(const struct yaml_file *yaml, const struct list *list, const char *name,
                  const char *key, unsigned *index)
{
    unsigned found = 0;
    char *names, *error;

    if (name == NULL)
        return yaml_file_error(yaml, key, "is missing; expected the name of one of the %s",
                               list->key);
    for (unsigned i = 0; i < list->count; i++) {
        if (entry_name(list, i) == NULL || strcmp(entry_name(list, i), name) != 0)
            continue;
        if (found++ > 0)
            return yaml_file_error(yaml, list->key, "\"%.80s\" is there twice; remove one of them",
                                   name);
        *index = i;
    }
    if (found > 0)
        return NULL;
    names = list_names(list);
    error = yaml_file_error(yaml, list->key,
                            "there is no \"%.80s\", which %s names; expected one of %s", name, key,
                            names);
    free(names);
    return error;
}

static const char *entry_name(const struct list *list, unsigned index)
{
    return *(const char *const *)((const char *)list->entries + index * list->size);
}

/* "a, b, c": the first names, or "(none there)". The caller frees it. */
static char *list_names(const struct list *list)
{
    enum {
        SHOWN_MAX = 8
    };
    char *names = memory_text("");

    for (unsigned i = 0; i < list->count && i < SHOWN_MAX; i++) {
        const char *name = entry_name(list, i) != NULL ? entry_name(list, i) : "(without a name)";
        char *longer = memory_format("%s%s%.80s", names, i > 0 ? ", " : "", name);

        free(names);
        names = longer;
    }
    if (list->count == 0)
        memory_replace(&names, "(none there)");
    return names;
}

static char *refuse(const struct yaml_file *yaml, const char *keys, const struct refusal *refusals)
{
    for (const struct refusal *refusal = refusals; refusal->key != NULL; refusal++) {
        char name[KEYS_MAX * 2];

        snprintf(name, sizeof(name), "%s.%s", keys, refusal->key);
        if (yaml_file_has(yaml, name))
            return yaml_file_error(yaml, name, "is not supported; %s", refusal->advice);
    }
    return NULL;
}

static void set_part(struct kubeconfig *kubeconfig, enum kubeconfig_part part,
                     const struct yaml_file *yaml, const char *path, const char *keys,
                     const char *text, const char *file)
{
    struct kubeconfig_source *source = &kubeconfig->parts[part];
    bool use_file = file != NULL && (text == NULL || part_keys[part].file_wins);
    char *name;

    if (text == NULL && file == NULL)
        return;
    if (use_file)
        source->path = file_beside(path, file);
    else
        source->text = memory_text(text);
    name = memory_format("%s.%s", keys,
                         use_file ? part_keys[part].file_key : part_keys[part].text_key);
    source->place = yaml_file_place(yaml, name);
    free(name);
}
