/* SPDX-License-Identifier: Apache-2.0 */
/* A token must not be readable by others for a moment, nor a file be there in part when tlsrouted
 * looks: a file is written beside the one that it replaces. */
#include "ctl/setup/files.h"

#include "common/base/memory.h"
#include "common/kubeconfig/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER "tlsrouted"

enum {
    SIZE_MAX_BYTES = 1024 * 1024,
    FOLDER_MODE = 0750,
};

static char *make_folder(const char *path);
static bool fill(int fd, const char *text);
static bool give_to_owner(int fd);
static char *problem_of(const char *what, const char *path);

char *files_read(const char *path, char **text)
{
    *text = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return NULL;
    return file_read(path, SIZE_MAX_BYTES, false, "--folder", text);
}

char *files_write(const char *path, const char *text)
{
    char *new = memory_format("%s.XXXXXX", path), *problem = make_folder(path);
    int fd = problem == NULL ? mkostemp(new, O_CLOEXEC) : -1; /* with mode 0600 */

    if (problem == NULL && (fd < 0 || !fill(fd, text) || !give_to_owner(fd) || fsync(fd) != 0 ||
                            rename(new, path) != 0)) {
        problem = problem_of("write", path);
        if (fd >= 0)
            unlink(new);
    }
    if (fd >= 0)
        close(fd);
    free(new);
    return problem;
}

char *files_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? NULL : problem_of("delete", path);
}

static char *make_folder(const char *path)
{
    char *folder = memory_bytes(path, (size_t)(strrchr(path, '/') - path));
    char *problem = mkdir(folder, FOLDER_MODE) == 0 || errno == EEXIST
                        ? NULL
                        : problem_of("make the folder", folder);

    free(folder);
    return problem;
}

static bool fill(int fd, const char *text)
{
    size_t size = strlen(text), done = 0;

    while (done < size) {
        ssize_t count = pwrite(fd, text + done, size - done, (off_t)done);

        if (count < 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool give_to_owner(int fd)
{
    const struct passwd *owner = geteuid() == 0 ? getpwnam(OWNER) : NULL;

    return owner == NULL || fchown(fd, owner->pw_uid, owner->pw_gid) == 0;
}

/* By errno. */
static char *problem_of(const char *what, const char *path)
{
    return memory_format("cannot %s %s: %s%s", what, path, strerror(errno),
                         errno == EACCES || errno == EPERM || errno == EROFS
                             ? "; run this as root, or name another folder with --folder"
                             : "");
}
