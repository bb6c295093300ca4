/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl tree: the graph for a terminal. Objects that several Pools share are printed under
 * each of them. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"
#include "ctl/output/output.h"

#include <stdlib.h>

#define BRANCH "\xe2\x94\x9c\xe2\x94\x80 "
#define LAST   "\xe2\x94\x94\xe2\x94\x80 "
#define TRUNK  "\xe2\x94\x82  "

static int show(struct json_object *rows, const struct arguments *);
static void print_pool(struct json_object *pool, const struct table_style *);
static void print_branch(const char *lead, const char *kind, const char *name, const char *problem,
                         const struct table_style *);
static const char *route_problem(struct json_object *pool);
static const char *certificate_problem(struct json_object *pool, struct json_object *server);

int tree_run(const struct arguments *arguments)
{
    static const struct query query = {
        .view = VIEW_GRAPH, .is_observed = true, .kind = "Pool", .show = show};

    return query_run(&query, arguments);
}

static int show(struct json_object *rows, const struct arguments *arguments)
{
    const struct table_style style = table_style_for(stdout);

    if (arguments->format != FORMAT_TABLE) {
        format_rows(stdout, arguments->format, NULL, rows);
        return COMMAND_OK;
    }
    format_clean(rows);
    for (size_t i = 0; i < json_count(rows); i++)
        print_pool(json_item(rows, i), &style);
    return COMMAND_OK;
}

static void print_pool(struct json_object *pool, const struct table_style *style)
{
    struct json_object *servers = json_at(pool, "servers"), *exists;
    const char *state = json_text_at(pool, "state"), *gateway = json_text_at(pool, "gateway.name");
    bool enabled = json_object_get_boolean(json_at(pool, "routeEnabled"));
    bool served = json_at(pool, "service") != NULL;
    size_t count = json_count(servers);

    output_print(stdout, "%s/%s  ", json_text_at(pool, "namespace"), json_text_at(pool, "name"));
    table_print_state(stdout, state, state, 0, style);
    output_print(stdout, "  %s\n", enabled ? json_text_at(pool, "hostname") : "no route");
    exists = json_at(pool, "gateway.exists");
    if (enabled || json_object_get_boolean(json_at(pool, "route.ours"))) {
        print_branch(BRANCH, "Gateway", gateway,
                     exists != NULL && !json_object_get_boolean(exists) ? "missing" : NULL, style);
        print_branch(TRUNK LAST, "TLSRoute", json_text_at(pool, "name"), route_problem(pool),
                     style);
    }
    print_branch(count > 0 ? BRANCH : LAST, "Service", json_text_at(pool, "name"),
                 served ? NULL : "missing", style);
    for (size_t i = 0; i < count; i++) {
        struct json_object *server = json_item(servers, i);
        bool last = i + 1 == count;

        print_branch(last ? LAST : BRANCH, "Server", json_text_at(server, "name"), NULL, style);
        print_branch(last ? "   " LAST : TRUNK LAST, "Certificate",
                     json_text_at(server, "certificate"), certificate_problem(pool, server), style);
    }
}

static void print_branch(const char *lead, const char *kind, const char *name, const char *problem,
                         const struct table_style *style)
{
    output_print(stdout, "%s%s %s", lead, kind, name[0] != '\0' ? name : "-");
    if (problem != NULL) {
        char *text = memory_format("(%s)", problem);

        output_print(stdout, "  ");
        table_print_state(stdout, "wrong", text, 0, style);
        free(text);
    }
    output_print(stdout, "\n");
}

static const char *route_problem(struct json_object *pool)
{
    if (json_at(pool, "route") == NULL)
        return "missing";
    if (!json_object_get_boolean(json_at(pool, "route.ours")))
        return "not owned by the Pool";
    return json_count(json_at(pool, "route.refusals")) > 0 ? "refused" : NULL;
}

static const char *certificate_problem(struct json_object *pool, struct json_object *server)
{
    if (!json_object_get_boolean(json_at(server, "certificateExists")))
        return "missing";
    return json_object_get_boolean(json_at(pool, "routeEnabled")) &&
                   json_object_get_boolean(json_at(pool, "inject")) &&
                   !json_object_get_boolean(json_at(server, "hasName"))
               ? "lacks the hostname"
               : NULL;
}
