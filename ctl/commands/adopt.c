/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl adopt: names that somebody else has injected are taken into the ledgers. What is
 * shown comes from the reconciler; the certpatcher decides again about each name, so that nothing
 * is taken that has ceased to be wanted while a person was thinking. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/arguments/arguments.h"
#include "ctl/commands/caveat.h"
#include "ctl/commands/columns.h"
#include "ctl/commands/commands.h"
#include "ctl/daemon/session.h"
#include "ctl/output/error.h"
#include "ctl/output/output.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What there is, and what would be done. */
struct plan {
    struct json_object *certificates; /* rows of VIEW_ADOPTION */
    struct json_object *names;        /* a row for each name in them, as it is shown */
    size_t adoptable, affected;       /* names that would be taken; Certificates that have them */
};

static bool read_plan(struct plan *, const struct arguments *, int *status);
static void add_names(struct plan *, struct json_object *certificate);
static bool add_name(struct plan *, struct json_object *certificate, struct json_object *name);
static void print_plan(const struct plan *, const struct arguments *);
static bool has_unwanted(const struct plan *);
static bool is_confirmed(const struct plan *);
static int adopt_all(const struct plan *, const struct arguments *);
static int adopt(struct session *, struct json_object *certificate, bool shows);
static struct text_list adoptable_of(struct json_object *certificate);
static int conclude(struct json_object *certificate, struct json_object *result, bool shows);
static void clear_plan(struct plan *);

int adopt_run(const struct arguments *arguments)
{
    bool is_dry = arguments->options[OPTION_DRY_RUN] != NULL;
    struct plan plan = {0};
    int status;

    if (!read_plan(&plan, arguments, &status))
        return status;
    print_plan(&plan, arguments);
    status = COMMAND_OK;
    if (plan.adoptable > 0 && !is_dry) {
        if (arguments->options[OPTION_YES] != NULL || is_confirmed(&plan))
            status = adopt_all(&plan, arguments);
        else
            status = COMMAND_NOT_OK;
    }
    clear_plan(&plan);
    return status;
}

/* Returns false if there is nothing to go on with, and *STATUS is the end. */
static bool read_plan(struct plan *plan, const struct arguments *arguments, int *status)
{
    struct session *session = session_new(arguments->socket_path, 0);
    struct text_list caveats = {0};

    plan->certificates =
        session_query(session, VIEW_ADOPTION, arguments->namespace, arguments->name);
    if (plan->certificates == NULL) {
        error_print("%s", session_problem(session));
        *status = COMMAND_NO_RESULT;
    } else if (arguments->name[0] != '\0' && json_count(plan->certificates) == 0) {
        error_print("Certificate %s/%s does not exist", arguments->namespace, arguments->name);
        json_object_put(plan->certificates);
        plan->certificates = NULL;
        *status = COMMAND_NOT_OK;
    } else {
        caveats = caveats_of(session_unhealthy(session));
        TEXT_LIST_FOREACH (text, &caveats)
            error_print("%s", text);
        text_list_clear(&caveats);
        plan->names = json_object_new_array();
        for (size_t i = 0; i < json_count(plan->certificates); i++)
            add_names(plan, json_item(plan->certificates, i));
    }
    session_free(session);
    return plan->certificates != NULL;
}

static void add_names(struct plan *plan, struct json_object *certificate)
{
    struct json_object *names = json_at(certificate, "names");
    bool is_affected = false;

    if (names == NULL) /* see answer_row() */
        error_print("%s/%s has names that are too long to be shown",
                    json_text_at(certificate, "namespace"), json_text_at(certificate, "name"));
    for (size_t i = 0; i < json_count(names); i++)
        is_affected = add_name(plan, certificate, json_item(names, i)) || is_affected;
    plan->affected += is_affected ? 1 : 0;
}

/* Returns whether it would be taken into the ledger. */
static bool add_name(struct plan *plan, struct json_object *certificate, struct json_object *name)
{
    static const char *const taken[] = {"namespace", "name"}, *const more[] = {"hostname", "pools"};
    struct json_object *row = json_object_new_object(), *reason = json_at(name, "reason");
    bool is_adoptable = reason == NULL;

    for (size_t i = 0; i < 2; i++)
        json_object_object_add(row, taken[i], json_object_get(json_at(certificate, taken[i])));
    for (size_t i = 0; i < 2; i++)
        json_object_object_add(row, more[i], json_object_get(json_at(name, more[i])));
    json_object_object_add(row, "action", json_object_new_string(is_adoptable ? "adopt" : "leave"));
    json_object_object_add(row, "reason", json_object_get(reason));
    json_object_array_add(plan->names, row);
    plan->adoptable += is_adoptable ? 1 : 0;
    return is_adoptable;
}

