/* SPDX-License-Identifier: Apache-2.0 */
/* People write endpoints in several ways, and a colon has two meanings in them: a mistake is named
 * instead of being guessed at. */
#include "ctl/connect/endpoint.h"

#include "common/base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOST_MAX = 253, /* bytes; a DNS name (RFC 1035, 2.3.4) */
    PORT_DIGITS = 5
};

static bool read_port(const char *text, unsigned *port);

const char *endpoints_parse(struct endpoints *list, const char *text)
{
    bool bracketed = text[0] == '[';
    const char *host = text + bracketed;
    size_t length = strcspn(host, bracketed ? "]" : ":");
    const char *rest = host + length;
    unsigned port;
    char *copy;

    if (bracketed && rest[0] != ']')
        return "missing ']' after the IPv6 address";
    rest += bracketed;
    if (length == 0 || length > HOST_MAX || strcspn(host, " \t\r\n/") < length)
        return "expected HOST:PORT or [IPV6]:PORT";
    if (!bracketed && rest[0] == ':' && strchr(rest + 1, ':') != NULL)
        return "more than one ':'; write an IPv6 address as [IPV6]:PORT";
    if (rest[0] != '\0' && rest[0] != ':')
        return "expected ':' after ']'";
    if (!read_port(rest[0] == ':' ? rest + 1 : ENDPOINT_PORT, &port))
        return "the port must be a number from 1 to 65535";
    copy = memory_bytes(host, length);
    endpoints_add(list, copy, port);
    free(copy);
    return NULL;
}

void endpoints_add(struct endpoints *list, const char *host, unsigned port)
{
    char *text = memory_format("%u", port);

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].host, host) == 0 && strcmp(list->items[i].port, text) == 0) {
            free(text);
            return;
        }
    }
    list->items = memory_resize(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = (struct endpoint){memory_text(host), text};
}

void endpoints_clear(struct endpoints *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].host);
        free(list->items[i].port);
    }
    free(list->items);
    *list = (struct endpoints){0};
}

char *endpoint_text(const struct endpoint *endpoint)
{
    bool is_ipv6 = strchr(endpoint->host, ':') != NULL;

    return memory_format("%s%s%s:%s", is_ipv6 ? "[" : "", endpoint->host, is_ipv6 ? "]" : "",
                         endpoint->port);
}

static bool read_port(const char *text, unsigned *port)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > PORT_DIGITS || text[digits] != '\0')
        return false;
    *port = (unsigned)strtoul(text, NULL, 10);
    return *port >= 1 && *port <= 65535;
}
