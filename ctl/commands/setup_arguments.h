/* SPDX-License-Identifier: Apache-2.0 */
/* What the arguments of `tlsroutectl setup` mean together. Pure. */
#ifndef TLSROUTED_CTL_COMMANDS_SETUP_ARGUMENTS_H
#define TLSROUTED_CTL_COMMANDS_SETUP_ARGUMENTS_H

#include "ctl/arguments/arguments.h"
#include "ctl/setup/setup.h"

/* Reads ARGUMENTS. Returns NULL and fills *SETUP, but for its connection; to be released with
 * setup_arguments_clear(). Or says what is wrong, in one line that the caller frees. */
char *setup_arguments_read(const struct arguments *arguments, struct setup *setup);

void setup_arguments_clear(struct setup *setup);

#endif
