/* SPDX-License-Identifier: Apache-2.0 */
/* Reading objects from the API server with a kubeconfig, one after the other. */
#ifndef TLSROUTED_CTL_VERIFY_CLUSTER_H
#define TLSROUTED_CTL_VERIFY_CLUSTER_H

#include "common/message/kind.h"

#include <json-c/json.h>

struct cluster;

/* The kubeconfig at PATH, or, for NULL, the one that kubectl would use (KUBECONFIG, then
 * ~/.kube/config), with its context CONTEXT or, for NULL, its current-context. A request may take
 * SECONDS. On success returns NULL and sets *CLUSTER, to be released with cluster_close();
 * otherwise returns one line that says what is wrong (the caller frees it). Nothing is sent yet. */
char *cluster_open(const char *path, const char *context, unsigned seconds,
                   struct cluster **cluster);

/* Releases CLUSTER, which may be NULL, with every object that it has given. */
void cluster_close(struct cluster *cluster);

/* The object NAME of KIND in NAMESPACE, or with NULL as its name an array of all of that KIND in
 * NAMESPACE ("" of all). Owned by CLUSTER, which asks for each only once. Otherwise NULL, and
 * *PROBLEM is one line that says why (the caller frees it), or NULL if there is no such object. */
struct json_object *cluster_get(struct cluster *cluster, enum kind kind, const char *namespace,
                                const char *name, char **problem);

#endif
