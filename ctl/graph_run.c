/* tlsroutectl graph and tree: what stands around the Pools. */
#include "common/json.h"
#include "common/memory.h"
#include "ctl/command.h"
#include "ctl/graph.h"
#include "ctl/options.h"
#include "ctl/session.h"

#include <stdlib.h>
#include <string.h>

/* The choices of graph. */
enum {
    GRAPH_DOT,
    GRAPH_MERMAID,
    GRAPH_SVG
};

#define BRANCH "\xe2\x94\x9c\xe2\x94\x80 "
#define LAST   "\xe2\x94\x94\xe2\x94\x80 "
#define TRUNK  "\xe2\x94\x82  "

static int fetch(int argc, char **argv, const struct ctl_globals *, const struct options_taken *,
                 struct options *, struct json_object **rows);
static void print_graph(struct json_object *rows, int choice);
static void print_tree(struct json_object *pool, const struct table_style *);
static void print_branch(const char *lead, const char *kind, const char *name, const char *problem,
                         const struct table_style *);
static const char *route_problem(struct json_object *pool);
static const char *certificate_problem(struct json_object *pool, struct json_object *server);

int graph_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct options_taken taken = {.words = WORDS_NAMESPACE,
                                               .choices = "dot mermaid svg"};
    struct options options;
    struct json_object *rows;
    int status = fetch(argc, argv, globals, &taken, &options, &rows);

    if (rows != NULL)
        print_graph(rows, options.choice);
    json_object_put(rows);
    return status;
}

int tree_run(int argc, char **argv, const struct ctl_globals *globals)
{
    static const struct options_taken taken = {.words = WORDS_NAMESPACE,
                                               .formats = OPTIONS_ALL_FORMATS};
    const struct table_style style = table_style_for(stdout);
    struct options options;
    struct json_object *rows;
    int status = fetch(argc, argv, globals, &taken, &options, &rows);

    if (rows != NULL && options.format != OUTPUT_TABLE)
        output_rows(stdout, options.format, NULL, rows);
    if (options.format == OUTPUT_TABLE)
        output_clean(rows);
    for (size_t i = 0; rows != NULL && options.format == OUTPUT_TABLE && i < json_count(rows); i++)
        print_tree(json_item(rows, i), &style);
    json_object_put(rows);
    return status;
}

/* Sets *ROWS to NULL where there is nothing to print. Only the choice and the format of *OPTIONS
 * are good afterwards. */
static int fetch(int argc, char **argv, const struct ctl_globals *globals,
                 const struct options_taken *taken, struct options *options,
                 struct json_object **rows)
{
    struct session *session;
    int status = CTL_NO_ANSWER;

    *rows = NULL;
    if (!options_take(argc, argv, globals, taken, options, &status))
        return status;
    session = session_open(options->socket_path);
    if (session != NULL)
        *rows = session_rows(session, VIEW_GRAPH, options->namespace, options->name);
    if (*rows != NULL && options->name[0] != '\0' && json_count(*rows) == 0) {
        fprintf(stderr, "tlsroutectl: there is no %s/%s\n", options->namespace, options->name);
        status = CTL_NOT_SO;
    } else if (*rows != NULL) {
        status = CTL_FINE;
    }
    session_close(session);
    options_clear(options);
    return status;
}

static void print_graph(struct json_object *rows, int choice)
{
    struct graph graph = graph_of(rows);

    if (choice == GRAPH_SVG)
        graph_print_svg(stdout, &graph);
    else if (choice == GRAPH_MERMAID)
        graph_print_mermaid(stdout, &graph);
    else
        graph_print_dot(stdout, &graph);
    graph_clear(&graph);
}

static void print_tree(struct json_object *pool, const struct table_style *style)
{
    struct json_object *servers = json_at(pool, "servers"), *exists;
    const char *state = json_text_at(pool, "state"), *gateway = json_text_at(pool, "gateway.name");
    bool enabled = json_object_get_boolean(json_at(pool, "routeEnabled"));
    bool served = json_at(pool, "service") != NULL;
    size_t count = json_count(servers);

    printf("%s/%s  %s%s%s  %s\n", json_text_at(pool, "namespace"), json_text_at(pool, "name"),
           table_state_colour(state, style), state, table_colour_end(style),
           enabled ? json_text_at(pool, "hostname") : "no route");
    exists = json_at(pool, "gateway.exists");
    if (enabled || json_object_get_boolean(json_at(pool, "route.ours"))) {
        print_branch(BRANCH, "Gateway", gateway,
                     exists != NULL && !json_object_get_boolean(exists) ? "not there" : NULL,
                     style);
        print_branch(TRUNK LAST, "TLSRoute", json_text_at(pool, "name"), route_problem(pool),
                     style);
    }
    print_branch(count > 0 ? BRANCH : LAST, "Service", json_text_at(pool, "name"),
                 served ? NULL : "not there", style);
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
    struct json_object *text = json_object_new_string(name);
    char *clean = table_cell(text);

    printf("%s%s %s", lead, kind, clean);
    if (problem != NULL)
        printf("  %s(%s)%s", table_state_colour("wrong", style), problem, table_colour_end(style));
    putchar('\n');
    free(clean);
    json_object_put(text);
}

static const char *route_problem(struct json_object *pool)
{
    if (json_at(pool, "route") == NULL)
        return "not there";
    if (!json_object_get_boolean(json_at(pool, "route.ours")))
        return "somebody else's";
    return json_count(json_at(pool, "route.refusals")) > 0 ? "refused" : NULL;
}

static const char *certificate_problem(struct json_object *pool, struct json_object *server)
{
    if (!json_object_get_boolean(json_at(server, "certificateExists")))
        return "not there";
    return json_object_get_boolean(json_at(pool, "routeEnabled")) &&
                   json_object_get_boolean(json_at(pool, "inject")) &&
                   !json_object_get_boolean(json_at(server, "hasName"))
               ? "has not the hostname"
               : NULL;
}
