/* SPDX-License-Identifier: Apache-2.0 */
/* A Gateway that looks right may still not serve anybody: two listeners in conflict, a port that is
 * taken, no controller at all. Who runs it says so in its status, with a reason and a message; they
 * are passed on to the Pools that depend on it. What others use of the same Gateway does not
 * matter to them. */
#include "reconciler/plan/gateway_report.h"

#include "common/base/memory.h"
#include "common/base/value.h"
#include "common/objects/conditions.h"
#include "reconciler/plan/preflight.h"

#include <stdlib.h>
#include <string.h>

/* What a Gateway's status says, read from its message. */
struct report {
    struct arena arena;
    const struct value *status;      /* NULL: it says nothing */
    const char *listener;            /* the name of the one that serves the Pool best */
    const struct value *of_listener; /* what is said of that; NULL: nothing */
};

/* From best to worst. */
enum rank {
    RANK_GOOD,
    RANK_WAITS,
    RANK_WRONG,
    RANKS
};

static struct report report_read(const struct pool_message *, const struct gateway_message *);
static void report_clear(struct report *);
static enum rank rank_of(const struct value *said);
static bool is_named(const struct pool_message *, const struct value *listener);
static void add_class_problems(const struct pool_message *, const struct known_gateway *,
                               struct findings *);
static void add_problems(const struct pool_message *, const struct value *said, char *subject,
                         const char *subject_note, struct findings *);
static void add_unanswered(const struct pool_message *, const struct known_gateway *,
                           const char *about_gateway, const char *waiting, struct findings *);
static char *waiting_for(const struct report *);
static void add_awaited(const struct pool_message *, char *text, char *note, struct findings *);
static char *advice(const struct known_gateway *);
static const char *namespace_of(const struct pool_message *);

#define OTHER_GATEWAY "a Gateway of another namespace, which spec.route.gatewayRef names,"

void gateway_report_problems(const struct pool_message *pool, const struct known_gateway *known,
                             struct findings *findings)
{
    struct report report;
    size_t before = findings->count;

    if (known->gateway == NULL)
        return;
    report = report_read(pool, known->gateway);
    add_problems(pool, report.status, memory_text("its controller reports: "),
                 "its controller reports: ", findings);
    if (rank_of(report.of_listener) == RANK_WRONG)
        add_problems(pool, report.of_listener,
                     memory_format("its controller reports of its listener %s: ", report.listener),
                     "its controller reports of its listener: ", findings);
    if (findings->count > before || rank_of(report.status) != RANK_GOOD)
        add_class_problems(pool, known, findings);
    report_clear(&report);
}

bool gateway_report_awaited(const struct pool_message *pool, const struct known_gateway *known,
                            const char *waiting, struct findings *findings)
{
    struct report report = {0};
    char *about_gateway;
    bool is_awaited;

    if (known->gateway != NULL)
        report = report_read(pool, known->gateway);
    about_gateway = waiting_for(&report);
    is_awaited = about_gateway != NULL || waiting != NULL;
    if (is_awaited && findings != NULL)
        add_unanswered(pool, known, about_gateway, waiting, findings);
    free(about_gateway);
    report_clear(&report);
    return is_awaited;
}

/* ABOUT_GATEWAY: what that waits for, or NULL: then the TLSRoute waits. */
static void add_unanswered(const struct pool_message *pool, const struct known_gateway *known,
                           const char *about_gateway, const char *waiting,
                           struct findings *findings)
{
    char *what_to_do = advice(known);

    if (about_gateway != NULL)
        add_awaited(
            pool,
            memory_format("the Gateway %s/%s waits for its controller (%s); %s", namespace_of(pool),
                          pool->gateway_name, about_gateway, what_to_do),
            memory_text(OTHER_GATEWAY " waits for its controller; have it looked at"), findings);
    else
        add_awaited(
            pool,
            memory_format("the Gateway %s/%s has not answered for the TLSRoute (%s); %s; it "
                          "has to be one that serves TLSRoutes",
                          namespace_of(pool), pool->gateway_name, waiting, what_to_do),
            memory_format(OTHER_GATEWAY " has not answered for the TLSRoute (%s); have it "
                                        "looked at",
                          waiting),
            findings);
    free(what_to_do);
}

