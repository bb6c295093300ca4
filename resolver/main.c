/* resolver: looks up one name for the supervisor, which does not parse what comes from the network,
 * and ends. It holds no secret. */
#include "common/helper.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ADDRESSES_MAX = 16
};

static void look_up(const struct message *ask, struct message *answer);
static void add(struct text_list *, const struct addrinfo *);

int main(int argc, char **argv)
{
    (void)argv;
    return helper_main(ROLE_RESOLVER, MESSAGE_RESOLVE_ASK, look_up, argc);
}

/* In the order of RFC 6724, as getaddrinfo() has them. */
static void look_up(const struct message *ask, struct message *answer)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct text_list addresses = {0};
    int error = getaddrinfo(ask->resolve_ask.host, NULL, &hints, &found);

    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next)
        add(&addresses, each);
    *answer = message_of(MESSAGE_RESOLVED);
    answer->resolved.addresses = addresses;
    if (addresses.count == 0)
        answer->resolved.problem = error != 0 ? gai_strerror(error) : "it has no address";
}

static void add(struct text_list *addresses, const struct addrinfo *found)
{
    char text[NI_MAXHOST];

    if (addresses->count < ADDRESSES_MAX &&
        getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0,
                    NI_NUMERICHOST) == 0 &&
        !text_list_has(addresses, text))
        text_list_add(addresses, text);
}
