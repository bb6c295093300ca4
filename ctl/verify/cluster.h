/* SPDX-License-Identifier: Apache-2.0 */
/* The API server of a kubeconfig, and the objects that are read from it. */
#ifndef TLSROUTED_CTL_VERIFY_CLUSTER_H
#define TLSROUTED_CTL_VERIFY_CLUSTER_H

#include "common/message/kind.h"

#include <json-c/json.h>

struct cluster;

/* As connection_open(): see there. *CLUSTER is to be released with cluster_close(). */
char *cluster_open(const char *path, const char *context, unsigned seconds,
                   struct cluster **cluster);

/* Releases CLUSTER, which may be NULL, and all objects that were got from it. */
void cluster_close(struct cluster *cluster);

/* The object NAME of KIND (a Pool, Server, Certificate or Gateway) in NAMESPACE or, if NAME is
 * NULL, an array of all objects of KIND in NAMESPACE ("": in all), with what `verify` needs of each
 * and nothing else. Owned by CLUSTER, which requests each only once. On failure NULL, and *PROBLEM
 * is one line that says why (the caller frees it), or NULL if there is no such object. */
struct json_object *cluster_get(struct cluster *cluster, enum kind kind, const char *namespace,
                                const char *name, char **problem);

#endif
