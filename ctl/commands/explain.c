/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl explain: everything about one Pool, in the order in which tlsrouted thinks: what is
 * wanted, what was found, what is decided, what went wrong, what happens next. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 2,
    LABEL = 14, /* width of what stands before a text */
};

static int show(struct json_object *rows, const struct arguments *);
static int status_of(const char *state);
static void print(struct json_object *row);
static void print_wanted(struct json_object *wanted);
static void print_found(struct json_object *found);
static void print_route(struct json_object *route);
static void print_servers(struct json_object *servers);
static void print_findings(struct json_object *findings);
static void print_errors(struct json_object *errors);
static void print_work(struct json_object *work);
static void print_line(const char *label, const char *text);

int explain_run(const struct arguments *arguments)
{
    static const struct query query = {
        .view = VIEW_EXPLAIN, .is_observed = true, .kind = "Pool", .show = show};

    return query_run(&query, arguments);
}

static int show(struct json_object *rows, const struct arguments *arguments)
{
    struct json_object *row = json_item(rows, 0);
    int status = status_of(json_text_at(row, "state"));

    if (!format_document(stdout, arguments->format, row))
        print(row);
    return status;
}

static int status_of(const char *state)
{
    return strcmp(state, "wrong") == 0 || strcmp(state, "unreadable") == 0 ? COMMAND_NOT_OK
                                                                           : COMMAND_OK;
}

static void print(struct json_object *row)
{
    const struct table_style style = table_style_for(stdout);
    const char *state;
    struct json_object *decision = json_at(row, "decision");

    format_clean(row);
    state = json_text_at(row, "state");
    output_print(stdout, "Pool %s/%s: ", json_text_at(row, "namespace"), json_text_at(row, "name"));
    table_print_state(stdout, state, state, 0, &style);
    output_print(stdout, "\nwanted\n");
    print_wanted(json_at(row, "wanted"));
    output_print(stdout, "found\n");
    print_found(json_at(row, "found"));
    output_print(stdout, "decision\n");
    print_line("TLSRoute", json_text_at(decision, "route"));
    print_line("Service", json_text_at(decision, "service"));
    print_findings(json_at(row, "findings"));
    print_errors(json_at(row, "lastErrors"));
    print_work(json_at(row, "work"));
}

static void print_wanted(struct json_object *wanted)
{
    const char *section = json_text_at(wanted, "section");
    char *text;

    if (!json_object_get_boolean(json_at(wanted, "routeEnabled"))) {
        print_line("route", "none");
        return;
    }
    text = memory_format("%s at Gateway %s%s%s, to port %d", json_text_at(wanted, "hostname"),
                         json_text_at(wanted, "gatewayRef"), section[0] != '\0' ? ", section " : "",
                         section, json_object_get_int(json_at(wanted, "port")));
    print_line("route", text);
    print_line("names", json_object_get_boolean(json_at(wanted, "inject"))
                            ? "the hostname in the Certificates of its Servers"
                            : "none in Certificates");
    free(text);
}

static void print_found(struct json_object *found)
{
    struct json_object *gateway = json_at(found, "gateway"), *exists = json_at(gateway, "exists");
    struct json_object *service = json_at(found, "service");
    char *ports = table_cell(json_at(service, "ports")), *text;

    text = memory_format("%s: %s", json_text_at(gateway, "name"),
                         exists == NULL                    ? "unknown (Gateways cannot be read)"
                         : json_object_get_boolean(exists) ? "exists"
                                                           : "does not exist");
    if (gateway != NULL)
        print_line("Gateway", text);
    free(text);
    print_route(json_at(found, "route"));
    text = memory_format(
        "%s this Pool; ports: %s",
        json_object_get_boolean(json_at(service, "ours")) ? "owned by" : "not owned by", ports);
    print_line("Service", service != NULL ? text : "none");
    free(text);
    free(ports);
    print_servers(json_at(found, "servers"));
    if (!json_object_get_boolean(json_at(found, "complete")))
        print_line("lists", "incomplete: what seems to be missing may not have been read yet");
}

static void print_route(struct json_object *route)
{
    const char *owner = json_text_at(route, "owner"),
               *manager = json_text_at(route, "otherManager");
    bool is_refused = json_count(json_at(route, "refusals")) > 0;
    char *text = memory_format("owned by %s%s%s", owner[0] != '\0' ? owner : "nobody",
                               manager[0] != '\0' ? ", last changed by " : "", manager);

    if (route == NULL)
        print_line("TLSRoute", "none");
    else if (!json_object_get_boolean(json_at(route, "ours")))
        print_line("TLSRoute", text);
    else
        print_line("TLSRoute", is_refused
                                   ? "owned by this Pool, refused by the Gateway's controller"
                                   : "owned by this Pool");
    free(text);
}

static void print_servers(struct json_object *servers)
{
    for (size_t i = 0; i < json_count(servers); i++) {
        struct json_object *server = json_item(servers, i);
        const char *certificate = json_text_at(server, "certificate");
        char *text = memory_format(
            "%s: %s%s%s", json_text_at(server, "name"),
            certificate[0] != '\0' ? "Certificate " : "no Certificate", certificate,
            certificate[0] == '\0'                                           ? ""
            : !json_object_get_boolean(json_at(server, "certificateExists")) ? " does not exist"
            : json_object_get_boolean(json_at(server, "hasName"))            ? " has the hostname"
                                                                  : " lacks the hostname");

        print_line("Server", text);
        free(text);
    }
}

static void print_findings(struct json_object *findings)
{
    if (json_count(findings) > 0)
        output_print(stdout, "findings\n");
    for (size_t i = 0; i < json_count(findings); i++) {
        struct json_object *finding = json_item(findings, i);

        output_print(stdout, "%*s%s (%s)\n%*s", INDENT, "", json_text_at(finding, "reason"),
                     json_text_at(finding, "severity"), 2 * INDENT, "");
        text_wrap(stdout, json_text_at(finding, "text"), 2 * INDENT, 2 * INDENT);
    }
}

static void print_errors(struct json_object *errors)
{
    if (json_count(errors) > 0)
        output_print(stdout, "last errors\n");
    for (size_t i = 0; i < json_count(errors); i++) {
        struct json_object *error = json_item(errors, i);

        print_line(json_text_at(error, "kind"), json_text_at(error, "text"));
    }
}

static void print_work(struct json_object *work)
{
    struct json_object *next = json_at(work, "nextTrySeconds");
    char *wait = next != NULL ? memory_format(", next try in %d s", json_object_get_int(next))
                              : memory_text("");
    char *text = memory_format("%s%s, %d failures in a row", json_text_at(work, "state"), wait,
                               json_object_get_int(json_at(work, "failures")));

    output_print(stdout, "work\n");
    print_line("state", text);
    free(text);
    free(wait);
}

static void print_line(const char *label, const char *text)
{
    output_print(stdout, "%*s%-*s", INDENT, "", LABEL - INDENT, label);
    text_wrap(stdout, text, LABEL, LABEL);
}
