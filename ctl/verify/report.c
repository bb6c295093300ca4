/* SPDX-License-Identifier: Apache-2.0 */
/* People want to know first whether it works, then why, then what to do. Programs get the same,
 * under names that do not change. */
#include "ctl/verify/report.h"

#include "common/base/memory.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABEL_COLUMN = 2,
    VALUE_COLUMN = 15,
    COMMAND_COLUMN = 7
};

static const char *const verdict_texts[VERDICTS] = {
    [VERDICT_CARRIED] = "OK, the certificate has the hostname",
    [VERDICT_UNCHECKED] = "NOT VERIFIED",
    [VERDICT_UNTRUSTED] = "NOT TRUSTED by the given CA",
    [VERDICT_NOT_VALID] = "NOT VALID at this time",
    [VERDICT_MISSING] = "HOSTNAME MISSING, so agents reject the certificate",
    [VERDICT_STRANGER] = "NO PUPPET SERVER answered, so agents are not served",
};

static void print_title(FILE *, const struct verification *);
static void print_served(FILE *, const struct verification *);
static void print_ending(FILE *, const struct verification *);
static void print_advice(FILE *, const struct advice *);
static void print(FILE *, const char *label, char *value);
static char *join(const struct text_list *);
static char *trust_text(const struct verification *);
static void add_text(struct json_object *, const char *member, const char *text);
static void add_time(struct json_object *, const char *member, time_t time);
static struct json_object *info_json(const struct x509_info *);
static struct json_object *certificates_json(const struct verification *);
static struct json_object *advice_json(const struct advice *);

void report_print(FILE *stream, const struct verification *verification)
{
    print_title(stream, verification);
    if (verification->problem != NULL)
        print(stream, "reason", memory_text(verification->problem));
    if (verification->served.times > 1)
        print(stream, "tried", memory_format("%u times", verification->served.times));
    if (verification->info.subject != NULL)
        print_served(stream, verification);
    for (size_t i = 0; i < verification->certificate_count; i++)
        print(stream, i == 0 ? "Certificates" : "",
              memory_format("%s: %s", verification->certificates[i].name,
                            verification->certificates[i].exists
                                ? stage_text(verification->certificates[i].stage)
                                : "does not exist"));
    if (verification->note != NULL)
        print(stream, "note", text_clean(verification->note, strlen(verification->note)));
    print_advice(stream, &verification->advice);
}

struct json_object *report_json(const struct verification *verification)
{
    struct json_object *object = json_object_new_object();
    const struct handshake *handshake = &verification->served.handshake;

    add_text(object, "namespace", verification->namespace);
    add_text(object, "pool", verification->pool);
    add_text(object, "hostname", verification->hostname);
    add_text(object, "serverName", verification->server_name);
    add_text(object, "verdict", verification_verdict_name(verification->verdict));
    add_text(object, "problem", verification->problem);
    add_text(object, "note", verification->note);
    add_text(object, "address", verification->served.address);
    json_object_object_add(object, "tries", json_object_new_int64(verification->served.times));
    if (verification->info.subject != NULL) {
        add_text(object, "answeredBy", answerer_name(verification->answerer));
        add_text(object, "tlsVersion", handshake->version);
        add_text(object, "alert", handshake->alert);
        json_object_object_add(object, "asksForClientCertificate",
                               json_object_new_boolean(handshake->requests_client_certificate));
        if (verification->has_ca)
            add_text(object, "chain", X509_verify_cert_error_string(handshake->trust));
        json_object_object_add(object, "certificate", info_json(&verification->info));
    }
    json_object_object_add(object, "certificates", certificates_json(verification));
    json_object_object_add(object, "steps", advice_json(&verification->advice));
    return object;
}

static void print_title(FILE *stream, const struct verification *verification)
{
    char *title =
        verification->pool == NULL
            ? memory_format("%s: %s", verification->hostname, verdict_texts[verification->verdict])
            : memory_format("%s/%s %s%s%s", verification->namespace, verification->pool,
                            verification->hostname, verification->hostname[0] != '\0' ? ": " : "",
                            verdict_texts[verification->verdict]);

    text_wrap(stream, title, 0, 0);
    free(title);
}

