/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to one request, with what HTTP/2 says beside it, is far from a row. */
#include "common/api/coalesce.h"

#include "common/base/delays.h"

enum {
    ROW = 8,
    AT_ONCE_MICROSECONDS = 200, /* less than that: it waited to be read already */
    SOON_MICROSECONDS = 10000,
};

_Static_assert(SOON_MICROSECONDS > 1000 * API_REST_MILLISECONDS, "a row goes on after a rest");

bool coalesce_read(struct coalesce *coalesce, uint64_t begin, uint64_t end)
{
    const uint64_t gap = begin - coalesce->last;

    if (gap < AT_ONCE_MICROSECONDS || gap > SOON_MICROSECONDS)
        coalesce->row = 0;
    else if (coalesce->row < ROW)
        coalesce->row++;
    coalesce->last = end;
    return coalesce->row == ROW;
}
