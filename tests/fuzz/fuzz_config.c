/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: any bytes as tlsrouted.yaml. */
#include "common/kubeconfig/address.h"
#include "common/objects/hostname.h"
#include "supervisor/config/read.h"
#include "supervisor/config/settings.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static void check_config(const struct config *);
static void check_credential(const struct config *, enum role);
static void check_account(const struct config *, enum role);
static void check_settings(const struct config *);
static void check_empty(const struct config *);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    struct config config;
    char *error = config_read(path, &config);

    if (error == NULL) {
        check_config(&config);
        check_settings(&config);
    } else {
        FUZZ_REQUIRE(strncmp(error, path, strlen(path)) == 0);
        check_empty(&config);
        fuzz_require_line(error);
    }
    config_clear(&config);
    return 0;
}

static void check_config(const struct config *config)
{
    FUZZ_REQUIRE(config->control_socket != NULL && config->control_socket[0] == '/');
    FUZZ_REQUIRE(strlen(config->control_socket) < sizeof(((struct sockaddr_un *)NULL)->sun_path));
    FUZZ_REQUIRE(config->ca_file == NULL || config->ca_file[0] == '/');
    FUZZ_REQUIRE(config->max_names >= 1);
    FUZZ_REQUIRE(config->namespaces.count <= 1000);
    TEXT_LIST_FOREACH (namespace, &config->namespaces)
        FUZZ_REQUIRE(namespace[0] != '\0' && strlen(namespace) <= 63);
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        check_credential(config, role);
}

static void check_credential(const struct config *config, enum role role)
{
    const struct credential_source *credential = &config->credentials[role];
    int given = (credential->kubeconfig != NULL) + (credential->token_file != NULL) +
                (credential->account != NULL);

    FUZZ_REQUIRE(given == (config_has_role(config, role) ? 1 : 0));
    if (credential->account != NULL)
        check_account(config, role);
    FUZZ_REQUIRE(credential->kubeconfig == NULL || credential->kubeconfig[0] == '/');
    FUZZ_REQUIRE(credential->token_file == NULL || credential->token_file[0] == '/');
    if (credential->token_file != NULL) {
        char *server = address_server(config->server);

        FUZZ_REQUIRE(server != NULL && strcmp(server, config->server) == 0);
        free(server);
    }
}

/* The minter is asked for a token of it, in a namespace that may come from elsewhere. */
static void check_account(const struct config *config, enum role role)
{
    struct message message = message_of(MESSAGE_MINT);

    FUZZ_REQUIRE(config->source == CONFIG_SOURCE_TOKEN_REQUEST && role != ROLE_MINTER);
    FUZZ_REQUIRE(config->token_namespace == NULL ||
                 label_name_problem(config->token_namespace) == NULL);
    message.mint.role = role;
    message.mint.namespace = config->token_namespace;
    message.mint.account = config->credentials[role].account;
    message.mint.secret = config->token_secret;
    fuzz_require_sendable(&message);
}

/* A worker's settings are made of it, and whatever passed has to fit into the message. */
static void check_settings(const struct config *config)
{
    struct message message = message_of(MESSAGE_SETTINGS);

    settings_fill(&message.settings, config);
    message.settings.server = config->server;
    message.settings.proxy = config->proxy;
    message.settings.uid = config->sandbox_uids + ROLE_WORKERS; /* the largest that is given */
    fuzz_require_sendable(&message);
}

static void check_empty(const struct config *config)
{
    static const struct config empty;

    FUZZ_REQUIRE(memcmp(config, &empty, sizeof(empty)) == 0);
}
