/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to one request, with what HTTP/2 says beside it, is far from a row, and a few dozen
 * changes are far from a bulk. */
#include "common/api/coalesce.h"

#include "common/base/delays.h"

#include <stdbool.h>

enum {
    ROW = 8,
    BULK = 64,
    ROW_MAX = 96,
    FEW_REQUESTS = 8,
    SILENCE = 4,    /* reads that it takes off a row */
    PARTS_MAX = 16, /* an answer of so many parts is long */
    AT_ONCE_MICROSECONDS = 200,
    SOON_MICROSECONDS = 10000,
    LATE_MICROSECONDS = 50000,
};

static unsigned row_after(struct coalesce *, uint64_t gap);
static unsigned rest_after(unsigned row);

unsigned coalesce_read(struct coalesce *coalesce, uint64_t begin, uint64_t end, unsigned requests)
{
    const bool are_few = requests > 0 && requests < FEW_REQUESTS;

    coalesce->row = row_after(coalesce, begin - coalesce->last);
    coalesce->last = end;
    coalesce->rest = are_few ? 0 : rest_after(coalesce->row);
    return coalesce->rest;
}

void coalesce_end(struct coalesce *coalesce)
{
    coalesce->row = 0;
    coalesce->rest = 0;
}

static unsigned row_after(struct coalesce *coalesce, uint64_t gap)
{
    const uint64_t rest = 1000 * coalesce->rest;
    const unsigned row = coalesce->row;

    if (gap < AT_ONCE_MICROSECONDS)
        return ++coalesce->parts < PARTS_MAX ? row : 0;
    coalesce->parts = 0;
    if (gap > LATE_MICROSECONDS + rest)
        return 0;
    if (gap > SOON_MICROSECONDS + rest)
        return row > SILENCE ? row - SILENCE : 0;
    return row < ROW_MAX ? row + 1 : ROW_MAX;
}

static unsigned rest_after(unsigned row)
{
    if (row >= BULK)
        return API_BULK_REST_MILLISECONDS;
    return row >= ROW ? API_REST_MILLISECONDS : 0;
}
