/* SPDX-License-Identifier: Apache-2.0 */
/* resolver: looks up one name for the supervisor, which parses nothing that comes from the network,
 * and ends. It holds no secret, and confines itself before it talks to a name server. */
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/sandbox/sandbox.h"
#include "common/worker/helper.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ADDRESSES_MAX = 16
};

static void look_up(const struct message *request, struct message *result);
static const char *enter_sandbox(const struct resolve_request_message *);
static void add(struct text_list *, const struct addrinfo *);

int main(int argc, char **argv)
{
    (void)argv;
    return helper_main(ROLE_RESOLVER, MESSAGE_RESOLVE_REQUEST, look_up, argc);
}

/* getaddrinfo() returns them in the order of RFC 6724. */
static void look_up(const struct message *request, struct message *result)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct text_list addresses = {0};
    const char *problem;
    int error;

    *result = message_of(MESSAGE_RESOLVE_RESULT);
    problem = enter_sandbox(&request->resolve_request);
    if (problem != NULL) {
        result->resolve_result.problem = problem;
        return;
    }
    error = getaddrinfo(request->resolve_request.host, NULL, &hints, &found);
    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next)
        add(&addresses, each);
    result->resolve_result.addresses = addresses;
    if (addresses.count == 0)
        result->resolve_result.problem = error != 0 ? gai_strerror(error) : "it has no address";
}

/* Returns NULL, or why it is not possible. What this machine refuses is said by the workers. A
 * forbidden system call is reported to the log: the link carries nothing but the result. */
static const char *enter_sandbox(const struct resolve_request_message *request)
{
    const struct sandbox_options options = {
        .mode = (enum sandbox_mode)request->sandbox, .uid = (uid_t)request->uid, .report = -1};
    struct sandbox_result reached;
    const char *problem = sandbox_enter(sandbox_role(ROLE_RESOLVER), &options, &reached);

    text_list_clear(&reached.refused);
    return problem == NULL ? NULL
                           : line_of(memory_format("the resolver cannot be confined: %s", problem),
                                     MESSAGE_BOUND(resolve_result, problem));
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
