/* SPDX-License-Identifier: Apache-2.0 */
/* What a process counts: the counters, gauges and histograms of the table in metrics.h.
 *
 * Every label has a fixed list of values, so that all series of all metrics have fixed places in
 * one array of numbers, and nothing from outside can create another one. There is one array in a
 * process, just as there is one log. */
#ifndef TLSROUTED_COMMON_MESSAGE_METRIC_H
#define TLSROUTED_COMMON_MESSAGE_METRIC_H

#include "common/message/metrics.h"
#include "common/message/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type {
    METRIC_TYPE_COUNTER,
    METRIC_TYPE_GAUGE,
    METRIC_TYPE_HISTOGRAM,
    METRIC_TYPE_INFO
};

enum metric_unit {
    METRIC_UNIT_NONE,
    METRIC_UNIT_SECONDS,
    METRIC_UNIT_SINCE_1970,
    METRIC_UNIT_AGE,
    METRIC_UNIT_BYTES
};

#define METRIC_ENUM(ID, name, TYPE, UNIT, roles, A, B, help) METRIC_##ID,
enum metric {
    METRICS(METRIC_ENUM) METRIC_COUNT
};
#undef METRIC_ENUM

#define METRIC_LABEL_ENUM(ID, ...) METRIC_LABEL_##ID,
enum metric_label {
    METRIC_LABELS(METRIC_LABEL_ENUM) METRIC_LABEL_COUNT
};
#undef METRIC_LABEL_ENUM

#define METRIC_VALUES_OF(ID, name, ...)                                                            \
    METRIC_##ID##_VALUES = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),
enum {
    METRIC_LABELS(METRIC_VALUES_OF)
};
#undef METRIC_VALUES_OF

#define METRIC_BUCKET_ENUM(bound, text) +1
enum {
    METRIC_BUCKET_COUNT = 0 METRIC_BUCKETS(METRIC_BUCKET_ENUM),
    /* numbers of a series; a histogram has one for each bucket, and the sum */
    METRIC_COUNTER_CELLS = 1,
    METRIC_GAUGE_CELLS = 1,
    METRIC_INFO_CELLS = 1,
    METRIC_HISTOGRAM_CELLS = METRIC_BUCKET_COUNT + 1,
};
#undef METRIC_BUCKET_ENUM

/* Gives each metric its place in the array. */
#define METRIC_MEMBER(ID, name, TYPE, UNIT, roles, A, B, help)                                     \
    uint64_t ID[METRIC_##A##_VALUES * METRIC_##B##_VALUES * METRIC_##TYPE##_CELLS];
struct metric_layout {
    METRICS(METRIC_MEMBER)
};
#undef METRIC_MEMBER

#define METRIC_SERIES (sizeof(struct metric_layout) / sizeof(uint64_t)) /* numbers in all */

struct metric_row {
    const char *name, *help;
    enum metric_type type;
    enum metric_unit unit;
    unsigned roles; /* the set of those that count it, or METRIC_OF_DAEMON */
    enum metric_label labels[2];
    size_t first, count; /* its numbers */
};

/* The values of the labels that the code uses by number. */
enum metric_queue {
    METRIC_QUEUES(METRIC_CONSTANT)
};
enum metric_result {
    METRIC_RESULTS(METRIC_CONSTANT)
};
enum metric_route_state {
    METRIC_ROUTE_STATES(METRIC_CONSTANT)
};
enum metric_certificate_state {
    METRIC_CERTIFICATE_STATES(METRIC_CONSTANT)
};

/* Adds AMOUNT to a counter, or sets a gauge to VALUE. A and B are the numbers of the values of its
 * labels, 0 where it has none; numbers that do not exist are a mistake of ours and abort. */
void metric_add(enum metric metric, unsigned a, unsigned b, uint64_t amount);
void metric_set(enum metric metric, unsigned a, unsigned b, uint64_t value);

/* Counts in a histogram something that took MICROSECONDS. A is as above. */
void metric_observe(enum metric metric, unsigned a, uint64_t microseconds);

/* The number of the value of the label CODE for the HTTP status STATUS, 0 if there was no response.
 */
unsigned metric_code(int status);

/* The row of METRIC. */
const struct metric_row *metric_row(enum metric metric);

/* The name of LABEL, its value number VALUE, and how many values it has. */
const char *metric_label_name(enum metric_label label);
const char *metric_label_value(enum metric_label label, unsigned value);
unsigned metric_label_values(enum metric_label label);

/* The upper bound of bucket number BUCKET in seconds, as text. */
const char *metric_bucket_text(unsigned bucket);

/* Whether ROLE, which counts METRIC, can count it with the labels A and B, as above. */
bool metric_is_possible(enum metric metric, enum role role, unsigned a, unsigned b);

/* Whether ROLE counts the metric that the number at SERIES belongs to. */
bool metric_is_from(size_t series, enum role role);

/* Finds the first number of this process, from *SERIES on, that differs from the one in REPORTED,
 * METRIC_SERIES of them. Sets *SERIES to its place and copies it to REPORTED. Returns false if
 * there is none. */
bool metric_next_change(uint64_t *reported, size_t *series);

/* Monotonic microseconds. */
uint64_t metric_now(void);

#endif
