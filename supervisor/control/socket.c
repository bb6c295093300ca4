/* SPDX-License-Identifier: Apache-2.0 */
/* A path in the file system, which may be left over from a daemon that was killed, in use by
 * another one, or out of reach: all that is settled before the first client comes. */
#include "supervisor/control/socket.h"

#include "common/base/log.h"
#include "common/base/memory.h"
#include "supervisor/control/rights.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
};

static int listen_at(const char *path, gid_t group);
static int give_up(int socket, const char *path);
static int open_to(int socket, const char *path, gid_t group);
static bool is_in_use(const struct sockaddr_un *);
static void make_folder(const char *path);

int socket_listen(const char *path, gid_t group)
{
    int socket = listen_at(path, group);

    if (socket < 0)
        log_error(
            "cannot listen at the control socket", LOG_TEXT("path", path),
            LOG_TEXT("reason", errno == EADDRINUSE ? "another tlsrouted answers there"
                               : errno == ENOTSUP
                                   ? "it cannot be given to control.group; start tlsrouted as "
                                     "root or as a member of that group"
                                   : strerror(errno)));
    return socket;
}

/* Returns the socket, or -1 with errno set. */
static int listen_at(const char *path, gid_t group)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask;
    int result;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (descriptor < 0)
        return -1;
    make_folder(path);
    if (is_in_use(&address)) {
        errno = EADDRINUSE;
        return give_up(descriptor, NULL);
    }
    unlink(path); /* left over by a tlsrouted that was killed */
    mask = umask(0177);
    result = bind(descriptor, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (result != 0)
        return give_up(descriptor, NULL);
    return open_to(descriptor, path, group) == 0 ? descriptor : give_up(descriptor, path);
}

/* Closes SOCKET, which was bound to PATH unless that is NULL. Returns -1, errno as it is. */
static int give_up(int socket, const char *path)
{
    int error = errno;

    if (path != NULL)
        unlink(path);
    close(socket);
    errno = error;
    return -1;
}

/* The kernel keeps strangers away, so that they cannot even take the places of others. Returns 0,
 * or -1 with errno set. */
static int open_to(int socket, const char *path, gid_t group)
{
    if (group != RIGHTS_NO_GROUP && chown(path, (uid_t)-1, group) != 0) {
        if (errno == EPERM)
            errno = ENOTSUP; /* EPERM of bind() means something else */
        return -1;
    }
    if (group != RIGHTS_NO_GROUP && chmod(path, 0660) != 0)
        return -1;
    return listen(socket, BACKLOG);
}

static bool is_in_use(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool answers = descriptor >= 0 &&
                   connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) == 0;

    if (descriptor >= 0)
        close(descriptor);
    return answers;
}

/* With those above it: /run is empty after a boot, and a prefix has no var/run. If this fails,
 * bind() says why. */
static void make_folder(const char *path)
{
    char *folder = memory_text(path);

    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0755);
        *slash = '/';
    }
    free(folder);
}
