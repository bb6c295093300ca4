/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl: shows what a running tlsrouted does, and controls it. */
#include "common/base/privacy.h"
#include "ctl/dispatch.h"
#include "ctl/output/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (privacy_begin() != 0) { /* `verify` holds a credential */
        error_print("cannot hide this process from others: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return dispatch(argc, argv);
}
