/* SPDX-License-Identifier: Apache-2.0 */
/* What a process counts: counters, gauges and histograms, as the table in metrics.h has them.
 *
 * Every label has a fixed list of values, so that all series of all metrics have fixed places in
 * one array of numbers: nothing that comes from outside can make a new one. The array is the
 * process's own, as its log is. */
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
    METRIC_UNIT_BYTES
};

#define METRIC_ENUM(ID, name, TYPE, UNIT, from, A, B, help) METRIC_##ID,
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
    /* of one series; that of a histogram is its buckets, each for itself, and its sum */
    METRIC_COUNTER_CELLS = 1,
    METRIC_GAUGE_CELLS = 1,
    METRIC_INFO_CELLS = 1,
    METRIC_HISTOGRAM_CELLS = METRIC_BUCKET_COUNT + 1,
};
#undef METRIC_BUCKET_ENUM

/* Only for its layout. */
#define METRIC_MEMBER(ID, name, TYPE, UNIT, from, A, B, help)                                      \
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
    unsigned from; /* set of roles */
    enum metric_label labels[2];
    size_t first, count; /* its numbers */
};

/* The values of the labels that the code knows by number. */
enum metric_queue {
    METRIC_QUEUE_POOLS,
    METRIC_QUEUE_CERTIFICATES
};
enum metric_result {
    METRIC_RESULT_SUCCESS,
    METRIC_RESULT_ERROR,
    METRIC_RESULT_LATER,
    METRIC_RESULT_REFUSED
};
enum metric_route_state {
    METRIC_ROUTE_DISABLED,
    METRIC_ROUTE_SATISFIED,
    METRIC_ROUTE_CONFLICT,
    METRIC_ROUTE_NOT_ACCEPTED,
    METRIC_ROUTE_FAILED,
    METRIC_ROUTE_UNSATISFIED
};
enum metric_certificate_state {
    METRIC_CERTIFICATE_RIGHT,
    METRIC_CERTIFICATE_WITHDRAWING,
    METRIC_CERTIFICATE_CONTESTED,
    METRIC_CERTIFICATE_FULL
};

/* Counts AMOUNT more, or sets a gauge, in the series with the values number A and B of its labels
 * (0 where it has none). Numbers that do not exist are a mistake of ours and abort. */
void metric_add(enum metric metric, unsigned a, unsigned b, uint64_t amount);
void metric_set(enum metric metric, unsigned a, unsigned b, uint64_t value);

/* Something with the label's value A took so many MICROSECONDS. */
void metric_observe(enum metric metric, unsigned a, uint64_t microseconds);

/* The number of the value of the label CODE for an HTTP STATUS, 0 for none at all. */
unsigned metric_code(int status);

/* The row of METRIC. */
const struct metric_row *metric_row(enum metric metric);

/* The name of LABEL and its value number VALUE, and how many it has. */
const char *metric_label_name(enum metric_label label);
const char *metric_label_value(enum metric_label label, unsigned value);
unsigned metric_label_values(enum metric_label label);

/* The upper bound of bucket number BUCKET, as it is written. */
const char *metric_bucket_text(unsigned bucket);

/* Whether the number at SERIES is ROLE's to say. */
bool metric_is_from(size_t series, enum role role);

/* Finds the next of this process's numbers, from *SERIES on, that differs from the one in TOLD,
 * METRIC_SERIES of them, and sets *SERIES to it and that one to its value. Returns false if there
 * is none. */
bool metric_next_change(uint64_t *told, size_t *series);

/* Monotonic microseconds. */
uint64_t metric_now(void);

#endif
