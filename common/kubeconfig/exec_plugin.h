/* SPDX-License-Identifier: Apache-2.0 */
/* A command that prints a credential: what a kubeconfig says of it (client.authentication.k8s.io).
 */
#ifndef TLSROUTED_COMMON_KUBECONFIG_EXEC_PLUGIN_H
#define TLSROUTED_COMMON_KUBECONFIG_EXEC_PLUGIN_H

#include "common/base/text_list.h"

#include <stdbool.h>

struct exec_plugin {
    const char *version; /* of what it is told and prints, a constant: GROUP/v1 or /v1beta1 */
    char *command;       /* a path, or a name to be found in PATH */
    struct text_list arguments; /* owned */
    struct text_list variables; /* "NAME=VALUE", owned; perhaps secret */
    bool wants_cluster;         /* its environment says which cluster the credential is for */
};

/* Wipes and frees. PLUGIN may be NULL. */
void exec_plugin_free(struct exec_plugin *plugin);

/* Whether both are the same command with the same arguments and variables, or both NULL. */
bool exec_plugin_same(const struct exec_plugin *a, const struct exec_plugin *b);

#endif
