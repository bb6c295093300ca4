/* SPDX-License-Identifier: Apache-2.0 */
/* A kubeconfig: which server, whose certificate, and where each part of the credential is.
 *
 * Read as kubectl reads it: keys that mean nothing to us are passed over, paths are relative to the
 * file's folder, inline data wins over a file, a token file over a token. What changes how one
 * connects or who one is, and that we do not do, is refused by name. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_H
#define TLSROUTED_COMMON_KUBECONFIG_KUBECONFIG_H

#include "common/kubeconfig/exec_plugin.h"
#include "common/message/role.h"

enum kubeconfig_part {
    KUBECONFIG_CA,
    KUBECONFIG_CERTIFICATE,
    KUBECONFIG_KEY,
    KUBECONFIG_TOKEN,
    KUBECONFIG_PARTS,
};

/* Where a part is: in a file, or in the kubeconfig itself. Neither is set for a part not given. */
struct kubeconfig_source {
    char *path;
    char *text;   /* base64 except for a token; secret */
    char *origin; /* "FILE:LINE: KEY" of what gives path or text */
};

struct kubeconfig {
    char *server; /* as by address_server() */
    char *proxy;  /* as by address_proxy(), or NULL */
    struct kubeconfig_source parts[KUBECONFIG_PARTS];
    struct exec_plugin *plugin; /* instead of a token, certificate and key; or NULL */
};

/* What names the file and the context, for errors: keys of the configuration, or options. */
struct kubeconfig_origin {
    const char *file, *context;
};

/* Reads the file at PATH, which ASKER has named, with the context CONTEXT, or its
 * current-context if that is NULL. On success returns NULL and fills *KUBECONFIG, to be released
 * with kubeconfig_clear(). Otherwise returns one line that says what is wrong, where and what to do
 * (the caller frees it), and leaves *KUBECONFIG empty. Other files are not opened. */
char *kubeconfig_read(const char *path, const char *context, const struct kubeconfig_origin *origin,
                      struct kubeconfig *kubeconfig);

/* Leaves of KUBECONFIG only the way to the server: wipes and frees the rest. */
void kubeconfig_drop_identity(struct kubeconfig *kubeconfig);

/* Wipes and frees. */
void kubeconfig_clear(struct kubeconfig *kubeconfig);

#endif
