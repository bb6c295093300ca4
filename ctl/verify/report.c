/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/report.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABEL_COLUMN = 2,
    VALUE_COLUMN = 15,
    COMMAND_COLUMN = 7
};

static const char *const verdict_texts[VERDICTS] = {
    [VERDICT_CARRIED] = "the name is served",
    [VERDICT_UNCHECKED] = "NOT CHECKED",
    [VERDICT_UNTRUSTED] = "NOT TRUSTED by the given CA",
    [VERDICT_NOT_VALID] = "NOT VALID at this time",
    [VERDICT_MISSING] = "THE NAME IS MISSING: agents that ask for it refuse the certificate",
};

static void print_title(FILE *, const struct check *);
static void print_served(FILE *, const struct check *);
static void print_ending(FILE *, const struct check *);
static void print_steps(FILE *, const struct stage_steps *);
static void print(FILE *, const char *label, char *value);
static char *join(const struct text_list *);
static char *trust_text(const struct check *);
static void add_text(struct json_object *, const char *member, const char *text);
static void add_time(struct json_object *, const char *member, time_t time);
static struct json_object *served_json(const struct served *);
static struct json_object *certificates_json(const struct check *);
static struct json_object *steps_json(const struct stage_steps *);

void check_report_text(FILE *stream, const struct check *check)
{
    print_title(stream, check);
    if (check->problem != NULL)
        print(stream, "because", memory_text(check->problem));
    if (check->served.subject != NULL)
        print_served(stream, check);
    for (size_t i = 0; i < check->certificate_count; i++)
        print(stream, i == 0 ? "Certificates" : "",
              memory_format("%s: %s", check->certificates[i].name,
                            check->certificates[i].exists ? stage_text(check->certificates[i].stage)
                                                          : "does not exist"));
    if (check->note != NULL)
        print(stream, "note", text_clean(check->note, strlen(check->note)));
    print_steps(stream, &check->steps);
}

struct json_object *check_report_json(const struct check *check)
{
    struct json_object *object = json_object_new_object();
    const struct handshake *handshake = &check->probe.handshake;

    add_text(object, "namespace", check->namespace);
    add_text(object, "pool", check->pool);
    add_text(object, "hostname", check->hostname);
    add_text(object, "serverName", check->server_name);
    add_text(object, "verdict", check_verdict_name(check->verdict));
    add_text(object, "problem", check->problem);
    add_text(object, "note", check->note);
    add_text(object, "address", check->probe.address);
    if (check->served.subject != NULL) {
        add_text(object, "tlsVersion", handshake->version);
        add_text(object, "alert", handshake->alert);
        json_object_object_add(object, "asksForClientCertificate",
                               json_object_new_boolean(handshake->asks_api_worker));
        if (check->trust_asked)
            add_text(object, "chain", X509_verify_cert_error_string(handshake->trust));
        json_object_object_add(object, "certificate", served_json(&check->served));
    }
    json_object_object_add(object, "certificates", certificates_json(check));
    json_object_object_add(object, "steps", steps_json(&check->steps));
    return object;
}

static void print_title(FILE *stream, const struct check *check)
{
    char *title =
        check->pool == NULL
            ? memory_format("%s: %s", check->hostname, verdict_texts[check->verdict])
            : memory_format("%s/%s %s%s%s", check->namespace, check->pool, check->hostname,
                            check->hostname[0] != '\0' ? ": " : "", verdict_texts[check->verdict]);

    text_wrap(stream, title, 0, 0);
    free(title);
}

static void print_served(FILE *stream, const struct check *check)
{
    const struct served *served = &check->served;
    char *from = served_time(served->not_before), *until = served_time(served->not_after);

    print(stream, "served at",
          memory_format("%s, %s", check->probe.address, check->probe.handshake.version));
    if (strcmp(check->server_name, check->hostname) != 0)
        print(stream, "asked for", memory_text(check->server_name));
    print(stream, "certificate", memory_text(served->subject));
    print(stream, "issued by", memory_text(served->issuer));
    print(stream, "names", join(&served->names));
    print(stream, "valid", memory_format("%s to %s", from, until));
    if (check->trust_asked)
        print(stream, "chain", trust_text(check));
    print_ending(stream, check);
    free(from);
    free(until);
}

