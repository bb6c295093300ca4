/* SPDX-License-Identifier: Apache-2.0 */
/* A token is opaque but for how long it is valid, which is shown to people. */
#include "common/kubeconfig/token.h"

#include "common/base/memory.h"

#include <json-c/json.h>
#include <openssl/evp.h>
#include <string.h>

enum {
    PAYLOAD_MAX = 16384,
    DEPTH_MAX = 16,
};

static char *decode(const char *text, size_t size);
static uint64_t claim_of(const char *token, const char *name);
static uint64_t number_of(const char *json, const char *member);

uint64_t token_expiry(const char *token)
{
    return claim_of(token, "exp");
}

uint64_t token_issued(const char *token)
{
    return claim_of(token, "iat");
}

static uint64_t claim_of(const char *token, const char *name)
{
    const char *payload = strchr(token, '.');
    size_t size = payload != NULL ? strcspn(payload + 1, ".") : 0;
    char *json = size > 0 && size <= PAYLOAD_MAX ? decode(payload + 1, size) : NULL;
    uint64_t number = json != NULL ? number_of(json, name) : 0;

    memory_wipe_text(json);
    return number;
}

/* base64url without padding (RFC 7515, 2). NULL if it is not that. */
static char *decode(const char *text, size_t size)
{
    size_t padded = (size + 3) / 4 * 4;
    char *base64 = memory_new(padded + 1, 1), *bytes = memory_new(padded + 1, 1);
    int length;

    memset(base64, '=', padded);
    for (size_t i = 0; i < size; i++)
        base64[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    length = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)base64, (int)padded);
    memory_wipe(base64, padded);
    if (length < 0) {
        memory_wipe(bytes, padded);
        return NULL;
    }
    bytes[(size_t)length - (padded - size)] = '\0';
    return bytes;
}

static uint64_t number_of(const char *json, const char *member)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *object = json_tokener_parse_ex(tokener, json, -1), *value = NULL;
    uint64_t number = 0;

    if (json_object_is_type(object, json_type_object) &&
        json_object_object_get_ex(object, member, &value) &&
        json_object_is_type(value, json_type_int) && json_object_get_int64(value) > 0)
        number = json_object_get_uint64(value);
    json_object_put(object);
    json_tokener_free(tokener);
    return number;
}
