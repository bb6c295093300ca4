/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are written again have to be recognised: each begins with a line that says who wrote
 * it. The token has a file of its own, so that it can be replaced alone. */
#include "ctl/setup/texts.h"

#include "common/base/installation.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/output/format.h"
#include "ctl/setup/yaml_objects.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OURS "# Written by tlsroutectl setup"

static char *text_of(const char *opening, struct json_object *value);
static struct json_object *cluster_of(const struct connection_server *);
static struct json_object *named_list(const char *name, const char *member,
                                      struct json_object *value);
static struct json_object *control_of(const char *instance);
static void put_owned(struct json_object *object, const char *member, char *text);
static void put_base64(struct json_object *object, const char *member, const char *text);

char *texts_name(enum texts_file file, const char *instance)
{
    static const char *const names[] = {
        [TEXTS_KUBECONFIG] = "minter.kubeconfig",
        [TEXTS_TOKEN] = "minter.token",
    };

    if (file == TEXTS_CONFIG)
        return memory_format("%s.yaml", instance != NULL ? instance : "tlsrouted");
    return memory_format("%s%s%s", instance != NULL ? instance : "", instance != NULL ? "." : "",
                         names[file]);
}

char *texts_kubeconfig(const struct connection_server *server, const char *home,
                       const char *instance)
{
    struct json_object *config = json_object_new_object(), *user = json_object_new_object();
    struct json_object *context = json_object_new_object();

    put_owned(user, "tokenFile", texts_name(TEXTS_TOKEN, instance));
    json_put_text(context, "cluster", "cluster");
    json_put_text(context, "user", COMPOSE_MINTER);
    json_put_text(context, "namespace", home);
    json_put_text(config, "apiVersion", "v1");
    json_put_text(config, "kind", "Config");
    json_object_object_add(config, "clusters",
                           named_list("cluster", "cluster", cluster_of(server)));
    json_object_object_add(config, "users", named_list(COMPOSE_MINTER, "user", user));
    json_object_object_add(config, "contexts", named_list(COMPOSE_MINTER, "context", context));
    json_put_text(config, "current-context", COMPOSE_MINTER);
    return text_of(OURS ". It may only request the tokens of the workers.\n", config);
}

char *texts_config(const struct compose_choice *choice, const char *instance)
{
    struct json_object *config = json_object_new_object(), *minter = json_object_new_object();
    struct json_object *credentials = json_object_new_object(), *namespaces;

    if (choice->namespaces.count > 0) {
        namespaces = json_object_new_array();
        TEXT_LIST_FOREACH (namespace, &choice->namespaces)
            json_object_array_add(namespaces, json_object_new_string(namespace));
        json_object_object_add(config, "namespaces", namespaces);
    }
    if (choice->may_reissue) {
        struct json_object *certificates = json_object_new_object();

        json_put_text(certificates, "reissue", "pending");
        json_object_object_add(config, "certificates", certificates);
    }
    if (instance != NULL)
        json_object_object_add(config, "control", control_of(instance));
    put_owned(minter, "kubeconfig", texts_name(TEXTS_KUBECONFIG, instance));
    json_put_text(credentials, "source", "token-request");
    json_put_text(credentials, "namespace", compose_home(choice));
    json_object_object_add(credentials, "minter", minter);
    json_object_object_add(config, "credentials", credentials);
    return text_of(OURS ", and yours to change. For all keys see tlsrouted.yaml(5).\n", config);
}

char *texts_missing(const struct compose_choice *choice, const char *instance)
{
    char *name = texts_name(TEXTS_KUBECONFIG, instance);
    char *line = memory_format("add credentials: {source: token-request, namespace: %s, minter: "
                               "{kubeconfig: %s}}",
                               compose_home(choice), name);

    free(name);
    return line;
}

bool texts_is_ours(const char *text)
{
    return strncmp(text, OURS, strlen(OURS)) == 0;
}

bool texts_names_minter(const char *text, const char *home)
{
    struct json_object *documents = yaml_objects(text), *config = json_item(documents, 0);
    struct json_object *minter = json_at(config, "credentials.minter");
    bool found = (json_at(minter, "kubeconfig") != NULL || json_at(minter, "tokenFile") != NULL) &&
                 strcmp(json_text_at(config, "credentials.namespace"), home) == 0;

    json_object_put(documents);
    return found;
}

/* Releases VALUE. */
static char *text_of(const char *opening, struct json_object *value)
{
    char *text = NULL, *whole;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL)
        memory_out();
    format_yaml(stream, value);
    fclose(stream);
    whole = memory_format("%s%s", opening, text);
    free(text);
    json_object_put(value);
    return whole;
}

static struct json_object *cluster_of(const struct connection_server *server)
{
    struct json_object *cluster = json_object_new_object();

    json_put_text(cluster, "server", server->url);
    if (server->tls_name != NULL)
        json_put_text(cluster, "tls-server-name", server->tls_name);
    if (server->proxy != NULL)
        json_put_text(cluster, "proxy-url", server->proxy);
    if (!server->trusts_system)
        put_base64(cluster, "certificate-authority-data", server->ca_pem);
    return cluster;
}

/* [{name: NAME, MEMBER: VALUE}]; takes VALUE over. */
static struct json_object *named_list(const char *name, const char *member,
                                      struct json_object *value)
{
    struct json_object *list = json_object_new_array(), *item = json_object_new_object();

    json_put_text(item, "name", name);
    json_object_object_add(item, member, value);
    json_object_array_add(list, item);
    return list;
}

/* Each tlsrouted of a host has a socket of its own. A new reference. */
static struct json_object *control_of(const char *instance)
{
    struct json_object *control = json_object_new_object();

    put_owned(control, "socket",
              memory_format(INSTALLATION_RUN "/tlsrouted-%s/control.sock", instance));
    return control;
}

/* Releases TEXT. */
static void put_owned(struct json_object *object, const char *member, char *text)
{
    json_put_text(object, member, text);
    free(text);
}

static void put_base64(struct json_object *object, const char *member, const char *text)
{
    size_t size = strlen(text);
    unsigned char *encoded = memory_new((size + 2) / 3 * 4 + 1, 1);

    EVP_EncodeBlock(encoded, (const unsigned char *)text, (int)size);
    json_put_text(object, member, (const char *)encoded);
    free(encoded);
}
