/* SPDX-License-Identifier: Apache-2.0 */
/* --timeout, for all commands that connect to something by themselves. */
#ifndef TLSROUTED_CTL_ARGUMENTS_TIMEOUT_H
#define TLSROUTED_CTL_ARGUMENTS_TIMEOUT_H

#include "ctl/arguments/arguments.h"

enum {
    TIMEOUT_SECONDS = 10, /* without --timeout */
    TIMEOUT_SECONDS_MAX = 3600
};

/* Sets *SECONDS to what ARGUMENTS say. Returns NULL, or one line that says what is wrong (the
 * caller frees it). */
char *timeout_read(const struct arguments *arguments, unsigned *seconds);

#endif