static struct report report_read(const struct pool_message *pool,
                                 const struct gateway_message *gateway)
{
    struct report report = {0};
    const struct value *all;
    enum rank best = RANKS;

    report.status = value_read(&report.arena, gateway->status, strlen(gateway->status));
    all = value_at(report.status, "listeners");
    if (all == NULL) /* mostly: that of a large Gateway takes its time */
        return report;
    VALUE_FOREACH (listener, value_array(value_read(&report.arena, gateway->listeners,
                                                    strlen(gateway->listeners)))) {
        const struct value *said = value_item(all, listener->index);

        if (rank_of(said) >= best || !is_named(pool, listener) ||
            !preflight_listener_admits(pool, gateway->namespace, listener))
            continue;
        best = rank_of(said);
        report.listener = value_text_at(listener, "name");
        report.of_listener = said;
    }
    return report;
}

static void report_clear(struct report *report)
{
    arena_clear(&report->arena);
}

static enum rank rank_of(const struct value *said)
{
    if (value_at(said, CONDITIONS_PROBLEMS) != NULL)
        return RANK_WRONG;
    return value_at(said, CONDITIONS_WAITING) != NULL ? RANK_WAITS : RANK_GOOD;
}

static bool is_named(const struct pool_message *pool, const struct value *listener)
{
    return pool->section_name[0] == '\0' ||
           strcmp(value_text_at(listener, "name"), pool->section_name) == 0;
}

/* A class that its controller refuses explains what is wrong with its Gateways, and nothing where
 * they work all the same. */
static void add_class_problems(const struct pool_message *pool, const struct known_gateway *known,
                               struct findings *findings)
{
    struct arena arena = {0};

    if (known->class == NULL)
        return;
    add_problems(
        pool, value_read(&arena, known->class->status, strlen(known->class->status)),
        memory_format("the controller of its GatewayClass %s reports: ", known->gateway->class),
        "the controller of its GatewayClass reports: ", findings);
    arena_clear(&arena);
}

/* SUBJECT is released. What a message says is not for another namespace to read; its type and
 * reason are words of the Gateway API. */
static void add_problems(const struct pool_message *pool, const struct value *said, char *subject,
                         const char *subject_note, struct findings *findings)
{
    VALUE_FOREACH (item, value_array(value_at(said, CONDITIONS_PROBLEMS))) {
        const char *problem = value_text_at(item, "");
        char *note = NULL;

        if (strcmp(namespace_of(pool), pool->namespace) != 0)
            note = memory_format(OTHER_GATEWAY " does not serve the route: %s%.*s", subject_note,
                                 (int)strcspn(problem, ":"), problem);
        findings_add_noted(findings, FINDING_GATEWAY_NOT_READY,
                           memory_format("the Gateway %s/%s does not serve the route: %s%s",
                                         namespace_of(pool), pool->gateway_name, subject, problem),
                           note);
    }
    free(subject);
}

/* What the Gateway, or its listener, waits for; NULL: nothing. */
static char *waiting_for(const struct report *report)
{
    const char *waiting = value_text_at(report->status, CONDITIONS_WAITING);

    if (waiting[0] != '\0')
        return memory_text(waiting);
    if (rank_of(report->of_listener) != RANK_WAITS)
        return NULL;
    return memory_format("listener %s: %s", report->listener,
                         value_text_at(report->of_listener, CONDITIONS_WAITING));
}

/* TEXT and NOTE, which is for a Pool of another namespace, are taken over. */
static void add_awaited(const struct pool_message *pool, char *text, char *note,
                        struct findings *findings)
{
    if (strcmp(namespace_of(pool), pool->namespace) == 0)
        memory_replace(&note, NULL);
    findings_add_noted(findings, FINDING_ROUTE_UNANSWERED, text, note);
}

static char *advice(const struct known_gateway *known)
{
    const char *name = known->gateway != NULL ? known->gateway->class : "";

    if (known->class != NULL)
        return memory_format("check that %s, the controller of its GatewayClass %s, runs",
                             known->class->controller, name);
    if (known->knows_classes && name[0] != '\0')
        return memory_format("check its GatewayClass %s, which does not exist", name);
    return memory_text("check that its controller runs");
}

static const char *namespace_of(const struct pool_message *pool)
{
    return pool->gateway_namespace[0] != '\0' ? pool->gateway_namespace : pool->namespace;
}
