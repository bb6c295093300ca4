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
static bool has_group(const char *path, gid_t group);
static bool is_in_use(const struct sockaddr_un *);
static int make_folder(const char *path);
static char *explain(const char *path, int error, int folder_error);
static char *folder_of(const char *path);

int socket_listen(const char *path, gid_t group)
{
    int folder_error = make_folder(path);
    int socket = listen_at(path, group);

    if (socket < 0) {
        char *reason = explain(path, errno, folder_error);

        log_error("cannot listen at the control socket", LOG_TEXT("path", path),
                  LOG_TEXT("reason", reason));
        free(reason);
    }
    return socket;
}

/* What happened, to what, and what to do. ERROR is that of the socket, FOLDER_ERROR why its folder
 * could not be made, or 0. The caller frees it. */
static char *explain(const char *path, int error, int folder_error)
{
    char *folder = folder_of(path), *reason;

    if (error == EADDRINUSE)
        reason = memory_text("another tlsrouted answers there; stop it, or set control.socket to "
                             "another path");
    else if (error == ENOTSUP)
        reason = memory_text("it cannot be given to control.group; start tlsrouted as root or as a "
                             "member of that group");
    else if (error == ENOENT && folder_error != 0)
        reason =
            memory_format("its folder %s does not exist and cannot be made: %s; make it, owned "
                          "by the user that tlsrouted runs as, or set control.socket to a "
                          "folder that this user may write to",
                          folder, strerror(folder_error));
    else if (error == EACCES || error == EPERM || error == EROFS)
        reason = memory_format("its folder %s cannot be written to: %s; give it to the user that "
                               "tlsrouted runs as, or set control.socket to another folder",
                               folder, strerror(error));
    else
        reason = memory_text(strerror(error));
    free(folder);
    return reason;
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

/* The kernel keeps strangers away, so that they cannot even take the places of others. A unit that
 * starts this process with GROUP need not allow chown(2). Returns 0, or -1 with errno set. */
static int open_to(int socket, const char *path, gid_t group)
{
    if (group != RIGHTS_NO_GROUP && !has_group(path, group) && chown(path, (uid_t)-1, group) != 0) {
        if (errno == EPERM)
            errno = ENOTSUP; /* EPERM of bind() means something else */
        return -1;
    }
    if (group != RIGHTS_NO_GROUP && chmod(path, 0660) != 0)
        return -1;
    return listen(socket, BACKLOG);
}

static bool has_group(const char *path, gid_t group)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_gid == group;
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

/* With those above it: /run is empty after a boot, and a prefix has no var/run. Returns 0 if the
 * folder is there, or an errno. */
static int make_folder(const char *path)
{
    char *folder = memory_text(path);
    int error = 0;

    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        error = mkdir(folder, 0755) != 0 && errno != EEXIST ? errno : 0;
        *slash = '/';
    }
    free(folder);
    return error;
}

/* The caller frees it. */
static char *folder_of(const char *path)
{
    char *folder = memory_text(path);
    char *slash = strrchr(folder, '/');

    if (slash != NULL)
        slash[slash == folder] = '\0';
    return folder;
}
