/* The credentials of all roles: ROLE_WORKERS of them, by enum role; that of a role which needs none
 * is empty. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_H

#include "supervisor/credential.h"

/* Reads what CONFIG says for every role that it has into CREDENTIALS, to be released with
 * credentials_clear(). Where CONFINED, an exec plugin is an error, since nobody could run it.
 * Returns NULL, or one line that says what is wrong (the caller frees it): then all are empty. */
char *credentials_read(const struct config *config, bool confined, struct credential *credentials);

/* Whether an exec plugin is to give one of them. */
bool credentials_have_plugin(const struct credential *credentials);

/* Wipes and frees. */
void credentials_clear(struct credential *credentials);

#endif
