/* SPDX-License-Identifier: Apache-2.0 */
/* Identities that come while tlsrouted runs: from the minter, from exec plugins, and from files
 * when the API server has refused the one before. */
#ifndef TLSROUTED_SUPERVISOR_RENEWAL_H
#define TLSROUTED_SUPERVISOR_RENEWAL_H

#include "supervisor/reload.h"

/* Handles the UNAUTHORIZED and TOKEN messages of RELOAD's workers; RELOAD, which has the
 * credentials, is borrowed. */
void renewal_register(struct reload *reload);

/* The minter has been greeted: it is to request tokens for all workers that have an account. */
void renewal_mint(struct reload *reload, struct child *minter);

/* For exec_plugins_new(), whose context is the struct reload. */
exec_plugins_result renewal_from_plugin;

#endif
