/* SPDX-License-Identifier: Apache-2.0 */
/* The running program. */
#ifndef TLSROUTED_COMMON_SANDBOX_PROGRAM_H
#define TLSROUTED_COMMON_SANDBOX_PROGRAM_H

/* The path of the dynamic loader, which the kernel executes for every program that needs libraries;
 * a constant. NULL for a static program. */
const char *program_interpreter(void);

#endif
