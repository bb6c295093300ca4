/* SPDX-License-Identifier: Apache-2.0 */
/* Counting costs an addition in an array: so it can be done anywhere, even where a process is busy,
 * and needs no clean-up. Only what changed is sent on. */
#include "common/message/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t *cell(enum metric, unsigned a, unsigned b);

static uint64_t numbers[METRIC_SERIES];

#define METRIC_TABLE(ID, its_name, TYPE, UNIT, its_roles, A, B, its_help)                          \
    [METRIC_##ID] = {.name = its_name,                                                             \
                     .help = its_help,                                                             \
                     .type = METRIC_TYPE_##TYPE,                                                   \
                     .unit = METRIC_UNIT_##UNIT,                                                   \
                     .roles = its_roles,                                                           \
                     .labels = {METRIC_LABEL_##A, METRIC_LABEL_##B},                               \
                     .first = offsetof(struct metric_layout, ID) / sizeof(uint64_t),               \
                     .count = sizeof(((struct metric_layout *)NULL)->ID) / sizeof(uint64_t)},
static const struct metric_row rows[METRIC_COUNT] = {METRICS(METRIC_TABLE)};

#define LABEL_VALUES(ID, its_name, ...) static const char *const ID##_values[] = {__VA_ARGS__};
METRIC_LABELS(LABEL_VALUES)

#define LABEL_TABLE(ID, its_name, ...)                                                             \
    [METRIC_LABEL_##ID] = {its_name, ID##_values, METRIC_##ID##_VALUES},
static const struct {
    const char *name;
    const char *const *values;
    unsigned count;
} labels[METRIC_LABEL_COUNT] = {METRIC_LABELS(LABEL_TABLE)};

#define BUCKET_TABLE(its_bound, its_text) {its_bound, its_text},
static const struct {
    uint64_t bound;
    const char *text;
} buckets[METRIC_BUCKET_COUNT] = {METRIC_BUCKETS(BUCKET_TABLE)};

#define IMPOSSIBLE_TABLE(ID, ROLE, LABEL, its_value)                                               \
    {METRIC_##ID, ROLE_##ROLE, METRIC_LABEL_##LABEL, its_value},
static const struct {
    enum metric metric;
    enum role role;
    enum metric_label label;
    unsigned value;
} impossible[] = {METRIC_IMPOSSIBLE(IMPOSSIBLE_TABLE)};

void metric_add(enum metric metric, unsigned a, unsigned b, uint64_t amount)
{
    *cell(metric, a, b) += amount;
}

void metric_set(enum metric metric, unsigned a, unsigned b, uint64_t value)
{
    *cell(metric, a, b) = value;
}

void metric_observe(enum metric metric, unsigned a, uint64_t microseconds)
{
    uint64_t *cells = cell(metric, a, 0);
    unsigned bucket = 0;

    while (microseconds > buckets[bucket].bound)
        bucket++;
    cells[bucket]++;
    cells[METRIC_BUCKET_COUNT] += microseconds;
}

unsigned metric_code(int status)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", status);
    for (unsigned i = 0; i + 2 < METRIC_CODE_VALUES; i++) {
        if (strcmp(CODE_values[i], text) == 0)
            return i;
    }
    return status != 0 ? METRIC_CODE_VALUES - 2 : METRIC_CODE_VALUES - 1;
}

const struct metric_row *metric_row(enum metric metric)
{
    return &rows[metric];
}

const char *metric_label_name(enum metric_label label)
{
    return labels[label].name;
}

const char *metric_label_value(enum metric_label label, unsigned value)
{
    return labels[label].values[value];
}

unsigned metric_label_values(enum metric_label label)
{
    return labels[label].count;
}

const char *metric_bucket_text(unsigned bucket)
{
    return buckets[bucket].text;
}

bool metric_is_possible(enum metric metric, enum role role, unsigned a, unsigned b)
{
    const enum metric_label first = rows[metric].labels[0];

    for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
        if (impossible[i].metric == metric && impossible[i].role == role &&
            impossible[i].value == (impossible[i].label == first ? a : b))
            return false;
    }
    return true;
}

bool metric_is_from(size_t series, enum role role)
{
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        if (series >= rows[metric].first && series - rows[metric].first < rows[metric].count)
            return role_is_in(role, rows[metric].roles);
    }
    return false;
}

bool metric_next_change(uint64_t *reported, size_t *series)
{
    while (*series < METRIC_SERIES && reported[*series] == numbers[*series])
        (*series)++;
    if (*series == METRIC_SERIES)
        return false;
    reported[*series] = numbers[*series];
    return true;
}

uint64_t metric_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t *cell(enum metric metric, unsigned a, unsigned b)
{
    const struct metric_row *row = &rows[metric];
    unsigned count_b = labels[row->labels[1]].count;

    if (a >= labels[row->labels[0]].count || b >= count_b)
        abort();
    return &numbers[row->first +
                    (a * count_b + b) *
                        (row->type == METRIC_TYPE_HISTOGRAM ? (size_t)METRIC_HISTOGRAM_CELLS : 1)];
}
