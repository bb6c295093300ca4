/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl: shows what a running tlsrouted does, and controls it. */
#include "ctl/dispatch.h"

int main(int argc, char **argv)
{
    return dispatch(argc, argv);
}
