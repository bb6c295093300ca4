/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what a kubeconfig names (files, inline data) into a credential that can be used at once:
 * all is read, decoded and checked here, before any worker gets it. */
#include "common/kubeconfig/credential.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/kubeconfig/pem.h"
#include "common/kubeconfig/token.h"
#include "common/kubeconfig/yaml.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *check_exec_request(const struct credential *);
static char *read_part(const struct kubeconfig_source *, enum kubeconfig_part, char **text);
static char *read_inline(const struct kubeconfig_source *, enum kubeconfig_part, char **text);
static char *decode_base64(const char *text);
static char *check_token(const char *token);
static char **part_of(struct credential *, enum kubeconfig_part);
static const char *place_of(const struct kubeconfig_source *);
static bool same_text(const char *a, const char *b);

/* How each part is read. The bounds are those of the messages that carry them to a worker, but for
 * the authorities, which go in pieces. */
static const struct part {
    size_t offset; /* in struct credential */
    size_t max;    /* bytes */
    bool base64;   /* when inline */
    bool secret;
    char *(*check)(const char *text);
} parts[KUBECONFIG_PARTS] = {
    [KUBECONFIG_CA] = {offsetof(struct credential, ca_pem), 512 * 1024, true, false,
                       pem_check_authorities},
    [KUBECONFIG_CERTIFICATE] = {offsetof(struct credential, certificate_pem),
                                MESSAGE_BOUND(identity, certificate_pem), true, false,
                                pem_check_certificate},
    [KUBECONFIG_KEY] = {offsetof(struct credential, key_pem), MESSAGE_BOUND(identity, key_pem),
                        true, true, pem_check_key},
    [KUBECONFIG_TOKEN] = {offsetof(struct credential, token), MESSAGE_BOUND(identity, token), false,
                          true, check_token},
};

char *credential_read_kubeconfig(const char *path, const char *context,
                                 const struct kubeconfig_named_by *named_by,
                                 struct credential *credential)
{
    struct kubeconfig kubeconfig;
    char *error = kubeconfig_read(path, context, named_by, &kubeconfig);

    *credential = (struct credential){0};
    if (error == NULL)
        error = credential_read(&kubeconfig, credential);
    if (error != NULL)
        credential_clear(credential);
    kubeconfig_clear(&kubeconfig);
    return yaml_file_one_line(error);
}

bool credential_is_complete(const struct credential *credential)
{
    return credential->token != NULL || credential->certificate_pem != NULL;
}

bool credential_set_identity(struct credential *credential, const char *token,
                             const char *certificate_pem, const char *key_pem, uint64_t seconds)
{
    const char *given[KUBECONFIG_PARTS] = {[KUBECONFIG_TOKEN] = token,
                                           [KUBECONFIG_CERTIFICATE] = certificate_pem,
                                           [KUBECONFIG_KEY] = key_pem};
    char *wrong = NULL;
    bool is_valid;

    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS; part++) {
        if (given[part] != NULL && given[part][0] == '\0')
            given[part] = NULL;
        if (given[part] != NULL && strlen(given[part]) > parts[part].max)
            return false;
    }
    if (given[KUBECONFIG_TOKEN] != NULL)
        wrong = check_token(token);
    is_valid = wrong == NULL &&
               (given[KUBECONFIG_CERTIFICATE] == NULL) == (given[KUBECONFIG_KEY] == NULL) &&
               (given[KUBECONFIG_TOKEN] != NULL || given[KUBECONFIG_KEY] != NULL);
    free(wrong);
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS && is_valid; part++) {
        if (part == KUBECONFIG_CA)
            continue;
        memory_wipe_text(*part_of(credential, part));
        *part_of(credential, part) = memory_text(given[part]);
    }
    if (is_valid)
        credential->expires = seconds > 0 ? (uint64_t)time(NULL) + seconds : 0;
    return is_valid;
}

void credential_keep(struct credential *to, struct credential *from)
{
    if (!to->comes_later || !from->comes_later || !exec_plugin_same(to->plugin, from->plugin))
        return;
    to->token = from->token;
    to->certificate_pem = from->certificate_pem;
    to->key_pem = from->key_pem;
    to->expires = from->expires;
    from->token = from->certificate_pem = from->key_pem = NULL;
}

void credential_clear(struct credential *credential)
{
    free(credential->server);
    free(credential->proxy);
    free(credential->tls_name);
    free(credential->namespace);
    exec_plugin_free(credential->plugin);
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS; part++)
        memory_wipe_text(*part_of(credential, part));
    *credential = (struct credential){0};
}

const char *credential_endpoint(const struct credential *credential)
{
    return credential->proxy != NULL ? credential->proxy : credential->server;
}

bool credential_same_server(const struct credential *a, const struct credential *b)
{
    return same_text(a->server, b->server) && same_text(a->proxy, b->proxy) &&
           same_text(a->tls_name, b->tls_name) && same_text(a->ca_pem, b->ca_pem);
}

bool credential_same_identity(const struct credential *a, const struct credential *b)
{
    return same_text(a->token, b->token) && same_text(a->certificate_pem, b->certificate_pem) &&
           same_text(a->key_pem, b->key_pem);
}

