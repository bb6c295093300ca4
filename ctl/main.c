/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl: shows what a running tlsrouted does, and controls it. */
#include "common/base/privacy.h"
#include "ctl/arguments/command.h"
#include "ctl/dispatch.h"
#include "ctl/output/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int written(int status);

int main(int argc, char **argv)
{
    if (privacy_begin() != 0) { /* `verify` holds a credential */
        error_print("cannot hide this process from others: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return written(dispatch(argc, argv));
}

/* Nobody may take a part of the output for the whole. */
static int written(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    error_print("cannot write the output: %s", strerror(errno));
    return COMMAND_NO_RESULT;
}
