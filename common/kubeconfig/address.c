/* SPDX-License-Identifier: Apache-2.0 */
/* One place decides what an address of a server or proxy may look like, so that nothing odd gets
 * into a connection or a header later. */
#include "common/kubeconfig/address.h"

#include "common/base/memory.h"

#include <arpa/inet.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME    "-._" DIGITS LETTERS

enum {
    PORT_MAX = 65535,
    HOST_MAX = MESSAGE_BOUND(resolve_request, host),
    PROXY_MAX = MESSAGE_BOUND(settings, proxy),
};

static const struct scheme *scheme_of(const char *url);
static bool is_literal(const char *host);

/* What a proxy is spoken to with, and the port that is meant where none is given. (Go's net/http,
 * which kubectl uses) */
static const struct scheme {
    const char *start;
    uint16_t port;
} schemes[] = {
    {"http://", 80},
    {"https://", 443},
    {"socks5://", 1080},
    {"socks5h://", 1080},
};

struct address address_of_url(const char *url)
{
    const struct scheme *scheme = scheme_of(url);
    const char *host = url + strlen(scheme->start);
    unsigned length = address_host_length(host);
    struct address address = {.port = scheme->port};

    if (host[length] == ':')
        address.port = (uint16_t)atoi(host + length + 1);
    address.host = host[0] == '[' ? memory_bytes(host + 1, length - 2) : memory_bytes(host, length);
    address.is_literal = is_literal(address.host);
    return address;
}

void address_clear(struct address *address)
{
    free(address->host);
    *address = (struct address){0};
}

char *address_proxy(const char *proxy)
{
    const struct scheme *scheme = scheme_of(proxy);
    const char *host, *rest;
    unsigned length;
    int port;

    if (scheme == NULL || strlen(proxy) > PROXY_MAX - 8)
        return NULL;
    port = scheme->port;
    host = proxy + strlen(scheme->start);
    length = address_host_length(host);
    rest = host + length;
    if (rest[0] == ':' && address_is_port(rest + 1)) {
        port = atoi(rest + 1);
        rest += 1 + strspn(rest + 1, DIGITS);
    }
    if (length == 0 || (rest[0] != '\0' && strcmp(rest, "/") != 0))
        return NULL;
    return memory_format("%s%.*s:%d", scheme->start, (int)length, host, port);
}

bool address_is_tls_name(const char *text)
{
    return is_literal(text) ||
           (text[0] != '\0' && text[0] != '[' && address_host_length(text) == strlen(text));
}

unsigned address_host_length(const char *host)
{
    unsigned length;

    if (host[0] != '[') {
        length = (unsigned)strspn(host, NAME);
        return length <= HOST_MAX ? length : 0;
    }
    length = (unsigned)strspn(host + 1, ":." DIGITS "abcdefABCDEF");
    return length > 0 && host[length + 1] == ']' ? length + 2 : 0;
}

bool address_is_port(const char *text)
{
    size_t length = strspn(text, DIGITS);

    return length > 0 && length <= 5 && (text[length] == '\0' || text[length] == '/') &&
           atoi(text) > 0 && atoi(text) <= PORT_MAX;
}

/* NULL if it is none of those that can be used. */
static const struct scheme *scheme_of(const char *url)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strncmp(url, schemes[i].start, strlen(schemes[i].start)) == 0)
            return &schemes[i];
    }
    return NULL;
}

static bool is_literal(const char *host)
{
    struct in6_addr any;

    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

bool address_is_listener(const char *text)
{
    struct sockaddr_storage address = {0};
    int size = sizeof(address);

    if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &size) != 0)
        return false;
    return address.ss_family == AF_INET ? ((const struct sockaddr_in *)&address)->sin_port != 0
                                        : ((const struct sockaddr_in6 *)&address)->sin6_port != 0;
}

char *address_server(const char *server)
{
    static const char scheme[] = "https://";
    const char *host = server + sizeof(scheme) - 1, *rest;
    size_t length = strlen(server);

    if (strncmp(server, scheme, sizeof(scheme) - 1) != 0 || length > ADDRESS_SERVER_MAX ||
        address_host_length(host) == 0)
        return NULL;
    rest = host + address_host_length(host);
    if (rest[0] == ':' && address_is_port(rest + 1))
        rest += strcspn(rest, "/");
    if (rest[0] != '\0' && rest[0] != '/')
        return NULL;
    if (rest[strspn(rest, "/-._~%!$&'()*+,;=:@" DIGITS LETTERS)] != '\0')
        return NULL;
    while (server[length - 1] == '/')
        length--;
    return memory_bytes(server, length);
}
