/* SPDX-License-Identifier: Apache-2.0 */
/* A role's credential: which API server, whom to trust, who we are. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_CREDENTIAL_H
#define TLSROUTED_COMMON_KUBECONFIG_CREDENTIAL_H

#include "common/kubeconfig/exec_plugin.h"
#include "common/kubeconfig/kubeconfig.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a role's credential comes from: exactly one of kubeconfig, token_file and account is set;
 * none for the minter where no tokens are requested. */
struct credential_source {
    char *kubeconfig; /* path */
    char *context;    /* of the kubeconfig; NULL: its current-context */
    char *token_file; /* path; the API server is then the one of the configuration */
    char *account;    /* the ServiceAccount that the minter gets tokens of */
};

struct credential {
    char *server; /* https://HOST[:PORT][/PREFIX], no slash at its end, at most 1024 bytes */
    char *proxy;  /* http://HOST:PORT on the way to it, or NULL */
    char *ca_pem; /* trust anchors, at most 512 KiB */
    char *token;  /* or NULL; at most 16 KiB */
    char *certificate_pem;      /* client certificate, or NULL; at most 32 KiB */
    char *key_pem;              /* its key, or NULL; at most 16 KiB */
    struct exec_plugin *plugin; /* that gives who we are, or NULL */
    uint64_t expires;           /* the token or certificate, in seconds since 1970; 0: not known */
    bool comes_later; /* who we are is not in a file: it is given by credential_set_identity() */
    char *namespace;  /* of the minter: the ServiceAccounts', else NULL */
};

/* Reads the kubeconfig at PATH as kubeconfig_read() does; where it names no authorities for its
 * server, SOURCES names those of the system. */
char *credential_sources(const char *path, const char *context,
                         const struct kubeconfig_origin *origin, struct kubeconfig *sources);

/* Reads what SOURCES name, and takes their exec plugin over. On success returns NULL and fills
 * *CREDENTIAL, to be released with credential_clear(). Otherwise returns one line that says what is
 * wrong, in which file, and what to do (the caller frees it); *CREDENTIAL is to be released too. */
char *credential_read(struct kubeconfig *sources, struct credential *credential);

/* Reads the kubeconfig at PATH and all that it names, with its context CONTEXT or, for NULL, its
 * current-context; one that does not say by itself who we are, but has an exec plugin, is an error.
 * ASKER is for errors. The result is that of credential_read(), but for an error there is nothing
 * to release. */
char *credential_read_kubeconfig(const char *path, const char *context,
                                 const struct kubeconfig_origin *origin,
                                 struct credential *credential);

/* Whether it says who we are already. */
bool credential_is_complete(const struct credential *credential);

/* Replaces who we are in CREDENTIAL by copies of these, NULL or "" for what there is not, good for
 * so many seconds (0: without an end), and wipes what was there. Returns false, changing nothing,
 * if they are neither a token of printable ASCII without spaces nor a certificate with its key, or
 * too long. */
bool credential_set_identity(struct credential *credential, const char *token,
                             const char *certificate_pem, const char *key_pem, uint64_t seconds);

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
