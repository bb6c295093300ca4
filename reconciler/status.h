/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler's report to the supervisor. */
#ifndef TLSROUTED_RECONCILER_STATUS_H
#define TLSROUTED_RECONCILER_STATUS_H

#include "reconciler/reconciler.h"

/* Makes RECONCILER's report timer. */
void status_init(struct reconciler *reconciler);

/* Something has changed that the report shows: it is sent soon, once for many changes. CONTEXT is
 * the reconciler. */
void status_changed(void *context);

/* Whether there is so much to do that Events would keep it waiting. CONTEXT is the reconciler. */
bool status_is_busy(const void *context);

#endif
