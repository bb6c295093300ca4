/* A role's credential: which API server, whom to trust, who we are. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIAL_H
#define TLSROUTED_SUPERVISOR_CREDENTIAL_H

#include "supervisor/config.h"
#include "supervisor/kubeconfig.h"

#include <stdbool.h>

struct credential {
    char *server; /* https://HOST[:PORT][/PREFIX], no slash at its end, at most 1024 bytes */
    char *ca_pem; /* trust anchors, at most 512 KiB */
    char *token;  /* or NULL; at most 16 KiB */
    char *certificate_pem; /* client certificate, or NULL; at most 32 KiB */
    char *key_pem;         /* its key, or NULL; at most 16 KiB */
};

/* Reads what CONFIG says for ROLE: a kubeconfig, or the in-cluster files. On success returns NULL
 * and fills *CREDENTIAL, to be released with credential_clear(). Otherwise returns one line that
 * says what is wrong, in which file, and what to do (the caller frees it). */
char *credential_read(const struct config *config, enum role role, struct credential *credential);

/* The same from the kubeconfig at PATH alone, with its context CONTEXT or, for NULL, its
 * current-context. ASKER is for errors. */
char *credential_read_kubeconfig(const char *path, const char *context,
                                 const struct kubeconfig_asker *asker,
                                 struct credential *credential);

/* Wipes and frees. */
void credential_clear(struct credential *credential);

/* Whether both name the same server and the same trust anchors (a change needs a new worker), and
 * whether both are the same identity (a change is sent to the running worker). */
bool credential_same_server(const struct credential *a, const struct credential *b);
bool credential_same_identity(const struct credential *a, const struct credential *b);

#endif
