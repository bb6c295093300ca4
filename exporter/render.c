/* SPDX-License-Identifier: Apache-2.0 */
/* Text is made straight from the table of metrics and the array of numbers: what has no place in
 * them cannot appear on a page. */
#include "exporter/render.h"

#include <inttypes.h>
#include <string.h>

/* A series: its metric, whose it is, and the values of its labels. */
struct series {
    const struct render_source *source;
    enum metric metric;
    const struct metric_row *row;
    enum role role;
    unsigned a, b;
    const uint64_t *cells;
};

static void render_head(const struct metric_row *, enum render_format, struct evbuffer *);
static void render_role(const struct render_source *, enum metric, enum role, struct evbuffer *);
static bool is_about(const struct render_source *, const struct metric_row *, enum role);
static bool is_left_out(const struct series *);
static void render_series(const struct series *, struct evbuffer *);
static void render_histogram(const struct series *, struct evbuffer *);
static void render_labels(const struct series *, const char *bound, struct evbuffer *);
static void render_label(const char *name, const char *value, bool *is_first, struct evbuffer *);
static const char *value_of(const struct series *, unsigned label);
static void render_number(const struct metric_row *, uint64_t number, struct evbuffer *);
static uint64_t age_of(uint64_t moment);
static bool is_of_daemon(const struct metric_row *);

static const char *const types[] = {[METRIC_TYPE_COUNTER] = "counter",
                                    [METRIC_TYPE_GAUGE] = "gauge",
                                    [METRIC_TYPE_HISTOGRAM] = "histogram",
                                    [METRIC_TYPE_INFO] = "info"};

/* What follows the name of the metric in that of a sample. */
static const char *const endings[] = {[METRIC_TYPE_COUNTER] = "_total",
                                      [METRIC_TYPE_GAUGE] = "",
                                      [METRIC_TYPE_HISTOGRAM] = "",
                                      [METRIC_TYPE_INFO] = "_info"};

void render(const struct render_source *source, enum render_format format, struct evbuffer *buffer)
{
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        render_head(metric_row(metric), format, buffer);
        for (enum role role = 0; role < RENDER_SUBJECTS; role++) {
            if (is_about(source, metric_row(metric), role))
                render_role(source, metric, role, buffer);
        }
    }
    if (format == RENDER_OPEN_METRICS)
        evbuffer_add_printf(buffer, "# EOF\n");
}

