/* SPDX-License-Identifier: Apache-2.0 */
/* Agents find a Gateway by DNS. That cannot be followed from the Gateway, so its own addresses are
 * used, which DNS should lead to. */
#include "ctl/verify/gateway.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/output/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool accepts(struct json_object *listener, const char *section, const char *hostname);
static void add_port(struct json_object *addresses, unsigned port, struct endpoints *);
static char *no_endpoint(struct json_object *gateway, size_t listeners, const char *section);

char *gateway_endpoints(struct json_object *gateway, const char *section, const char *hostname,
                        struct endpoints *endpoints)
{
    struct json_object *listeners = json_at(gateway, "spec.listeners");
    struct json_object *addresses = json_at(gateway, "status.addresses");
    size_t before = endpoints->count, accepting = 0;

    for (size_t i = 0; i < json_count(listeners); i++) {
        struct json_object *listener = json_item(listeners, i);
        int64_t port = json_object_get_int64(json_at(listener, "port"));

        if (!accepts(listener, section, hostname) || port < 1 || port > 65535)
            continue;
        accepting++;
        add_port(addresses, (unsigned)port, endpoints);
    }
    return endpoints->count > before ? NULL : no_endpoint(gateway, accepting, section);
}

char *gateway_server_name(const char *hostname)
{
    return strncmp(hostname, "*.", 2) == 0 ? memory_format("verify%s", hostname + 1)
                                           : memory_text(hostname);
}

/* A listener that is named is used as it is; what is wrong with it is the reconciler's to find. */
static bool accepts(struct json_object *listener, const char *section, const char *hostname)
{
    const char *own = json_text_at(listener, "hostname");

    if (section[0] != '\0')
        return strcmp(json_text_at(listener, "name"), section) == 0;
    return strcmp(json_text_at(listener, "protocol"), "TLS") == 0 &&
           (own[0] == '\0' || hostname_intersects(own, hostname));
}

static void add_port(struct json_object *addresses, unsigned port, struct endpoints *endpoints)
{
    for (size_t i = 0; i < json_count(addresses); i++) {
        const char *value = json_text_at(json_item(addresses, i), "value");

        if (value[0] != '\0')
            endpoints_add(endpoints, value, port);
    }
}

static char *no_endpoint(struct json_object *gateway, size_t listeners, const char *section)
{
    const char *text = json_text_at(gateway, "metadata.name");
    char *name = text_clean(text, strlen(text)), *line;

    if (listeners > 0)
        line = memory_format("Gateway %s has no address in its status yet; give one with "
                             "--connect HOST:PORT",
                             name);
    else if (section[0] != '\0')
        line = memory_format("Gateway %s has no listener named \"%s\"", name, section);
    else
        line = memory_format("Gateway %s has no TLS listener for the hostname", name);
    free(name);
    return line;
}
