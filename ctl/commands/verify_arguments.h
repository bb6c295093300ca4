/* SPDX-License-Identifier: Apache-2.0 */
/* What the arguments of `tlsroutectl verify` mean together. Pure. */
#ifndef TLSROUTED_CTL_COMMANDS_VERIFY_ARGUMENTS_H
#define TLSROUTED_CTL_COMMANDS_VERIFY_ARGUMENTS_H

#include "ctl/arguments/arguments.h"

struct verify_arguments {
    char *namespace;      /* owned. NULL: all */
    const char *pool;     /* borrowed, like the following. NULL: all Pools with a route */
    const char *hostname; /* NULL: that of the Pools */
    unsigned seconds;     /* time limit of each handshake and request */
};

/* Reads ARGUMENTS. Returns NULL and fills *VERIFY, to be released with verify_arguments_clear(); or
 * says what is wrong, in one line that the caller frees. */
char *verify_arguments_read(const struct arguments *arguments, struct verify_arguments *verify);

void verify_arguments_clear(struct verify_arguments *verify);

#endif
