/* SPDX-License-Identifier: Apache-2.0 */
/* Two of one configuration write the same, so nothing is ever wrong with a Pool: it only costs
 * twice the requests, until one of them is upgraded or configured anew. A single write proves
 * little, as one of ours may have been carried out though its answer was lost; so it has to happen
 * as often as a contention does. */
#include "reconciler/work/duplicate.h"

#include "common/base/log.h"
#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>

static const uint64_t matter = 1; /* the objects of Pools: it is the only one */

void duplicate_noticed(struct duplicate *duplicate, const char *key, time_t now)
{
    char *namespace = key_namespace(key);

    duplicate->contention.rule = CONTENTION_DUPLICATE;
    contention_disturbed(&duplicate->contention, matter, now);
    if (!duplicate->is_reported &&
        contention_remaining(&duplicate->contention, matter, false, now) > 0) {
        duplicate->is_reported = true;
        log_warning(
            "another tlsrouted writes what this one writes, without sharing its Lease; give "
            "both the same lease, or other namespaces or another poolSelector to one of "
            "them",
            LOG_TEXT("namespace", namespace), LOG_TEXT("name", key_name(key)));
    }
    free(namespace);
}

void duplicate_check(struct duplicate *duplicate, time_t now)
{
    if (!duplicate->is_reported ||
        contention_remaining(&duplicate->contention, matter, false, now) > 0)
        return;
    duplicate->is_reported = false;
    log_info("the other tlsrouted has written nothing for a while",
             LOG_TEXT("reason", "its writes are not noticed any more"));
}
