/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces connect() in programs whose connections come from the supervisor: they connect to
 * nothing, and their sandbox would end them for trying. */
#include <errno.h>
#include <sys/socket.h>

/* libcurl before 8.0 calls it for a socket although it has been told that the socket is connected,
 * and then checks whether it is. (libcurl, lib/cf-socket.c) */
int connect(int descriptor, const struct sockaddr *address, socklen_t size)
{
    (void)descriptor;
    (void)address;
    (void)size;
    errno = EINPROGRESS;
    return -1;
}
