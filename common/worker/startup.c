/* SPDX-License-Identifier: Apache-2.0 */
/* The programs in libexec are of no use by hand: without a supervisor at the other end of the link
 * they would wait for ever, so they say what they are and end. */
#include "common/worker/startup.h"

#include "common/base/log.h"
#include "common/base/privacy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static bool has_link(void);

bool startup(enum role role, int argc)
{
    const bool is_hidden = privacy_begin() == 0;
    const char *reason = is_hidden ? NULL : strerror(errno);

    log_open(role_name(role), LOG_INFO, LOG_LOGFMT);
    if (!is_hidden) {
        log_error("cannot hide this process from others; allow prctl(2) with PR_SET_DUMPABLE",
                  LOG_TEXT("reason", reason));
        return false;
    }
    if (argc != 1 || !has_link()) {
        log_error("this program is started by tlsrouted, not by hand");
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    return true;
}

static bool has_link(void)
{
    struct stat status;

    return fstat(WORKER_LINK_DESCRIPTOR, &status) == 0 && S_ISSOCK(status.st_mode) &&
           fcntl(WORKER_LINK_DESCRIPTOR, F_SETFD, FD_CLOEXEC) == 0;
}
