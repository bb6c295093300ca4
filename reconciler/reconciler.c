/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns all parts of the reconciler at once, whoever asks for it: the watcher's lists, a
 * new certpatcher, or the Lease. */
#include "reconciler/reconciler.h"

enum {
    WALK_AT_ONCE = 256 /* objects before the loop turns */
};

void reconciler_recheck(struct reconciler *reconciler)
{
    if (gather_goes_on(&reconciler->gather))
        return;
    store_recheck_all(&reconciler->world.store);
    injections_recheck(&reconciler->injections);
    reconciler_walk(-1, 0, reconciler);
}

void reconciler_walk(evutil_socket_t socket, short events, void *context)
{
    static const struct timeval at_once = {0, 0};
    struct reconciler *reconciler = context;
    bool is_due = (events & EV_TIMEOUT) != 0;

    (void)socket;
    if (!store_step(&reconciler->world.store, is_due ? WALK_AT_ONCE : 0))
        gather_queued(&reconciler->gather);
    else if (!event_pending(reconciler->walk, EV_TIMEOUT, NULL))
        event_add(reconciler->walk, &at_once);
}
