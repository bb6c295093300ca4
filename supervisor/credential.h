/* A role's credential: which API server, whom to trust, who we are. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIAL_H
#define TLSROUTED_SUPERVISOR_CREDENTIAL_H

#include "supervisor/config.h"
#include "supervisor/exec_plugin.h"
#include "supervisor/kubeconfig.h"

#include <stdbool.h>
#include <stdint.h>

struct credential {
    char *server; /* https://HOST[:PORT][/PREFIX], no slash at its end, at most 1024 bytes */
    char *proxy;  /* http://HOST:PORT on the way to it, or NULL */
    char *ca_pem; /* trust anchors, at most 512 KiB */
    char *token;  /* or NULL; at most 16 KiB */
    char *certificate_pem;      /* client certificate, or NULL; at most 32 KiB */
    char *key_pem;              /* its key, or NULL; at most 16 KiB */
    struct exec_plugin *plugin; /* that gives who we are, or NULL */
    uint64_t expires;           /* the token or certificate, in seconds since 1970; 0: not known */
    bool comes_later;           /* who we are is not in a file: it is given by credential_give() */
    char *namespace;            /* of the minter: the ServiceAccounts', else NULL */
};

/* Reads what CONFIG says for ROLE: a kubeconfig, or the in-cluster files. On success returns NULL
 * and fills *CREDENTIAL, to be released with credential_clear(). Otherwise returns one line that
 * says what is wrong, in which file, and what to do (the caller frees it). */
char *credential_read(const struct config *config, enum role role, struct credential *credential);

/* The same from the kubeconfig at PATH alone, with its context CONTEXT or, for NULL, its
 * current-context; one that does not say by itself who we are, but has an exec plugin, is an error.
 * ASKER is for errors. */
char *credential_read_kubeconfig(const char *path, const char *context,
                                 const struct kubeconfig_asker *asker,
                                 struct credential *credential);

/* Whether it says who we are already. */
bool credential_is_complete(const struct credential *credential);

/* Replaces who we are in CREDENTIAL by copies of these, NULL or "" for what there is not, good for
 * so many seconds (0: without an end), and wipes what was there. Returns false, changing nothing,
 * if they are neither a token of printable ASCII without spaces nor a certificate with its key, or
 * too long. */
bool credential_give(struct credential *credential, const char *token, const char *certificate_pem,
                     const char *key_pem, uint64_t seconds);

/* Moves who we are from FROM, if it was given, to TO, if it comes later there too. */
void credential_keep(struct credential *to, struct credential *from);

/* Wipes and frees. */
void credential_clear(struct credential *credential);

/* What connections are opened to for it: the proxy, or else the server. Owned by CREDENTIAL. */
const char *credential_endpoint(const struct credential *credential);

/* Whether both name the same server, the same proxy and the same trust anchors (a change needs a
 * new worker), and whether both are the same identity (a change is sent to the running worker). */
bool credential_same_server(const struct credential *a, const struct credential *b);
bool credential_same_identity(const struct credential *a, const struct credential *b);

#endif
