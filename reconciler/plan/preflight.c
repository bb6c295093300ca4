/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a Gateway's listeners as the Gateway API's rules for attaching routes have it, and says in
 * words the first thing that keeps a Pool's route from being served. */
#include "reconciler/plan/preflight.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>

static char *gateway_problem(const struct pool_message *, const struct gateway_message *);
static char *listeners_problem(const struct pool_message *, const char *gateway_namespace,
                               struct json_object *listeners);
static char *listener_problem(const struct pool_message *, const char *gateway_namespace,
                              struct json_object *listener);
static bool admits_namespace(struct json_object *listener, const char *gateway_namespace,
                             const char *namespace);
static bool admits_kind(struct json_object *listener);
static char *problem_at(struct json_object *listener, const char *path, const char *value,
                        const char *remedy);

void preflight(const struct pool_message *pool, const struct gateway_message *gateway,
               struct findings *findings)
{
    const char *namespace =
        pool->gateway_namespace[0] != '\0' ? pool->gateway_namespace : pool->namespace;
    char *problem;

    if (gateway == NULL) {
        findings_add(findings, FINDING_GATEWAY_NOT_READY,
                     memory_format("the Gateway %s/%s does not exist; create it, or correct "
                                   "spec.route.gatewayRef",
                                   namespace, pool->gateway_name));
        return;
    }
    problem = gateway_problem(pool, gateway);
    if (problem != NULL)
        findings_add(findings, FINDING_GATEWAY_NOT_READY,
                     memory_format("the Gateway %s/%s would not serve the route: %s", namespace,
                                   pool->gateway_name, problem));
    free(problem);
}

static char *gateway_problem(const struct pool_message *pool, const struct gateway_message *gateway)
{
    const char *problem;
    struct json_object *listeners =
        json_decode(gateway->listeners, strlen(gateway->listeners), &problem);
    char *text = NULL;

    if (json_object_is_type(listeners, json_type_array))
        text = listeners_problem(pool, gateway->namespace, listeners);
    json_object_put(listeners);
    return text;
}

/* With a sectionName that listener has to serve the route, without one any of them. */
static char *listeners_problem(const struct pool_message *pool, const char *gateway_namespace,
                               struct json_object *listeners)
{
    char *first = NULL;

    for (size_t i = 0; i < json_count(listeners); i++) {
        struct json_object *listener = json_item(listeners, i);
        char *problem;

        if (pool->section_name[0] != '\0' &&
            strcmp(json_text_at(listener, "name"), pool->section_name) != 0)
            continue;
        problem = listener_problem(pool, gateway_namespace, listener);
        if (problem == NULL) {
            free(first);
            return NULL;
        }
        if (first == NULL)
            first = problem;
        else
            free(problem);
    }
    if (first != NULL)
        return first;
    if (pool->section_name[0] == '\0')
        return memory_text("it has no listener; add one with protocol TLS and mode Passthrough");
    return memory_format("it has no listener %s; add it, or correct "
                         "spec.route.gatewayRef.sectionName",
                         pool->section_name);
}

static char *listener_problem(const struct pool_message *pool, const char *gateway_namespace,
                              struct json_object *listener)
{
    const char *protocol = json_text_at(listener, "protocol");
    const char *mode = json_text_at(listener, "tls.mode");
    const char *hostname = json_text_at(listener, "hostname");
    const char *from = json_text_at(listener, "allowedRoutes.namespaces.from");

    if (strcmp(protocol, "TLS") != 0)
        return problem_at(listener, "protocol", protocol[0] != '\0' ? protocol : "missing",
                          "set it to TLS");
    if (strcmp(mode, "Passthrough") != 0)
        return problem_at(
            listener, "tls.mode", mode[0] != '\0' ? mode : "Terminate",
            "set it to Passthrough: agents and servers authenticate each other by TLS");
    if (hostname[0] != '\0' && !hostname_intersects(hostname, pool->hostname))
        return problem_at(listener, "hostname", hostname, "make it cover the Pool's hostname");
    if (!admits_namespace(listener, gateway_namespace, pool->namespace))
        return problem_at(
            listener, "allowedRoutes.namespaces.from", from[0] != '\0' ? from : "Same",
            "set it to All, or to Selector with one that selects the Pool's namespace");
    if (!admits_kind(listener))
        return problem_at(listener, "allowedRoutes.kinds", "without TLSRoute",
                          "add TLSRoute to it");
    return NULL;
}

/* A selector is taken to match: to know, one would have to read the labels of namespaces. */
static bool admits_namespace(struct json_object *listener, const char *gateway_namespace,
                             const char *namespace)
{
    const char *from = json_text_at(listener, "allowedRoutes.namespaces.from");

    return strcmp(from, "All") == 0 || strcmp(from, "Selector") == 0 ||
           (strcmp(from, "None") != 0 && strcmp(gateway_namespace, namespace) == 0);
}

/* Without a list the kinds follow from the protocol, and that of TLS is TLSRoute. */
static bool admits_kind(struct json_object *listener)
{
    struct json_object *kinds = json_at(listener, "allowedRoutes.kinds");

    if (json_count(kinds) == 0)
        return true;
    for (size_t i = 0; i < json_count(kinds); i++) {
        struct json_object *kind = json_item(kinds, i);
        const char *group = json_text_at(kind, "group");

        if (strcmp(json_text_at(kind, "kind"), kind_names(KIND_ROUTE)->name) == 0 &&
            (group[0] == '\0' || strcmp(group, GATEWAY_GROUP) == 0))
            return true;
    }
    return false;
}

static char *problem_at(struct json_object *listener, const char *path, const char *value,
                        const char *remedy)
{
    return memory_format("%s of its listener %s is %s; %s", path, json_text_at(listener, "name"),
                         value, remedy);
}
