/* SPDX-License-Identifier: Apache-2.0 */
/* Every program does this first, whether it will be confined or not: a secret that has been read
 * cannot be hidden afterwards. */
#include "common/base/privacy.h"

#include <sys/prctl.h>
#include <sys/resource.h>

int privacy_begin(void)
{
    static const struct rlimit none = {0, 0};

    /* A process that is not dumpable dumps no core either; the limit is a second lock. */
    (void)setrlimit(RLIMIT_CORE, &none);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
