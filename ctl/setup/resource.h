/* SPDX-License-Identifier: Apache-2.0 */
/* Where an object of `setup` is in the API, and what it is called for people. Pure. */
#ifndef TLSROUTED_CTL_SETUP_RESOURCE_H
#define TLSROUTED_CTL_SETUP_RESOURCE_H

#include <json-c/json.h>
#include <stdbool.h>

/* The path of OBJECT, whose kind is one that packaging/kustomize has. The caller frees it. */
char *resource_path(struct json_object *object);

/* "Role puppet/tlsrouted-watcher", or without a namespace "ClusterRole tlsrouted-watcher". The
 * caller frees it. */
char *resource_title(struct json_object *object);

/* Whether BEFORE and AFTER, two states of one object, differ in more than what the API server
 * itself keeps in their metadata. */
bool resource_differs(struct json_object *before, struct json_object *after);

#endif
