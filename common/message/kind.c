/* SPDX-License-Identifier: Apache-2.0 */
#include "common/message/kind.h"

#include "common/base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kind_names kinds[KIND_COUNT] = {
    [KIND_POOL] = {"Pool", "pools", OPENVOX_GROUP, OPENVOX_VERSION},
    [KIND_SERVER] = {"Server", "servers", OPENVOX_GROUP, OPENVOX_VERSION},
    [KIND_CERTIFICATE] = {"Certificate", "certificates", OPENVOX_GROUP, OPENVOX_VERSION},
    [KIND_ROUTE] = {"TLSRoute", "tlsroutes", GATEWAY_GROUP, NULL},
    [KIND_SERVICE] = {"Service", "services", "", "v1"},
    [KIND_GATEWAY] = {"Gateway", "gateways", GATEWAY_GROUP, "v1"},
};

const struct kind_names *kind_names(enum kind kind)
{
    return &kinds[kind];
}

char *kind_path(enum kind kind, const char *version, const char *namespace, const char *name)
{
    const struct kind_names *names = &kinds[kind];
    bool everywhere = namespace == NULL || namespace[0] == '\0';
    char *escaped_namespace = everywhere ? memory_text("") : kind_escape(namespace);
    char *escaped_name = name != NULL ? kind_escape(name) : memory_text("");
    char *path = memory_format("%s%s/%s%s%s/%s%s%s", names->group[0] != '\0' ? "/apis/" : "/api",
                               names->group, version != NULL ? version : names->version,
                               everywhere ? "" : "/namespaces/", escaped_namespace, names->plural,
                               name != NULL ? "/" : "", escaped_name);

    free(escaped_namespace);
    free(escaped_name);
    return path;
}

char *kind_escape(const char *text)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    char *escaped = memory_new(3 * strlen(text) + 1, 1);
    char *end = escaped;

    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL)
            *end++ = *text;
        else
            end += sprintf(end, "%%%02X", (unsigned char)*text);
    }
    return escaped;
}