/* That a server ends the handshake for want of a client certificate is as it should be. */
static void print_ending(FILE *stream, const struct check *check)
{
    const struct handshake *handshake = &check->probe.handshake;

    if (handshake->asks_api_worker)
        print(stream, "handshake",
              memory_text("the server asks for a client certificate, as it should; none was "
                          "shown"));
    else if (handshake->problem != NULL)
        print(stream, "handshake", memory_text(handshake->problem));
}

static void print_steps(FILE *stream, const struct stage_steps *steps)
{
    if (steps->count > 0)
        fprintf(stream, "%*sto do:\n", LABEL_COLUMN, "");
    for (size_t i = 0; i < steps->count; i++) {
        int column = fprintf(stream, "%*s%zu. ", LABEL_COLUMN, "", i + 1);

        text_wrap(stream, steps->items[i].text, (size_t)column, (size_t)column);
        if (steps->items[i].command != NULL)
            text_command(stream, steps->items[i].command, COMMAND_COLUMN);
    }
}

/* VALUE is freed. */
static void print(FILE *stream, const char *label, char *value)
{
    fprintf(stream, "%*s%-*s", LABEL_COLUMN, "", VALUE_COLUMN - LABEL_COLUMN, label);
    text_wrap(stream, value, VALUE_COLUMN, VALUE_COLUMN);
    free(value);
}

static char *join(const struct text_list *names)
{
    char *joined = memory_text(names->count == 0 ? "(none)" : "");

    TEXT_LIST_FOREACH (name, names) {
        char *longer = memory_format("%s%s%s", joined, joined[0] != '\0' ? ", " : "", name);

        free(joined);
        joined = longer;
    }
    return joined;
}

static char *trust_text(const struct check *check)
{
    int trust = check->probe.handshake.trust;

    if (trust == X509_V_OK)
        return memory_text("verifies against the given CA");
    return memory_format("does not verify: %s", X509_verify_cert_error_string(trust));
}

static void add_text(struct json_object *object, const char *member, const char *text)
{
    if (text != NULL)
        json_object_object_add(object, member, json_object_new_string(text));
}

static void add_time(struct json_object *object, const char *member, time_t time)
{
    char *text = served_time(time);

    add_text(object, member, text);
    free(text);
}

static struct json_object *served_json(const struct served *served)
{
    struct json_object *object = json_object_new_object(), *names = json_object_new_array();

    add_text(object, "subject", served->subject);
    add_text(object, "certname", served->certname);
    add_text(object, "issuer", served->issuer);
    add_text(object, "serial", served->serial);
    add_time(object, "notBefore", served->not_before);
    add_time(object, "notAfter", served->not_after);
    TEXT_LIST_FOREACH (name, &served->names)
        json_object_array_add(names, json_object_new_string(name));
    json_object_object_add(object, "dnsNames", names);
    return object;
}

static struct json_object *certificates_json(const struct check *check)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < check->certificate_count; i++) {
        const struct stage_certificate *certificate = &check->certificates[i];
        struct json_object *object = json_object_new_object();

        add_text(object, "name", certificate->name);
        add_text(object, "server", certificate->server);
        add_text(object, "certname", certificate->certname);
        add_text(object, "phase", certificate->phase);
        add_text(object, "stage", stage_name(certificate->stage));
        json_object_object_add(object, "exists", json_object_new_boolean(certificate->exists));
        json_object_object_add(object, "inSpec", json_object_new_boolean(certificate->in_spec));
        json_object_object_add(object, "derived", json_object_new_boolean(certificate->derived));
        json_object_array_add(array, object);
    }
    return array;
}

static struct json_object *steps_json(const struct stage_steps *steps)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < steps->count; i++) {
        struct json_object *object = json_object_new_object();

        add_text(object, "text", steps->items[i].text);
        if (steps->items[i].command != NULL) {
            char *line = text_one_line(steps->items[i].command);

            add_text(object, "command", line);
            free(line);
        }
        json_object_array_add(array, object);
    }
    return array;
}
