/* SPDX-License-Identifier: Apache-2.0 */
/* All metrics as text: the format of Prometheus 0.0.4, or OpenMetrics 1.0.0. Pure. */
#ifndef TLSROUTED_EXPORTER_RENDER_H
#define TLSROUTED_EXPORTER_RENDER_H

#include "common/message/metric.h"

#include <event2/buffer.h>

enum render_format {
    RENDER_PROMETHEUS,
    RENDER_OPEN_METRICS
};

/* The workers; ROLE_SUPERVISOR: the supervisor, the whole. */
#define RENDER_SUBJECTS (ROLE_WORKERS + 1)

/* What is rendered. Texts may be NULL: then there is no such series. */
struct render_source {
    const uint64_t (*numbers)[METRIC_SERIES]; /* RENDER_SUBJECTS of them */
    bool used[RENDER_SUBJECTS];               /* whether there is such a process */
    const char *version;
    const char *levels[RENDER_SUBJECTS]; /* of the sandbox */
};

/* Appends the text of SOURCE in FORMAT to BUFFER. */
void render(const struct render_source *source, enum render_format format, struct evbuffer *buffer);

/* The media type of FORMAT. */
const char *render_type(enum render_format format);

/* Appends TEXT as it stands between the quotes of a label's value. */
void render_escaped(const char *text, struct evbuffer *buffer);

#endif
