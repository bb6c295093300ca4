/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up before it reads the first byte from the network: the user, the file
 * system, capabilities, resources, and all system calls that its role does not need. */
#ifndef TLSROUTED_COMMON_SANDBOX_SANDBOX_H
#define TLSROUTED_COMMON_SANDBOX_SANDBOX_H

#include "common/message/messages.h"
#include "common/sandbox/calls.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SANDBOX_LEVEL_SIZE 256

struct sandbox_options {
    enum sandbox_mode mode;
    uid_t uid;             /* to run as if started as root; 0: as now */
    int report;            /* a link to tell of a forbidden call at, as FORBIDDEN; or -1: the log */
    const char *folder;    /* from which the supervisor removes its socket; NULL: none */
    bool without_landlock; /* as if the kernel had none: for tests */
};

/* Confines this process for good to what ROLE keeps. All libraries have to be initialised before:
 * what they load late they do not get any more. What is forbidden ends the process with SIGSYS,
 * after a message that says which call it was. With SANDBOX_LOG system calls and files are not
 * refused: what would have been is logged. With SANDBOX_OFF nothing happens.
 *
 * Writes to LEVEL, SANDBOX_LEVEL_SIZE bytes, what was reached, each part a word: "seccomp
 * landlock-7 limits no-capabilities uid-61000 empty-root"; a part that cannot be had here is named
 * with "no-" before it. Returns 0, or -1 after logging why a part of it could not be entered that
 * had to be; the caller must not go on then. */
int sandbox_enter(const struct sandbox_role *role, const struct sandbox_options *options,
                  char *level);

#endif
