/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration that is read again means for the processes that run with the old one. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CHANGE_H
#define TLSROUTED_SUPERVISOR_CONFIG_CHANGE_H

#include "supervisor/config/config.h"

/* Why NOW cannot be used without a restart of tlsrouted, in one line that the caller frees; NULL if
 * it can. */
char *config_change_problem(const struct config *now, const struct config *old);

/* Puts back in NOW what stays until a restart of tlsrouted, and warns of each such key that
 * differs. Returns these keys, in one line that the caller frees; NULL if there are none. */
char *config_change_keep(struct config *now, const struct config *old);

/* The namespaces that OLD serves and NOW does not, in one line that the caller frees; NULL if there
 * are none. What was written there stays. */
char *config_change_left(const struct config *now, const struct config *old);

/* Whether ROLE's worker, which has the settings of OLD, needs a new start to work by NOW. */
bool config_change_restarts(const struct config *now, const struct config *old, enum role role);

#endif
