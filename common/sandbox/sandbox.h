/* SPDX-License-Identifier: Apache-2.0 */
/* How a process confines itself before it reads the first byte from the network. It gives up its
 * user, the file system, capabilities, resources, and all system calls that its role does not need.
 */
#ifndef TLSROUTED_COMMON_SANDBOX_SANDBOX_H
#define TLSROUTED_COMMON_SANDBOX_SANDBOX_H

#include "common/base/text_list.h"
#include "common/message/messages.h"
#include "common/sandbox/calls.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SANDBOX_LEVEL_SIZE 256

/* What has been reached. */
struct sandbox_result {
    /* A word for each part: "limits empty-root uid-61000 landlock-7 no-capabilities seccomp". A
     * part that this machine does not offer begins with "no-". */
    char level[SANDBOX_LEVEL_SIZE];
    /* Of those parts, the ones that this machine refuses although it could offer them: each with
     * the reason and what to do, in a line. Owned by whoever holds the result. */
    struct text_list refused;
};

struct sandbox_options {
    enum sandbox_mode mode;
    uid_t uid;             /* to become if started as root; 0: stay as it is */
    unsigned descriptors;  /* that may be open; 0: as many as any process may have */
    int report;            /* the link that a forbidden call is reported to; -1: to the log */
    const char *folder;    /* of the control socket, which the supervisor removes; NULL: none */
    bool without_landlock; /* as if the kernel had none; for tests */
};

/* Confines this process to what ROLE keeps, for the rest of its life. All libraries must have been
 * initialised: they can load nothing later. A forbidden call ends the process with SIGSYS, after a
 * message that names the call. With SANDBOX_LOG no calls and files are refused: what would have
 * been is logged. With SANDBOX_OFF nothing happens.
 *
 * Some parts can be done without: RESULT says which of them there are, and has to be emptied with
 * text_list_clear(&result->refused). Returns NULL; or, if a required part failed, a line that says
 * which, why, and what to do (the caller frees it and must not go on). */
char *sandbox_enter(const struct sandbox_role *role, const struct sandbox_options *options,
                    struct sandbox_result *result);

#endif
