/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a Gateway's listeners as the Gateway API's rules for attaching routes have it, and says in
 * words the first thing that keeps a Pool's route from being served. */
#include "reconciler/plan/preflight.h"

#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>

/* What keeps a listener, or all of them, from serving a route, in two texts as a finding has them;
 * both NULL if nothing does. Owned. */
struct problem {
    char *text, *note;
};

static struct problem gateway_problem(const struct pool_message *, const struct gateway_message *);
static const struct value *read_listeners(const char *text);
static struct problem listeners_problem(const struct pool_message *, const char *gateway_namespace,
                                        const struct value *listeners);
static struct problem no_listener(const struct pool_message *);
static struct problem listener_problem(const struct pool_message *, const char *gateway_namespace,
                                       const struct value *listener);
static bool admits_namespace(const struct value *listener, const char *gateway_namespace,
                             const char *namespace);
static bool admits_kind(const struct value *listener);
static struct problem problem_at(const struct value *listener, const char *path, const char *value,
                                 const char *remedy);
static void problem_clear(struct problem *);

void preflight(const struct pool_message *pool, const struct gateway_message *gateway,
               struct findings *findings)
{
    const char *namespace =
        pool->gateway_namespace[0] != '\0' ? pool->gateway_namespace : pool->namespace;
    bool elsewhere = strcmp(namespace, pool->namespace) != 0;
    struct problem problem = {0};

    if (gateway == NULL) {
        problem.text = memory_format("the Gateway %s/%s does not exist; create it, or correct "
                                     "spec.route.gatewayRef",
                                     namespace, pool->gateway_name);
        problem.note = memory_text("a Gateway of another namespace, which spec.route.gatewayRef "
                                   "names, does not exist; have it created, or correct the name");
    } else {
        struct problem why = gateway_problem(pool, gateway);

        if (why.text == NULL)
            return;
        problem.text = memory_format("the Gateway %s/%s would not serve the route: %s", namespace,
                                     pool->gateway_name, why.text);
        problem.note = memory_format("a Gateway of another namespace, which spec.route.gatewayRef "
                                     "names, would not serve the route: %s",
                                     why.note);
        problem_clear(&why);
    }
    if (!elsewhere)
        memory_replace(&problem.note, NULL);
    findings_add_noted(findings, FINDING_GATEWAY_NOT_READY, problem.text, problem.note);
}

bool preflight_admits(const struct pool_message *pool, const struct gateway_message *gateway)
{
    struct problem problem = gateway_problem(pool, gateway);
    bool admits = problem.text == NULL;

    problem_clear(&problem);
    return admits;
}

bool preflight_listener_admits(const struct pool_message *pool, const char *gateway_namespace,
                               const struct value *listener)
{
    struct problem problem = listener_problem(pool, gateway_namespace, listener);
    bool admits = problem.text == NULL;

    problem_clear(&problem);
    return admits;
}

static struct problem gateway_problem(const struct pool_message *pool,
                                      const struct gateway_message *gateway)
{
    const struct value *listeners = read_listeners(gateway->listeners);

    if (!value_is(listeners, json_type_array))
        return (struct problem){0};
    return listeners_problem(pool, gateway->namespace, listeners);
}

/* Borrowed until the next call. Most Pools have the Gateway of the one before. */
static const struct value *read_listeners(const char *text)
{
    static struct {
        char *text;
        struct arena arena;
        const struct value *listeners;
    } last;

    if (last.text == NULL || strcmp(last.text, text) != 0) {
        arena_clear(&last.arena);
        last.listeners = value_read(&last.arena, text, strlen(text));
        memory_replace(&last.text, text);
    }
    return last.listeners;
}

/* With a sectionName that listener has to serve the route, without one any of them. */
static struct problem listeners_problem(const struct pool_message *pool,
                                        const char *gateway_namespace,
                                        const struct value *listeners)
{
    struct problem first = {0};

    VALUE_FOREACH (listener, listeners) {
        struct problem problem;

        if (pool->section_name[0] != '\0' &&
            strcmp(value_text_at(listener, "name"), pool->section_name) != 0)
            continue;
        problem = listener_problem(pool, gateway_namespace, listener);
        if (problem.text == NULL) {
            problem_clear(&first);
            return problem;
        }
        if (first.text == NULL)
            first = problem;
        else
            problem_clear(&problem);
    }
    return first.text != NULL ? first : no_listener(pool);
}

static struct problem no_listener(const struct pool_message *pool)
{
    struct problem problem;

    if (pool->section_name[0] == '\0')
        problem.text =
            memory_text("it has no listener; add one with protocol TLS and mode Passthrough");
    else
        problem.text = memory_format("it has no listener %s; add it, or correct "
                                     "spec.route.gatewayRef.sectionName",
                                     pool->section_name);
    problem.note = memory_text(problem.text);
    return problem;
}

static struct problem listener_problem(const struct pool_message *pool,
                                       const char *gateway_namespace, const struct value *listener)
{
    const char *protocol = value_text_at(listener, "protocol");
    const char *mode = value_text_at(listener, "tls.mode");
    const char *hostname = value_text_at(listener, "hostname");
    const char *from = value_text_at(listener, "allowedRoutes.namespaces.from");

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
    return (struct problem){0};
}

/* A selector is taken to match: to know, one would have to read the labels of namespaces. */
static bool admits_namespace(const struct value *listener, const char *gateway_namespace,
                             const char *namespace)
{
    const char *from = value_text_at(listener, "allowedRoutes.namespaces.from");

    return strcmp(from, "All") == 0 || strcmp(from, "Selector") == 0 ||
           (strcmp(from, "None") != 0 && strcmp(gateway_namespace, namespace) == 0);
}

/* Without a list the kinds follow from the protocol, and that of TLS is TLSRoute. */
static bool admits_kind(const struct value *listener)
{
    const struct value *kinds = value_array(value_at(listener, "allowedRoutes.kinds"));

    if (value_count(kinds) == 0)
        return true;
    VALUE_FOREACH (kind, kinds) {
        const char *group = value_text_at(kind, "group");

        if (strcmp(value_text_at(kind, "kind"), kind_names(KIND_ROUTE)->name) == 0 &&
            (group[0] == '\0' || strcmp(group, GATEWAY_GROUP) == 0))
            return true;
    }
    return false;
}

/* Neither the listener's name nor what it says is for another namespace to read. */
static struct problem problem_at(const struct value *listener, const char *path, const char *value,
                                 const char *remedy)
{
    return (struct problem){
        .text = memory_format("%s of its listener %s is %s; %s", path,
                              value_text_at(listener, "name"), value, remedy),
        .note = memory_format("%s of its listener does not fit; %s", path, remedy),
    };
}

static void problem_clear(struct problem *problem)
{
    free(problem->text);
    free(problem->note);
    *problem = (struct problem){0};
}
