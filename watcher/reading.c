/* SPDX-License-Identifier: Apache-2.0 */
/* A watch for each namespace needs the fewest rights, and sees a change at once. The other ways
 * give up one of these each, and are for where there are not connections enough. */
#include "watcher/reading.h"

static const enum reading next[READINGS][READING_CAUSES] = {
    [READING_APART] = {[READING_CROWDED] = READING_JOINED,
                       [READING_FORBIDDEN] = READING_APART,
                       [READING_ALLOWED] = READING_APART,
                       [READING_SHARED] = READING_APART},
    [READING_JOINED] = {[READING_CROWDED] = READING_JOINED,
                        [READING_FORBIDDEN] = READING_IN_TURN,
                        [READING_ALLOWED] = READING_JOINED,
                        [READING_SHARED] = READING_APART},
    [READING_IN_TURN] = {[READING_CROWDED] = READING_IN_TURN,
                         [READING_FORBIDDEN] = READING_IN_TURN,
                         [READING_ALLOWED] = READING_JOINED,
                         [READING_SHARED] = READING_APART},
};

enum reading reading_after(enum reading now, enum reading_cause cause)
{
    return next[now][cause];
}
