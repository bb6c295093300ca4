/* SPDX-License-Identifier: Apache-2.0 */
/* What checks have come to, for people and for programs. */
#ifndef TLSROUTED_CTL_VERIFY_REPORT_H
#define TLSROUTED_CTL_VERIFY_REPORT_H

#include "ctl/verify/check.h"

#include <stdio.h>

/* Prints CHECK to STREAM, in at most 80 columns but for names and commands that are longer. */
void check_report_text(FILE *stream, const struct check *check);

/* CHECK as JSON, a new reference. */
struct json_object *check_report_json(const struct check *check);

#endif
