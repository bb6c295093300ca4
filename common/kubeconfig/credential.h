/* SPDX-License-Identifier: Apache-2.0 */
/* A credential: which API server, whom to trust, and our identity (token or client certificate). */
#ifndef TLSROUTED_COMMON_KUBECONFIG_CREDENTIAL_H
#define TLSROUTED_COMMON_KUBECONFIG_CREDENTIAL_H

#include "common/kubeconfig/exec_plugin.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/message/message.h"

#include <stdbool.h>
#include <stdint.h>

struct credential {
    char *server;       /* https://HOST[:PORT][/PREFIX], no slash at its end, at most 1024 bytes */
    char *proxy;        /* SCHEME://HOST:PORT on the way to it, as by address_proxy(), or NULL */
    char *tls_name;     /* that its certificate is for, if not its host; or NULL */
    char *ca_pem;       /* trust anchors, at most 512 KiB */
    bool trusts_system; /* these are the system's */
    char *token;        /* or NULL; at most 16 KiB */
    char *certificate_pem;      /* client certificate, or NULL; at most 32 KiB */
    char *key_pem;              /* its key, or NULL; at most 16 KiB */
    struct exec_plugin *plugin; /* that gives the identity, or NULL */
    uint64_t expires;           /* the token or certificate, in seconds since 1970; 0: not known */
    bool comes_later; /* the identity is not in a file: credential_set_identity() gives it */
    char *namespace;  /* of the minter: that of the ServiceAccounts; else NULL */
};

/* Reads what KUBECONFIG names, and moves its exec plugin. On success returns NULL and fills
 * *CREDENTIAL, to be released with credential_clear(). Otherwise returns one line that says what is
 * wrong, in which file, and what to do (the caller frees it); *CREDENTIAL is to be released too. */
char *credential_read(struct kubeconfig *kubeconfig, struct credential *credential);

/* Reads the kubeconfig at PATH, as kubeconfig_read() does, and all that it names. The result is
 * that of credential_read(), but after an error there is nothing to release. */
char *credential_read_kubeconfig(const char *path, const char *context,
                                 const struct kubeconfig_named_by *named_by,
                                 struct credential *credential);

/* Whether it has an identity already. */
bool credential_is_complete(const struct credential *credential);

/* Replaces the identity in CREDENTIAL by copies of these, NULL or "" for what there is not, valid
 * for SECONDS (0: without an end), and wipes the old one. Returns false, changing nothing, if they
 * are neither a token of printable ASCII without spaces nor a certificate with its key, or too
 * long. */
bool credential_set_identity(struct credential *credential, const char *token,
                             const char *certificate_pem, const char *key_pem, uint64_t seconds);

/* Moves the identity of FROM, if it was given later, to TO, if it comes later there too, by the
 * same plugin. */
void credential_keep(struct credential *to, struct credential *from);

/* Wipes and frees. */
void credential_clear(struct credential *credential);

/* Where connections are opened to for it: the proxy, or else the server. Owned by CREDENTIAL. */
const char *credential_endpoint(const struct credential *credential);

/* The request to run its exec plugin; borrows from CREDENTIAL. It fits its message: that has been
 * checked when CREDENTIAL was read. */
struct message credential_exec_request(const struct credential *credential);

/* Whether both name the same server, its name, its proxy and trust anchors (a change needs a new
 * worker); whether both have the same identity (a change is sent to the running worker). */
bool credential_same_server(const struct credential *a, const struct credential *b);
bool credential_same_identity(const struct credential *a, const struct credential *b);

#endif
