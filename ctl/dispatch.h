/* SPDX-License-Identifier: Apache-2.0 */
/* From a command line to the command that it names. */
#ifndef TLSROUTED_CTL_DISPATCH_H
#define TLSROUTED_CTL_DISPATCH_H

/* Runs the command line ARGV, as main() gets it. Returns the exit status, one of enum command_exit.
 */
int dispatch(int argc, char **argv);

#endif
