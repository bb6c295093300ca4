/* SPDX-License-Identifier: Apache-2.0 */
/* Which text format a client takes. Pure. */
#ifndef TLSROUTED_EXPORTER_ACCEPT_H
#define TLSROUTED_EXPORTER_ACCEPT_H

#include <stdbool.h>

/* Whether the Accept header HEADER, or NULL, prefers OpenMetrics 1.0.0 to the text format of
 * Prometheus, which is what those get who say nothing. (RFC 9110, section 12.5.1) */
bool accept_open_metrics(const char *header);

#endif
