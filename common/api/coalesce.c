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
    SHORT_LIST = 4, /* comes in so many reads */
    SILENCE = 4,    /* reads that it takes off a row */
    PARTS_MAX = 16, /* an answer of so many parts is long */
    AT_ONCE_MICROSECONDS = 200,
    SOON_MICROSECONDS = 10000,
    LATE_MICROSECONDS = 50000,
};

static unsigned row_after(struct coalesce *, uint64_t gap);
static unsigned lists_after(unsigned lists, const struct coalesce_load *);
static unsigned rest_after(const struct coalesce *, const struct coalesce_load *);

unsigned coalesce_read(struct coalesce *coalesce, uint64_t begin, uint64_t end,
                       const struct coalesce_load *load)
{
    coalesce->row = row_after(coalesce, begin - coalesce->last);
    coalesce->lists = lists_after(coalesce->lists, load);
    coalesce->last = end;
    coalesce->rest = rest_after(coalesce, load);
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

static unsigned lists_after(unsigned lists, const struct coalesce_load *load)
{
    if (load->lists == 0)
        return 0;
    return lists <= SHORT_LIST ? lists + 1 : lists;
}

static unsigned rest_after(const struct coalesce *coalesce, const struct coalesce_load *load)
{
    const bool are_few = load->requests > 0 && load->requests < FEW_REQUESTS;

    if (load->reads > 0)
        return 0;
    if (coalesce->lists > SHORT_LIST)
        return API_REST_MILLISECONDS;
    if (are_few || coalesce->row < ROW)
        return 0;
    return coalesce->row < BULK ? API_REST_MILLISECONDS : API_BULK_REST_MILLISECONDS;
}