static void print_served(FILE *stream, const struct verification *verification)
{
    const struct x509_info *info = &verification->info;
    char *from = x509_time(info->not_before), *until = x509_time(info->not_after);

    print(stream, "served at",
          memory_format("%s, %s", verification->served.address,
                        verification->served.handshake.version));
    print(stream, "answered by", memory_text(answerer_text(verification->answerer)));
    if (strcmp(verification->server_name, verification->hostname) != 0)
        print(stream, "requested as", memory_text(verification->server_name));
    print(stream, "certificate", memory_text(info->subject));
    print(stream, "issued by", memory_text(info->issuer));
    print(stream, "names", join(&info->names));
    print(stream, "valid", memory_format("%s to %s", from, until));
    if (verification->has_ca)
        print(stream, "chain", trust_text(verification));
    print_ending(stream, verification);
    free(from);
    free(until);
}

/* A server that aborts the handshake because there is no client certificate does its job. */
static void print_ending(FILE *stream, const struct verification *verification)
{
    const struct handshake *handshake = &verification->served.handshake;

    if (handshake->requests_client_certificate)
        print(stream, "handshake",
              memory_text("the server requests a client certificate, as it should; none was "
                          "sent"));
    else if (handshake->problem != NULL)
        print(stream, "handshake", memory_text(handshake->problem));
}

static void print_advice(FILE *stream, const struct advice *advice)
{
    if (advice->count > 0)
        output_print(stream, "%*swhat to do:\n", LABEL_COLUMN, "");
    for (size_t i = 0; i < advice->count; i++) {
        int column = output_print(stream, "%*s%zu. ", LABEL_COLUMN, "", i + 1);

        text_wrap(stream, advice->steps[i].text, (size_t)column, (size_t)column);
        if (advice->steps[i].command != NULL)
            text_command(stream, advice->steps[i].command, COMMAND_COLUMN);
    }
}

/* Releases VALUE. */
static void print(FILE *stream, const char *label, char *value)
{
    output_print(stream, "%*s%-*s", LABEL_COLUMN, "", VALUE_COLUMN - LABEL_COLUMN, label);
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

static char *trust_text(const struct verification *verification)
{
    int trust = verification->served.handshake.trust;

    if (trust == X509_V_OK)
        return memory_text("verified against the given CA");
    return memory_format("not verified: %s", X509_verify_cert_error_string(trust));
}

static void add_text(struct json_object *object, const char *member, const char *text)
{
    if (text != NULL)
        json_object_object_add(object, member, json_object_new_string(text));
}

static void add_time(struct json_object *object, const char *member, time_t time)
{
    char *text = x509_time(time);

    add_text(object, member, text);
    free(text);
}

static struct json_object *info_json(const struct x509_info *info)
{
    struct json_object *object = json_object_new_object(), *names = json_object_new_array();

    add_text(object, "subject", info->subject);
    add_text(object, "certname", info->certname);
    add_text(object, "issuer", info->issuer);
    add_text(object, "serial", info->serial);
    add_time(object, "notBefore", info->not_before);
    add_time(object, "notAfter", info->not_after);
    TEXT_LIST_FOREACH (name, &info->names)
        json_object_array_add(names, json_object_new_string(name));
    json_object_object_add(object, "dnsNames", names);
    return object;
}

static struct json_object *certificates_json(const struct verification *verification)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < verification->certificate_count; i++) {
        const struct stage_certificate *certificate = &verification->certificates[i];
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

static struct json_object *advice_json(const struct advice *advice)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < advice->count; i++) {
        struct json_object *object = json_object_new_object();

        add_text(object, "text", advice->steps[i].text);
        if (advice->steps[i].command != NULL) {
            char *line = text_one_line(advice->steps[i].command);

            add_text(object, "command", line);
            free(line);
        }
        json_object_array_add(array, object);
    }
    return array;
}
