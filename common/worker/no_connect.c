/* SPDX-License-Identifier: Apache-2.0 */
/* For programs that are given their connections. */
#include <errno.h>
#include <sys/socket.h>

/* Instead of the system's: this process connects to nothing. libcurl before 8.0 calls it for a
 * socket that it has been told is connected, and then looks whether that is so. (libcurl,
 * lib/cf-socket.c) */
int connect(int descriptor, const struct sockaddr *address, socklen_t size)
{
    (void)descriptor;
    (void)address;
    (void)size;
    errno = EINPROGRESS;
    return -1;
}
