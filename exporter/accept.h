/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the two text formats of metrics a client prefers. Pure. */
#ifndef TLSROUTED_EXPORTER_ACCEPT_H
#define TLSROUTED_EXPORTER_ACCEPT_H

#include <stdbool.h>

/* Whether the Accept header HEADER prefers OpenMetrics 1.0.0 to the text format of Prometheus,
 * which is the default, also if HEADER is NULL. (RFC 9110, section 12.5.1) */
bool accept_open_metrics(const char *header);

#endif
