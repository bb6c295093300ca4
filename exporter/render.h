/* SPDX-License-Identifier: Apache-2.0 */
/* All metrics as text, in the format of Prometheus 0.0.4 or of OpenMetrics 1.0.0. Pure. */
#ifndef TLSROUTED_EXPORTER_RENDER_H
#define TLSROUTED_EXPORTER_RENDER_H

#include "common/message/metric.h"

#include <event2/buffer.h>

enum render_format {
    RENDER_PROMETHEUS,
    RENDER_OPEN_METRICS
};

/* Whose metrics there are: the workers', and, as ROLE_SUPERVISOR, the supervisor's own and the
 * daemon's as a whole. */
#define RENDER_SUBJECTS (ROLE_WORKERS + 1)

/* What is rendered. An INFO whose text is NULL is left out. */
struct render_source {
    const uint64_t (*numbers)[METRIC_SERIES]; /* RENDER_SUBJECTS of them */
    bool exists[RENDER_SUBJECTS];
    const char *version;
    const char *lease;                   /* "namespace/name", or "" */
    const char *levels[RENDER_SUBJECTS]; /* what confines them, as READY says */
};

/* Appends the text of SOURCE in FORMAT to BUFFER. */
void render(const struct render_source *source, enum render_format format, struct evbuffer *buffer);

/* The media type of FORMAT. */
const char *render_type(enum render_format format);

/* Appends TEXT as the value of a label, without the quotes around it. */
void render_escaped(const char *text, struct evbuffer *buffer);

#endif