char *credential_read(struct kubeconfig *kubeconfig, struct credential *credential)
{
    char *error = NULL;

    *credential = (struct credential){0};
    credential->server = memory_text(kubeconfig->server);
    credential->proxy = memory_text(kubeconfig->proxy);
    credential->tls_name = memory_text(kubeconfig->tls_name);
    credential->trusts_system = kubeconfig->trusts_system;
    credential->plugin = kubeconfig->plugin;
    kubeconfig->plugin = NULL; /* taken over */
    credential->comes_later = kubeconfig->parts[KUBECONFIG_TOKEN].place == NULL &&
                              kubeconfig->parts[KUBECONFIG_CERTIFICATE].place == NULL;
    for (enum kubeconfig_part part = 0; part < KUBECONFIG_PARTS && error == NULL; part++) {
        if (kubeconfig->parts[part].place != NULL)
            error = read_part(&kubeconfig->parts[part], part, part_of(credential, part));
    }
    if (error == NULL && credential->key_pem != NULL) {
        char *wrong = pem_check_pair(credential->certificate_pem, credential->key_pem);

        if (wrong != NULL)
            error = memory_format("%s: %s", place_of(&kubeconfig->parts[KUBECONFIG_KEY]), wrong);
        free(wrong);
    }
    if (credential->token != NULL)
        credential->expires = token_expiry(credential->token);
    if (error == NULL && credential->plugin != NULL)
        error = check_exec_request(credential);
    return error;
}

static char *check_exec_request(const struct credential *credential)
{
    const struct message request = credential_exec_request(credential);
    char *problem = message_check(&request), *error;

    if (problem == NULL)
        return NULL;
    error = memory_format("what the exec plugin %.200s is to be given is too much: %s",
                          credential->plugin->command, problem);
    free(problem);
    return error;
}

struct message credential_exec_request(const struct credential *credential)
{
    const struct exec_plugin *plugin = credential->plugin;
    struct message request = message_of(MESSAGE_EXEC_REQUEST);

    request.exec_request.version = plugin->version;
    request.exec_request.command = plugin->command;
    request.exec_request.arguments = plugin->arguments;
    request.exec_request.variables = plugin->variables;
    request.exec_request.wants_cluster = plugin->wants_cluster;
    if (plugin->wants_cluster) {
        request.exec_request.server = credential->server;
        request.exec_request.tls_name = credential->tls_name;
        request.exec_request.proxy = credential->proxy;
        request.exec_request.ca_pem = credential->ca_pem;
    }
    return request;
}

static char *read_part(const struct kubeconfig_source *source, enum kubeconfig_part part,
                       char **text)
{
    char *error, *wrong;

    error = source->path != NULL
                ? file_read(source->path, parts[part].max, parts[part].secret, source->place, text)
                : read_inline(source, part, text);
    if (error != NULL)
        return error;
    if (part == KUBECONFIG_TOKEN)
        file_trim_end(*text);
    else
        utf8_make_text(*text, strlen(*text)); /* comments may be in any encoding */
    wrong = parts[part].check(*text);
    if (wrong == NULL)
        return NULL;
    error = memory_format("%s: %s", place_of(source), wrong);
    free(wrong);
    return error;
}

static char *read_inline(const struct kubeconfig_source *source, enum kubeconfig_part part,
                         char **text)
{
    *text = parts[part].base64 ? decode_base64(source->text) : memory_text(source->text);
    if (*text == NULL)
        return memory_format("%s: not base64 of a text; expected the output of base64 -w0",
                             source->place);
    if (strlen(*text) > parts[part].max)
        return memory_format("%s: larger than %zu KiB; give the right one", source->place,
                             parts[part].max / 1024);
    return NULL;
}

/* The text that TEXT stands for, to be released with memory_wipe_text(); NULL if it is not strictly
 * base64, but for line breaks and spaces, or stands for something with a NUL. */
static char *decode_base64(const char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                   "+/";
    size_t size = strlen(text), length = 0, data, padding;
    char *packed = memory_new(size + 1, 1), *decoded = memory_new(size + 1, 1);
    int got = -1;

    for (size_t i = 0; i < size; i++) {
        if (strchr(" \r\n", text[i]) == NULL)
            packed[length++] = text[i];
    }
    data = strspn(packed, alphabet);
    padding = strspn(packed + data, "=");
    if (length % 4 == 0 && padding <= 2 && data + padding == length)
        got = EVP_DecodeBlock((unsigned char *)decoded, (unsigned char *)packed, (int)length);
    memory_wipe(packed, size + 1);
    if (got >= 0 && memchr(decoded, '\0', (size_t)got - padding) == NULL)
        return decoded;
    memory_wipe(decoded, size + 1);
    return NULL;
}

/* It becomes a header line: nothing in it may end that line or begin another word. */
static char *check_token(const char *token)
{
    if (token[0] == '\0')
        return memory_text("there is no token in it; expected the token of a ServiceAccount");
    for (const char *byte = token; *byte != '\0'; byte++) {
        if (*byte <= ' ' || *byte > '~')
            return memory_text("the token has a space, line break or other character that no token "
                               "has; expected one word");
    }
    return NULL;
}

static char **part_of(struct credential *credential, enum kubeconfig_part part)
{
    return (char **)((char *)credential + parts[part].offset);
}

/* Where the text of SOURCE stands, for an error about it. */
static const char *place_of(const struct kubeconfig_source *source)
{
    return source->path != NULL ? source->path : source->place;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