static void print_plan(const struct plan *plan, const struct arguments *arguments)
{
    if (arguments->format != FORMAT_TABLE) {
        format_rows(stdout, arguments->format, NULL, plan->names);
        return;
    }
    if (json_count(plan->names) > 0) {
        format_rows(stdout, FORMAT_TABLE, columns_adoption, plan->names);
        output_print(stdout, "\n");
    }
    if (has_unwanted(plan))
        output_print(stdout,
                     "A name that no Pool wants is left as it is. If nobody needs it, remove "
                     "it from\nspec.dnsAltNames by hand.\n");
    if (plan->adoptable == 0)
        output_print(stdout, "There is no name to take into a ledger.\n");
}

static bool has_unwanted(const struct plan *plan)
{
    for (size_t i = 0; i < json_count(plan->names); i++) {
        struct json_object *row = json_item(plan->names, i);

        if (json_count(json_at(row, "pools")) == 0)
            return true;
    }
    return false;
}

/* On standard error, so that what is printed for programs stays theirs. */
static bool is_confirmed(const struct plan *plan)
{
    char line[16];
    bool is_yes;

    output_print(stderr,
                 "Take %zu name%s of %zu Certificate%s into the ledger? tlsrouted then withdraws "
                 "a name\nwhen no Pool needs it any more. [y/N] ",
                 plan->adoptable, plan->adoptable == 1 ? "" : "s", plan->affected,
                 plan->affected == 1 ? "" : "s");
    fflush(stdout);
    fflush(stderr);
    if (fgets(line, sizeof(line), stdin) == NULL)
        strcpy(line, "\n");
    line[strcspn(line, "\n")] = '\0';
    is_yes = strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
    if (!is_yes)
        error_print("nothing was changed");
    return is_yes;
}

static int adopt_all(const struct plan *plan, const struct arguments *arguments)
{
    struct session *session = session_new(arguments->socket_path, 0);
    int status = COMMAND_OK;

    for (size_t i = 0; i < json_count(plan->certificates) && status != COMMAND_NO_RESULT; i++) {
        int one =
            adopt(session, json_item(plan->certificates, i), arguments->format == FORMAT_TABLE);

        status = one > status ? one : status;
    }
    session_free(session);
    return status;
}

/* Returns one of enum command_exit. */
static int adopt(struct session *session, struct json_object *certificate, bool shows)
{
    struct message request = message_of(MESSAGE_ADOPT);
    struct text_list names = adoptable_of(certificate);
    struct json_object *rows;
    int status = COMMAND_NO_RESULT;

    if (names.count == 0)
        return COMMAND_OK;
    request.adopt.namespace = json_text_at(certificate, "namespace");
    request.adopt.certificate = json_text_at(certificate, "name");
    request.adopt.names = names;
    rows = session_page(session, &request);
    if (rows != NULL)
        status = conclude(certificate, json_item(rows, 0), shows);
    else
        error_print("%s/%s: %s", request.adopt.namespace, request.adopt.certificate,
                    session_problem(session));
    json_object_put(rows);
    text_list_clear(&names);
    return status;
}

static struct text_list adoptable_of(struct json_object *certificate)
{
    struct json_object *names = json_at(certificate, "names");
    struct text_list adoptable = {0};

    for (size_t i = 0; i < json_count(names); i++) {
        struct json_object *name = json_item(names, i);

        if (json_at(name, "reason") == NULL)
            text_list_add(&adoptable, json_text_at(name, "hostname"));
    }
    return adoptable;
}

static int conclude(struct json_object *certificate, struct json_object *result, bool shows)
{
    const char *namespace = json_text_at(certificate, "namespace");
    const char *name = json_text_at(certificate, "name");
    uint64_t adopted = json_object_get_uint64(json_at(result, "adopted"));
    uint64_t refused = json_object_get_uint64(json_at(result, "refused"));
    bool is_dry = json_object_get_boolean(json_at(result, "dryRun"));

    if (shows)
        output_print(stdout, "%s/%s: %llu name%s %s\n", namespace, name,
                     (unsigned long long)adopted, adopted == 1 ? "" : "s",
                     is_dry ? "would be taken into the ledger: tlsrouted makes a dry run"
                            : "taken into the ledger");
    if (refused > 0)
        error_print("%s/%s: %llu refused: %s", namespace, name, (unsigned long long)refused,
                    json_text_at(result, "reason"));
    return refused > 0 ? COMMAND_NOT_OK : COMMAND_OK;
}

static void clear_plan(struct plan *plan)
{
    json_object_put(plan->certificates);
    json_object_put(plan->names);
}
