/* SPDX-License-Identifier: Apache-2.0 */
/* The response is from the network: what is not plainly a token is not passed on as one. */
#include "common/api/token_request.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdbool.h>
#include <string.h>

enum {
    LIFETIME_MAX = 30 * 24 * 3600, /* seconds that a renewal waits for */
};

static bool is_printable(const char *text);

char *token_request_path(const char *namespace, const char *account)
{
    return memory_format("/api/v1/namespaces/%s/serviceaccounts/%s/token", namespace, account);
}

struct json_object *token_request_body(const char *secret, uint32_t seconds)
{
    struct json_object *body = json_object_new_object(), *spec = json_object_new_object();
    struct json_object *bound = json_object_new_object();

    json_object_object_add(bound, "apiVersion", json_object_new_string("v1"));
    json_object_object_add(bound, "kind", json_object_new_string("Secret"));
    json_object_object_add(bound, "name", json_object_new_string(secret));
    json_object_object_add(spec, "expirationSeconds", json_object_new_int64(seconds));
    json_object_object_add(spec, "boundObjectRef", bound);
    json_object_object_add(body, "apiVersion", json_object_new_string("authentication.k8s.io/v1"));
    json_object_object_add(body, "kind", json_object_new_string("TokenRequest"));
    json_object_object_add(body, "spec", spec);
    return body;
}

/* The lifetime is that in the spec, where the server writes what it grants, rather than the time of
 * expiry: the two clocks need not agree. */
const char *token_request_read(struct json_object *response, uint32_t *seconds)
{
    const char *token = json_text_at(response, "status.token");
    struct json_object *lifetime = json_at(response, "spec.expirationSeconds");
    int64_t number = TOKEN_REQUEST_SECONDS;

    if (lifetime != NULL && json_object_is_type(lifetime, json_type_int))
        number = json_object_get_int64(lifetime);
    if (number <= 0 || strlen(token) > TOKEN_REQUEST_MAX || !is_printable(token))
        return NULL;
    *seconds = number < LIFETIME_MAX ? (uint32_t)number : LIFETIME_MAX;
    return token;
}

void token_request_wipe(struct json_object *response)
{
    const char *token = json_text_at(response, "status.token");

    /* The text belongs to json-c, which is about to free it. */
    explicit_bzero((char *)token, strlen(token));
}

uint32_t token_request_renewal(uint32_t seconds, uint32_t random)
{
    uint64_t lifetime = (uint64_t)(seconds < LIFETIME_MAX ? seconds : LIFETIME_MAX) * 1000;

    return (uint32_t)(lifetime * 75 / 100 + lifetime * 5 / 100 * random / UINT32_MAX);
}

static bool is_printable(const char *text)
{
    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}
