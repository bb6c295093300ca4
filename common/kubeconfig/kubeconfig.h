/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig: which server, whose certificate, and where each part of the credential is.
 *
 * It is read as kubectl reads it: unknown keys are ignored, paths are relative to the folder of the
 * file, inline data takes precedence over a file, a token file over a token. A key that changes how
 * to connect or as whom, and that is not supported, is an error. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_H
#define TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_H

#include "common/kubeconfig/exec_plugin.h"

#include <stdbool.h>

enum kubeconfig_part {
    KUBECONFIG_CA,
    KUBECONFIG_CERTIFICATE,
    KUBECONFIG_KEY,
    KUBECONFIG_TOKEN,
    KUBECONFIG_PARTS,
};

/* Where a part is: in a file, or in the kubeconfig itself. */
struct kubeconfig_source {
    char *path;
    char *text;  /* base64 except for a token; secret */
    char *place; /* "FILE:LINE: KEY" of what gives path or text; NULL for a part not given */
};

struct kubeconfig {
    char *server;       /* as by address_server() */
    char *proxy;        /* as by address_proxy(), or NULL */
    char *tls_name;     /* that the server's certificate is for, if not the server's own; or NULL */
    bool trusts_system; /* it names no certificate authorities */
    struct kubeconfig_source parts[KUBECONFIG_PARTS];
    struct exec_plugin *plugin; /* instead of a token, certificate and key; or NULL */
};

/* What names the file and the context: keys of the configuration, or options. For errors. */
struct kubeconfig_named_by {
    const char *file, *context;
};

/* Reads the file at PATH with the context CONTEXT, or for NULL with its current-context. Where it
 * names no certificate authorities for its server, those of the system are meant. On success
 * returns NULL and fills *KUBECONFIG, to be released with kubeconfig_clear(). Otherwise returns one
 * line that says what is wrong, where and what to do (the caller frees it), and leaves *KUBECONFIG
 * empty. Other files are not opened. */
char *kubeconfig_read(const char *path, const char *context,
                      const struct kubeconfig_named_by *named_by, struct kubeconfig *kubeconfig);

/* Wipes and frees the user's parts: what is left is the way to the server. */
void kubeconfig_drop_identity(struct kubeconfig *kubeconfig);

/* Wipes and frees. */
void kubeconfig_clear(struct kubeconfig *kubeconfig);

#endif
