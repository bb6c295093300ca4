/* SPDX-License-Identifier: Apache-2.0 */
/* The rows about Pools: in a list, with everything about each, and with what stands around each. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_POOL_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_POOL_H

#include "reconciler/view/row.h"

view_rows view_pool, view_explain, view_graph;

#endif