const char *render_type(enum render_format format)
{
    return format == RENDER_OPEN_METRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

/* The format of Prometheus has neither the type info nor units, and names a counter by its samples.
 */
static void render_head(const struct metric_row *row, enum render_format format,
                        struct evbuffer *buffer)
{
    const bool is_open = format == RENDER_OPEN_METRICS;
    const char *ending = is_open ? "" : endings[row->type];
    const char *type = !is_open && row->type == METRIC_TYPE_INFO ? "gauge" : types[row->type];

    evbuffer_add_printf(buffer, "# HELP %s%s %s\n# TYPE %s%s %s\n", row->name, ending, row->help,
                        row->name, ending, type);
    if (is_open && row->unit != METRIC_UNIT_NONE)
        evbuffer_add_printf(buffer, "# UNIT %s %s\n", row->name,
                            row->unit == METRIC_UNIT_BYTES ? "bytes" : "seconds");
}

static bool is_about(const struct render_source *source, const struct metric_row *row,
                     enum role role)
{
    if (is_of_daemon(row))
        return role == ROLE_SUPERVISOR;
    return source->exists[role] && (row->roles & (1u << role | ROLE_SET(SUPERVISOR))) != 0;
}

static void render_role(const struct render_source *source, enum metric metric, enum role role,
                        struct evbuffer *buffer)
{
    const struct metric_row *row = metric_row(metric);
    struct series series = {.source = source,
                            .metric = metric,
                            .row = row,
                            .role = role,
                            .cells = source->numbers[role] + row->first};
    size_t cells = row->type == METRIC_TYPE_HISTOGRAM ? METRIC_HISTOGRAM_CELLS : 1;

    for (series.a = 0; series.a < metric_label_values(row->labels[0]); series.a++) {
        for (series.b = 0; series.b < metric_label_values(row->labels[1]); series.b++) {
            if (!is_left_out(&series) && row->type == METRIC_TYPE_HISTOGRAM)
                render_histogram(&series, buffer);
            else if (!is_left_out(&series))
                render_series(&series, buffer);
            series.cells += cells;
        }
    }
}

/* What the process cannot count, codes that never occurred, times and texts that are not known, and
 * what only workers have. */
static bool is_left_out(const struct series *series)
{
    const struct metric_row *row = series->row;

    if (!metric_is_possible(series->metric, series->role, series->a, series->b))
        return true;
    if (row->labels[0] == METRIC_LABEL_CODE || row->labels[1] == METRIC_LABEL_CODE ||
        row->unit == METRIC_UNIT_SINCE_1970)
        return series->cells[0] == 0;
    if (row->roles == ROLE_SET(SUPERVISOR) && row->type != METRIC_TYPE_INFO &&
        row->unit == METRIC_UNIT_NONE && series->role == ROLE_SUPERVISOR)
        return true;
    return row->type == METRIC_TYPE_INFO && value_of(series, 0) == NULL;
}

static void render_series(const struct series *series, struct evbuffer *buffer)
{
    evbuffer_add_printf(buffer, "%s%s", series->row->name, endings[series->row->type]);
    render_labels(series, NULL, buffer);
    evbuffer_add_printf(buffer, " ");
    if (series->row->type == METRIC_TYPE_INFO)
        evbuffer_add_printf(buffer, "1");
    else
        render_number(series->row, series->cells[0], buffer);
    evbuffer_add_printf(buffer, "\n");
}

/* A bucket counts what is in those below it too. */
static void render_histogram(const struct series *series, struct evbuffer *buffer)
{
    const char *name = series->row->name;
    uint64_t count = 0;

    for (unsigned bucket = 0; bucket < METRIC_BUCKET_COUNT; bucket++) {
        count += series->cells[bucket];
        evbuffer_add_printf(buffer, "%s_bucket", name);
        render_labels(series, metric_bucket_text(bucket), buffer);
        evbuffer_add_printf(buffer, " %" PRIu64 "\n", count);
    }
    evbuffer_add_printf(buffer, "%s_sum", name);
    render_labels(series, NULL, buffer);
    evbuffer_add_printf(buffer, " ");
    render_number(series->row, series->cells[METRIC_BUCKET_COUNT], buffer);
    evbuffer_add_printf(buffer, "\n%s_count", name);
    render_labels(series, NULL, buffer);
    evbuffer_add_printf(buffer, " %" PRIu64 "\n", count);
}

static void render_labels(const struct series *series, const char *bound, struct evbuffer *buffer)
{
    bool is_first = true;

    if (!is_of_daemon(series->row))
        render_label("role", role_name(series->role), &is_first, buffer);
    for (unsigned label = 0; label < 2; label++) {
        if (series->row->labels[label] != METRIC_LABEL_NOTHING)
            render_label(metric_label_name(series->row->labels[label]), value_of(series, label),
                         &is_first, buffer);
    }
    if (bound != NULL)
        render_label("le", bound, &is_first, buffer);
    if (!is_first)
        evbuffer_add_printf(buffer, "}");
}

static void render_label(const char *name, const char *value, bool *is_first,
                         struct evbuffer *buffer)
{
    evbuffer_add_printf(buffer, "%s%s=\"", *is_first ? "{" : ",", name);
    render_escaped(value, buffer);
    evbuffer_add_printf(buffer, "\"");
    *is_first = false;
}

void render_escaped(const char *text, struct evbuffer *buffer)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            evbuffer_add(buffer, "\\n", 2);
        else if (*text == '"' || *text == '\\')
            evbuffer_add_printf(buffer, "\\%c", *text);
        else
            evbuffer_add(buffer, text, 1);
    }
}

static const char *value_of(const struct series *series, unsigned label)
{
    enum metric_label id = series->row->labels[label];

    if (id == METRIC_LABEL_VERSION)
        return series->source->version;
    if (id == METRIC_LABEL_LEVEL)
        return series->source->levels[series->role];
    if (id == METRIC_LABEL_LEASE)
        return series->source->lease;
    return metric_label_value(id, label == 0 ? series->a : series->b);
}

/* Not in floating point, whose text depends on the locale and loses digits. */
static void render_number(const struct metric_row *row, uint64_t number, struct evbuffer *buffer)
{
    if (row->unit == METRIC_UNIT_AGE)
        number = age_of(number);
    if (row->unit == METRIC_UNIT_SECONDS || row->unit == METRIC_UNIT_AGE)
        evbuffer_add_printf(buffer, "%" PRIu64 ".%06" PRIu64, number / 1000000, number % 1000000);
    else
        evbuffer_add_printf(buffer, "%" PRIu64, number);
}

static uint64_t age_of(uint64_t moment)
{
    const uint64_t now = metric_now();

    return moment != 0 && moment < now ? now - moment : 0;
}

static bool is_of_daemon(const struct metric_row *row)
{
    return row->roles == METRIC_OF_DAEMON;
}
