/* SPDX-License-Identifier: Apache-2.0 */
/* What concerns all parts of the reconciler at once, whoever asks for it: the watcher's lists, a
 * new certpatcher, or the Lease. */
#include "reconciler/reconciler.h"

void reconciler_recheck(struct reconciler *reconciler)
{
    store_touch_all(&reconciler->world.store);
    injections_recheck(&reconciler->injections);
}
