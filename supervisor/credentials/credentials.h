/* SPDX-License-Identifier: Apache-2.0 */
/* The credentials of all workers: ROLE_WORKERS of them, by enum role; that of a worker that needs
 * none is empty. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_CREDENTIALS_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_CREDENTIALS_H

#include "common/kubeconfig/credential.h"
#include "supervisor/config/config.h"

/* Reads what CONFIG says for every worker that it has into CREDENTIALS, to be released with
 * credentials_clear(). If the supervisor is CONFINED, an exec plugin is an error: it could not run
 * it. Returns NULL, or one line that says what is wrong (the caller frees it): then all are empty.
 */
char *credentials_read(const struct config *config, bool confined, struct credential *credentials);

/* Reads what CONFIG says for ROLE: a kubeconfig, or the files of a pod. On success returns NULL and
 * fills *CREDENTIAL, to be released with credential_clear(). Otherwise returns one line that says
 * what is wrong, in which file, and what to do (the caller frees it). */
char *credentials_read_role(const struct config *config, enum role role,
                            struct credential *credential);

/* Whether one of them comes from an exec plugin. */
bool credentials_have_plugin(const struct credential *credentials);

/* Wipes and frees. */
void credentials_clear(struct credential *credentials);

#endif
