/* SPDX-License-Identifier: Apache-2.0 */
/* Administrators can try the sandbox before they rely on it. The kernel's own log of system calls
 * is not for everyone to read, and does not exist in containers. */
#include "common/sandbox/log_mode.h"

#include "common/base/log.h"
#include "common/sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CALLS_MAX = 1024 /* calls with larger numbers are logged each time */
};

static void *serve(void *input);
static bool allow_one(int filter, struct seccomp_notif *, struct seccomp_notif_resp *);
static void log_once(const struct seccomp_notif *, bool logged[CALLS_MAX]);

/* The thread is created before the filter, so that it is not subject to it. It is told the filter's
 * descriptor through a pipe. */
int sandbox_log_calls(const struct sandbox_role *role)
{
    int ends[2], filter;
    pthread_t thread;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)ends[0]) != 0) {
        close(ends[0]);
        close(ends[1]);
        return -EAGAIN;
    }
    filter = sandbox_filter_load(role, SANDBOX_NOTIFY);
    if (write(ends[1], &filter, sizeof(filter)) != sizeof(filter))
        abort();
    pthread_detach(thread);
    close(ends[1]);
    return filter < 0 ? filter : 0;
}

static void *serve(void *input)
{
    int filter = -1;
    struct seccomp_notif *call;
    struct seccomp_notif_resp *response;
    bool logged[CALLS_MAX] = {false};
    ssize_t size = read((int)(intptr_t)input, &filter, sizeof(filter));

    close((int)(intptr_t)input);
    if (size != sizeof(filter) || filter < 0 || seccomp_notify_alloc(&call, &response) != 0)
        return NULL;
    while (allow_one(filter, call, response))
        log_once(call, logged);
    seccomp_notify_free(call, response);
    return NULL;
}

/* The call goes on before it is logged: whoever made it may hold a lock that logging takes. */
static bool allow_one(int filter, struct seccomp_notif *call, struct seccomp_notif_resp *response)
{
    int error;

    do {
        memset(call, 0, sizeof(*call)); /* the kernel insists */
        error = seccomp_notify_receive(filter, call);
    } while (error == -EINTR || error == -ENOENT || error == -ECANCELED);
    if (error != 0)
        return false;
    response->id = call->id;
    response->val = 0;
    response->error = 0;
    response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    seccomp_notify_respond(filter, response);
    return true;
}

static void log_once(const struct seccomp_notif *call, bool logged[CALLS_MAX])
{
    int number = call->data.nr;
    char *name;

    if (number >= 0 && number < CALLS_MAX) {
        if (logged[number])
            return;
        logged[number] = true;
    }
    name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    log_warning("a system call that the sandbox would not allow",
                LOG_TEXT("call", name != NULL ? name : "unknown"),
                LOG_NUMBER("first_argument", call->data.args[0]),
                LOG_NUMBER("second_argument", call->data.args[1]),
                LOG_NUMBER("third_argument", call->data.args[2]));
    free(name);
}
