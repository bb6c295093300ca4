/* SPDX-License-Identifier: Apache-2.0 */
/* Answers queries about what the reconciler knows. */
#ifndef TLSROUTED_RECONCILER_VIEW_VIEW_H
#define TLSROUTED_RECONCILER_VIEW_VIEW_H

#include "reconciler/view/row.h"

/* Writes the page that ANSWER's query asks for, or sets its problem. */
void view_answer(struct answer *answer, const struct view_sources *sources);

#endif
