/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials and configuration are in files that a person names: whatever is wrong with one is
 * said with its path and with what to do about it. */
#include "common/kubeconfig/file.h"

#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/base/text_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *refuse(const char *path, int error_number, const char *named_by);
static char *read_open(int fd, size_t expected, const char *path, size_t max, const char *named_by,
                       char **text);
static char *enlarge(char *buffer, size_t size, size_t larger);
static char *check_text(const char *path, const char *text, size_t size, const char *named_by);
static ssize_t read_all(int fd, char *buffer, size_t size);
static bool is_mounted_by_kubelet(const char *path);
static void warn_once(const char *path);

/* What to do about errno, before the name of the key; "" ends the table and fits everything. */
static const struct {
    int number;
    const char *advice;
} advices[] = {
    {ENOENT, "create it or name another file in"},
    {EACCES, "let the user that tlsrouted runs as read it, or name another file in"},
    {0, "name a file that can be read in"},
};

char *file_read(const char *path, size_t max, bool secret, const char *named_by, char **text)
{
    /* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    char *error;

    if (fd < 0)
        return refuse(path, errno, named_by);
    if (fstat(fd, &status) != 0)
        error = refuse(path, errno, named_by);
    else if (!S_ISREG(status.st_mode))
        error = memory_format("%s: not a regular file; name a regular file in %s", path, named_by);
    else
        error = read_open(fd, (size_t)status.st_size, path, max, named_by, text);
    if (error == NULL && secret && (status.st_mode & S_IROTH) != 0 && !is_mounted_by_kubelet(path))
        warn_once(path);
    close(fd);
    return error;
}

char *file_beside(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    char *here, *absolute;

    if (path == NULL || path[0] == '\0')
        return NULL;
    if (path[0] == '/')
        return memory_text(path);
    if (file[0] == '/')
        return memory_format("%.*s/%s", (int)(slash - file), file, path);
    here = getcwd(NULL, 0);
    absolute = memory_format("%s/%.*s%s", here != NULL ? here : "",
                             slash != NULL ? (int)(slash - file) + 1 : 0, file, path);
    free(here);
    return absolute;
}

static char *refuse(const char *path, int error_number, const char *named_by)
{
    size_t i = 0;

    while (advices[i].number != 0 && advices[i].number != error_number)
        i++;
    return memory_format("%s: %s; %s %s", path, strerror(error_number), advices[i].advice,
                         named_by);
}

static char *read_open(int fd, size_t expected, const char *path, size_t max, const char *named_by,
                       char **text)
{
    size_t room = expected < max ? expected : max;
    /* One byte more than allowed shows that there is more, whatever fstat(2) said. */
    char *buffer = memory_new(room + 2, 1);
    ssize_t size = read_all(fd, buffer, room + 1);
    char *error = NULL;

    if (size > (ssize_t)room && room < max) {
        ssize_t more;

        buffer = enlarge(buffer, room + 2, max + 2);
        more = read_all(fd, buffer + size, max + 1 - (size_t)size);
        size = more < 0 ? more : size + more;
        room = max;
    }
    if (size < 0)
        error = refuse(path, errno, named_by);
    else if ((size_t)size > max)
        error = memory_format("%s: larger than %zu KiB; name the right file in %s", path,
                              max / 1024, named_by);
    else
        error = check_text(path, buffer, (size_t)size, named_by);
    if (error == NULL)
        *text = memory_bytes(buffer, (size_t)size);
    memory_wipe(buffer, room + 2);
    return error;
}

/* Without realloc(), which would leave a copy behind that is not wiped. */
static char *enlarge(char *buffer, size_t size, size_t larger)
{
    char *copy = memory_new(larger, 1);

    memcpy(copy, buffer, size);
    memory_wipe(buffer, size);
    return copy;
}

static char *check_text(const char *path, const char *text, size_t size, const char *named_by)
{
    const char *nul = memchr(text, '\0', size);
    size_t line = 1;

    if (nul == NULL)
        return NULL;
    for (const char *byte = text; byte < nul; byte++)
        line += *byte == '\n';
    return memory_format("%s:%zu: has a NUL byte; name a text file in %s", path, line, named_by);
}

/* The bytes read until the end of the file or SIZE, -1 with errno. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    size_t filled = 0;

    while (filled < size) {
        ssize_t got = read(fd, buffer + filled, size - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    return (ssize_t)filled;
}

static bool is_mounted_by_kubelet(const char *path)
{
    return strncmp(path, FILE_POD_SECRETS, strlen(FILE_POD_SECRETS)) == 0;
}

/* Credentials are read again at every reload: one warning for each file is enough. */
static void warn_once(const char *path)
{
    static struct text_list warned;

    if (text_list_has(&warned, path))
        return;
    text_list_add(&warned, path);
    log_warning("everyone on this machine can read this secret; chmod o-r it",
                LOG_TEXT("file", path));
}

void file_trim_end(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
}
