/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a running tlsrouted for people. */
#ifndef TLSROUTED_CTL_COMMANDS_STATUS_H
#define TLSROUTED_CTL_COMMANDS_STATUS_H

#include "ctl/output/table.h"

/* Prints STATUS, as status_query() returns it. */
void status_print(FILE *stream, struct json_object *status, const struct table_style *style);

#endif
