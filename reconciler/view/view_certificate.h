/* SPDX-License-Identifier: Apache-2.0 */
/* The row about a Certificate. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_CERTIFICATE_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_CERTIFICATE_H

#include "reconciler/view/row.h"

view_rows view_certificate;

#endif
