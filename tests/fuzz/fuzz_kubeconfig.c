/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfigs, with the certificates, keys and tokens in them: any bytes as such a file. */
#include "common/kubeconfig/address.h"
#include "common/kubeconfig/credential.h"
#include "common/kubeconfig/kubeconfig.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const struct kubeconfig_named_by named_by = {"the command line", "--context"};

static void check_read(const char *path, const char *context);
static bool check_kubeconfig(const struct kubeconfig *);
static void check_proxy(const char *proxy);
static void check_plugin(const struct kubeconfig *);
static void check_credential(const char *path, const char *context);
static void check_identity(const struct credential *);
static void require_empty(const void *object, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);

    check_read(path, NULL);
    check_read(path, "other");
    return 0;
}

static void check_read(const char *path, const char *context)
{
    struct kubeconfig kubeconfig;
    char *error = kubeconfig_read(path, context, &named_by, &kubeconfig);
    bool all_inline;

    if (error != NULL) {
        FUZZ_REQUIRE(strncmp(error, path, strlen(path)) == 0);
        require_empty(&kubeconfig, sizeof(kubeconfig));
        fuzz_require_line(error);
        return;
    }
    all_inline = check_kubeconfig(&kubeconfig);
    kubeconfig_clear(&kubeconfig);
    if (all_inline)
        check_credential(path, context);
}

/* Returns whether all is in it, trust anchors too: a fuzzer does not open what chance names, and
 * the system's own trust anchors take it too long. */
static bool check_kubeconfig(const struct kubeconfig *kubeconfig)
{
    const struct kubeconfig_source *parts = kubeconfig->parts;
    char *server = address_server(kubeconfig->server);
    bool all_inline = parts[KUBECONFIG_CA].text != NULL;

    FUZZ_REQUIRE(server != NULL && strcmp(server, kubeconfig->server) == 0);
    free(server);
    check_proxy(kubeconfig->proxy);
    check_plugin(kubeconfig);
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS; part++) {
        bool is_given = parts[part].path != NULL || parts[part].text != NULL;

        FUZZ_REQUIRE(parts[part].path == NULL || parts[part].text == NULL);
        FUZZ_REQUIRE(is_given == (parts[part].place != NULL));
        FUZZ_REQUIRE(parts[part].path == NULL || parts[part].path[0] == '/');
        all_inline = all_inline && parts[part].path == NULL;
    }
    FUZZ_REQUIRE((parts[KUBECONFIG_CERTIFICATE].place != NULL) ==
                 (parts[KUBECONFIG_KEY].place != NULL));
    FUZZ_REQUIRE((parts[KUBECONFIG_CERTIFICATE].place != NULL ||
                  parts[KUBECONFIG_TOKEN].place != NULL) == (kubeconfig->plugin == NULL));
    return all_inline;
}

/* What has been taken is taken again as it is. */
static void check_proxy(const char *proxy)
{
    char *again = proxy != NULL ? address_proxy(proxy) : NULL;
    struct address address;

    if (proxy == NULL)
        return;
    FUZZ_REQUIRE(again != NULL && strcmp(again, proxy) == 0);
    free(again);
    address = address_of_url(proxy);
    FUZZ_REQUIRE(address.host[0] != '\0' && address.port != 0);
    address_clear(&address);
}

static void check_plugin(const struct kubeconfig *kubeconfig)
{
    const struct exec_plugin *plugin = kubeconfig->plugin;

    if (plugin == NULL)
        return;
    FUZZ_REQUIRE(plugin->command[0] == '/' || strchr(plugin->command, '/') == NULL);
    TEXT_LIST_FOREACH (variable, &plugin->variables)
        FUZZ_REQUIRE(strchr(variable, '=') != NULL);
    FUZZ_REQUIRE(exec_plugin_same(plugin, plugin));
}

static void check_credential(const char *path, const char *context)
{
    struct credential credential = {0};
    char *error = credential_read_kubeconfig(path, context, &named_by, &credential);

    if (error == NULL) {
        FUZZ_REQUIRE(credential.server != NULL && credential.ca_pem != NULL);
        FUZZ_REQUIRE(strlen(credential.ca_pem) <= 512 * 1024);
        FUZZ_REQUIRE((credential.certificate_pem != NULL) == (credential.key_pem != NULL));
        FUZZ_REQUIRE(credential_same_identity(&credential, &credential));
        FUZZ_REQUIRE(credential_same_server(&credential, &credential));
        check_identity(&credential);
        credential_clear(&credential);
    } else {
        require_empty(&credential, sizeof(credential));
        fuzz_require_line(error);
    }
}

/* A worker is told of it, and whatever passed has to fit into the message. */
static void check_identity(const struct credential *credential)
{
    struct message message = message_of(MESSAGE_IDENTITY);

    message.identity.token = credential->token;
    message.identity.certificate_pem = credential->certificate_pem;
    message.identity.key_pem = credential->key_pem;
    fuzz_require_sendable(&message);
}

static void require_empty(const void *object, size_t size)
{
    for (size_t i = 0; i < size; i++)
        FUZZ_REQUIRE(((const char *)object)[i] == 0);
}
