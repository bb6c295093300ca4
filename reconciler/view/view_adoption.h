/* SPDX-License-Identifier: Apache-2.0 */
/* A Certificate's names that are in no ledger, and whether tlsrouted can adopt them. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_ADOPTION_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_ADOPTION_H

#include "reconciler/view/row.h"

view_rows view_adoption;

#endif
