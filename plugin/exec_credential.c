/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin is somebody else's program: what it prints is checked before any of it is used, and
 * never shown, for it may be a secret. */
#include "plugin/exec_credential.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *describe_cluster(const struct exec_request_message *);
static void add_text(struct json_object *, const char *key, const char *text);
static const char *check(const struct exec_result_message *);
static bool is_printable(const char *text);
static bool read_offset(const char *text, long *seconds);

char *exec_credential_info(const struct exec_request_message *request)
{
    struct json_object *info = json_object_new_object(), *spec = json_object_new_object();
    char *text;

    add_text(info, "apiVersion", request->version);
    add_text(info, "kind", "ExecCredential");
    json_object_object_add(spec, "interactive", json_object_new_boolean(0));
    if (request->wants_cluster)
        json_object_object_add(spec, "cluster", describe_cluster(request));
    json_object_object_add(info, "spec", spec);
    text = memory_text(json_encode(info));
    json_object_put(info);
    return text;
}

const char *exec_credential_read(const char *bytes, size_t size, time_t now, const char *version,
                                 struct exec_result_message *result, struct json_object **object)
{
    const char *problem, *expiry;
    time_t end;

    *result = (struct exec_result_message){.token = ""};
    *object = json_decode(bytes, size, &problem);
    if (*object == NULL)
        return "its output is not JSON";
    if (strcmp(json_text_at(*object, "kind"), "ExecCredential") != 0)
        return "its output is not an ExecCredential";
    if (strcmp(json_text_at(*object, "apiVersion"), version) != 0)
        return "its ExecCredential is not of the apiVersion that the kubeconfig asks for";
    result->token = json_text_at(*object, "status.token");
    result->certificate_pem = json_text_at(*object, "status.clientCertificateData");
    result->key_pem = json_text_at(*object, "status.clientKeyData");
    expiry = json_text_at(*object, "status.expirationTimestamp");
    if (expiry[0] != '\0') {
        end = exec_credential_time(expiry);
        if (end < 0)
            return "its expirationTimestamp is not a time (RFC 3339)";
        if (end <= now)
            return "its credential has already expired";
        result->seconds = end - now < UINT32_MAX ? (uint64_t)(end - now) : UINT32_MAX;
    }
    return check(result);
}

time_t exec_credential_time(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    long offset = 0;
    time_t seconds;

    if (rest == NULL)
        return -1;
    if (*rest == '.') {
        rest += 1 + strspn(rest + 1, "0123456789");
        if (rest[-1] == '.')
            return -1;
    }
    if (!read_offset(rest, &offset))
        return -1;
    seconds = timegm(&parts);
    return seconds >= offset ? seconds - offset : -1;
}

static struct json_object *describe_cluster(const struct exec_request_message *request)
{
    struct json_object *cluster = json_object_new_object();
    size_t size = strlen(request->ca_pem);
    unsigned char *encoded = memory_new(size / 3 * 4 + 8, 1);

    EVP_EncodeBlock(encoded, (const unsigned char *)request->ca_pem, (int)size);
    add_text(cluster, "server", request->server);
    add_text(cluster, "certificate-authority-data", (const char *)encoded);
    if (request->tls_name[0] != '\0')
        add_text(cluster, "tls-server-name", request->tls_name);
    if (request->proxy[0] != '\0')
        add_text(cluster, "proxy-url", request->proxy);
    free(encoded);
    return cluster;
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, json_object_new_string(text));
}

static const char *check(const struct exec_result_message *result)
{
    bool has_certificate = result->certificate_pem[0] != '\0', has_key = result->key_pem[0] != '\0';

    if (strlen(result->token) > MESSAGE_BOUND(exec_result, token) ||
        strlen(result->certificate_pem) > MESSAGE_BOUND(exec_result, certificate_pem) ||
        strlen(result->key_pem) > MESSAGE_BOUND(exec_result, key_pem))
        return "its token, certificate or key is too long";
    if (result->token[0] != '\0' && !is_printable(result->token))
        return "its token contains a space, a line break or another character that no token has";
    if (has_certificate != has_key)
        return "it gives a client certificate without a key, or a key without a certificate";
    if (result->token[0] == '\0' && !has_certificate)
        return "it gives neither a token nor a client certificate";
    return NULL;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}

/* "Z" or "+02:00", and nothing after it. */
static bool read_offset(const char *text, long *seconds)
{
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    for (int i = 1; i < 6; i++) {
        if (i != 3 && !isdigit((unsigned char)text[i]))
            return false;
    }
    *seconds = (atoi(text + 1) * 60L + atoi(text + 4)) * 60 * (text[0] == '-' ? -1 : 1);
    return true;
}
