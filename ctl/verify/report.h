/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a verification, for people and for programs. */
#ifndef TLSROUTED_CTL_VERIFY_REPORT_H
#define TLSROUTED_CTL_VERIFY_REPORT_H

#include "ctl/verify/verification.h"

#include <stdio.h>

/* Prints VERIFICATION to STREAM. Lines are at most 80 characters wide, except for longer names and
 * commands. */
void report_print(FILE *stream, const struct verification *verification);

/* VERIFICATION as JSON, a new reference. */
struct json_object *report_json(const struct verification *verification);

#endif
