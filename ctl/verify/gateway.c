/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/gateway.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/output/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool takes(struct json_object *listener, const char *section, const char *hostname);
static void add_port(struct json_object *addresses, unsigned port, struct endpoints *);
static char *no_place(struct json_object *gateway, size_t listeners, const char *section);

char *gateway_places(struct json_object *gateway, const char *section, const char *hostname,
                     struct endpoints *places)
{
    struct json_object *listeners = json_at(gateway, "spec.listeners");
    struct json_object *addresses = json_at(gateway, "status.addresses");
    size_t before = places->count, taken = 0;

    for (size_t i = 0; i < json_count(listeners); i++) {
        struct json_object *listener = json_item(listeners, i);
        int64_t port = json_object_get_int64(json_at(listener, "port"));

        if (!takes(listener, section, hostname) || port < 1 || port > 65535)
            continue;
        taken++;
        add_port(addresses, (unsigned)port, places);
    }
    return places->count > before ? NULL : no_place(gateway, taken, section);
}

char *gateway_server_name(const char *hostname)
{
    return strncmp(hostname, "*.", 2) == 0 ? memory_format("verify%s", hostname + 1)
                                           : memory_text(hostname);
}

/* A listener that is named is asked whatever it says; the reconciler tells what is wrong with it.
 */
static bool takes(struct json_object *listener, const char *section, const char *hostname)
{
    const char *own = json_text_at(listener, "hostname");

    if (section[0] != '\0')
        return strcmp(json_text_at(listener, "name"), section) == 0;
    return strcmp(json_text_at(listener, "protocol"), "TLS") == 0 &&
           (own[0] == '\0' || hostname_intersects(own, hostname));
}

static void add_port(struct json_object *addresses, unsigned port, struct endpoints *places)
{
    for (size_t i = 0; i < json_count(addresses); i++) {
        const char *value = json_text_at(json_item(addresses, i), "value");

        if (value[0] != '\0')
            endpoints_add(places, value, port);
    }
}

static char *no_place(struct json_object *gateway, size_t listeners, const char *section)
{
    const char *text = json_text_at(gateway, "metadata.name");
    char *name = text_clean(text, strlen(text)), *line;

    if (listeners > 0)
        line = memory_format("Gateway %s has no address in its status yet; --connect HOST:PORT "
                             "names one",
                             name);
    else if (section[0] != '\0')
        line = memory_format("Gateway %s has no listener \"%s\"", name, section);
    else
        line = memory_format("Gateway %s has no TLS listener that takes the hostname", name);
    free(name);
    return line;
}
