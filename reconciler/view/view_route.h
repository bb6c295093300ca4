/* SPDX-License-Identifier: Apache-2.0 */
/* The row about a TLSRoute. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_ROUTE_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_ROUTE_H

#include "reconciler/view/row.h"

view_rows view_route;

#endif
