/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo() and connect() have time limits of their own, of minutes. A person in front of a
 * terminal gets an answer within the time that was given. */
#include "ctl/connect/dial.h"

#include "common/base/clock.h"
#include "common/base/memory.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A look-up runs in a thread of the C library, which uses this until it has finished. If it does
 * not finish in time, the block is leaked rather than freed. */
struct look_up {
    struct gaicb request;
    struct addrinfo hints;
    char *host, *port;
};

static int wait_for(struct look_up *, int64_t deadline);
static void free_look_up(struct look_up *);
static void add_address(struct dial_addresses *, const struct addrinfo *);
static int connect_error(int descriptor, const struct dial_address *, int64_t deadline);

char *dial_look_up(const struct endpoint *endpoint, int64_t deadline, struct dial_addresses *list)
{
    struct look_up *look_up = memory_new(1, sizeof(*look_up));
    struct gaicb *requests[] = {&look_up->request};
    int result;

    look_up->host = memory_text(endpoint->host);
    look_up->port = memory_text(endpoint->port);
    look_up->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    look_up->request = (struct gaicb){
        .ar_name = look_up->host, .ar_service = look_up->port, .ar_request = &look_up->hints};
    result = getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL);
    if (result == 0)
        result = wait_for(look_up, deadline);
    if (result == EAI_INPROGRESS)
        return memory_format("%s: the name look-up timed out", endpoint->host);
    for (struct addrinfo *each = look_up->request.ar_result; result == 0 && each != NULL;
         each = each->ai_next)
        add_address(list, each);
    free_look_up(look_up);
    if (result != 0)
        return memory_format("%s: %s", endpoint->host, gai_strerror(result));
    return NULL;
}

void dial_addresses_clear(struct dial_addresses *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (struct dial_addresses){0};
}

int dial_connect(const struct dial_address *address, int64_t deadline, char **problem)
{
    int descriptor =
        socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error;

    if (descriptor < 0) {
        *problem = memory_text(strerror(errno));
        return -1;
    }
    error = connect_error(descriptor, address, deadline);
    if (error == 0)
        return descriptor;
    close(descriptor);
    *problem = memory_text(error == ETIMEDOUT ? "connection timed out" : strerror(error));
    return -1;
}

bool dial_wait(int descriptor, short events, int64_t deadline)
{
    struct pollfd poller = {.fd = descriptor, .events = events};

    for (;;) {
        int64_t left = deadline - clock_milliseconds();
        int ready = left > 0 ? poll(&poller, 1, left < INT_MAX ? (int)left : INT_MAX) : 0;

        if (ready == 0 && left > 0)
            continue;
        if (ready >= 0 || errno != EINTR)
            return ready != 0;
    }
}

/* The result, or EAI_INPROGRESS if it has not finished by DEADLINE and continues by itself. */
static int wait_for(struct look_up *look_up, int64_t deadline)
{
    const struct gaicb *requests[] = {&look_up->request};
    int64_t left;

    while (gai_error(&look_up->request) == EAI_INPROGRESS &&
           (left = deadline - clock_milliseconds()) > 0) {
        const struct timespec limit = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};

        gai_suspend(requests, 1, &limit);
    }
    if (gai_error(&look_up->request) == EAI_INPROGRESS)
        gai_cancel(&look_up->request);
    return gai_error(&look_up->request);
}

static void free_look_up(struct look_up *look_up)
{
    if (look_up->request.ar_result != NULL)
        freeaddrinfo(look_up->request.ar_result);
    free(look_up->host);
    free(look_up->port);
    free(look_up);
}

static void add_address(struct dial_addresses *list, const struct addrinfo *info)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    struct dial_address *address;
    struct endpoint named = {host, port};

    if (info->ai_addrlen > sizeof(address->address) ||
        getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    list->items = memory_resize(list->items, list->count + 1, sizeof(*list->items));
    address = &list->items[list->count++];
    *address = (struct dial_address){.size = info->ai_addrlen, .text = endpoint_text(&named)};
    memcpy(&address->address, info->ai_addr, info->ai_addrlen);
}

static int connect_error(int descriptor, const struct dial_address *address, int64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (connect(descriptor, (const struct sockaddr *)&address->address, address->size) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    if (!dial_wait(descriptor, POLLOUT, deadline))
        return ETIMEDOUT;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}
