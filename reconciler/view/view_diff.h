/* SPDX-License-Identifier: Apache-2.0 */
/* The rows about what would be written now: for a Pool up to two, for a Certificate up to one. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_DIFF_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_DIFF_H

#include "reconciler/view/row.h"

view_rows view_diff;             /* of a Pool */
view_rows view_certificate_diff; /* of a Certificate */

#endif
