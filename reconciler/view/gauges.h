/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler's gauges: what the world looks like now. */
#ifndef TLSROUTED_RECONCILER_VIEW_GAUGES_H
#define TLSROUTED_RECONCILER_VIEW_GAUGES_H

#include "reconciler/reconciler.h"

/* Sets them. Looks at every Pool once, which 10,000 of them make a millisecond's work. */
void measure_world(struct reconciler *reconciler);

#endif
