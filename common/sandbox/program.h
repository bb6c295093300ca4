/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel needs to run this program: the dynamic loader, besides the program itself. */
#ifndef TLSROUTED_COMMON_SANDBOX_PROGRAM_H
#define TLSROUTED_COMMON_SANDBOX_PROGRAM_H

/* The path of the dynamic loader, which the kernel executes for every program that needs libraries;
 * a constant. NULL for a static program. */
const char *program_interpreter(void);

#endif
