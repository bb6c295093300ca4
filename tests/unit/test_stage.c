/* SPDX-License-Identifier: Apache-2.0 */
/* How far a hostname has got, and the advice that follows. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"
#include "ctl/verify/advice.h"

#define NAMES(list)   "\"spec\": {\"certname\": \"puppet-1\", \"dnsAltNames\": [" list "]}"
#define STATUS(inner) ", \"status\": {" inner "}"
#define SIGNED        STATUS("\"phase\": \"Signed\"")
#define PHASE(name)   STATUS("\"phase\": \"" name "\"")
#define HAS           "\"a.example\""

static const struct {
    const char *row, *object, *served;
    bool has_name, no_inject, paused;
    enum stage stage;
    const char *steps; /* beginnings of the texts, and the commands, each ended by "|" */
} rows[] = {
    {.row = "all is well",
     .object = "{" NAMES(HAS) SIGNED "}",
     .served = "puppet-1",
     .has_name = true,
     .stage = STAGE_SERVED,
     .steps = ""},
    {.row = "served although the spec lost it",
     .object = "{" NAMES("") SIGNED "}",
     .served = "Puppet-1",
     .has_name = true,
     .stage = STAGE_SERVED,
     .steps = ""},
    {.row = "issued before",
     .object = "{" NAMES("\"x\", \"A.EXAMPLE\"") SIGNED "}",
     .served = "puppet-1",
     .stage = STAGE_REISSUE,
     .steps = "On the CA|puppetserver ca clean --certname puppet-1|Delete the Secret|"
              "kubectl -n openvox delete secret -- cert-tls|Make its operator|"
              "kubectl -n openvox patch --subresource=status --type=merge "
              "-p '{\"status\":{\"phase\":\"Pending\"}}' "
              "certificates.openvox.voxpupuli.org -- cert|"
              "Verify again when its phase|"},
    {.row = "Secret with a name of its own",
     .object = "{" NAMES(HAS) STATUS("\"phase\": \"Signed\", \"secretName\": \"own\"") "}",
     .served = "puppet-1",
     .stage = STAGE_REISSUE,
     .steps = "On the CA|puppetserver ca clean --certname puppet-1|Delete the Secret|"
              "kubectl -n openvox delete secret -- own|Make its operator|"
              "kubectl -n openvox patch --subresource=status --type=merge "
              "-p '{\"status\":{\"phase\":\"Pending\"}}' "
              "certificates.openvox.voxpupuli.org -- cert|"
              "Verify again when its phase|"},
    {.row = "another one was served",
     .object = "{" NAMES(HAS) SIGNED "}",
     .served = "puppet-2",
     .has_name = true,
     .stage = STAGE_UNKNOWN,
     .steps = ""},
    {.row = "not injected",
     .object = "{" NAMES("\"b.example\"") SIGNED "}",
     .served = "puppet-1",
     .stage = STAGE_NOT_INJECTED,
     .steps = "Check that tlsrouted is running|"
              "tlsroutectl status|"},
    {.row = "no list",
     .object = "{\"spec\": {\"certname\": \"puppet-1\"}}",
     .served = "puppet-1",
     .stage = STAGE_NOT_INJECTED,
     .steps = "Check that tlsrouted is running|"
              "tlsroutectl status|"},
    {.row = "injection is off",
     .object = "{" NAMES("") SIGNED "}",
     .served = "puppet-1",
     .no_inject = true,
     .stage = STAGE_NOT_INJECTED,
     .steps = "Enable injection in the Pool|"
              "kubectl -n openvox patch --type=merge "
              "-p '{\"spec\":{\"route\":{\"injectDNSAltName\":true}}}' "
              "pools.openvox.voxpupuli.org -- puppet|"},
    {.row = "paused",
     .object = "{" NAMES("") SIGNED "}",
     .served = "puppet-1",
     .paused = true,
     .stage = STAGE_NOT_INJECTED,
     .steps = "Resume the Pool|"
              "kubectl -n openvox annotate pools.openvox.voxpupuli.org -- puppet "
              "openvox.voxpupuli.org/paused-|"},
    {.row = "no such Certificate",
     .object = "null",
     .served = "puppet-1",
     .stage = STAGE_NOT_INJECTED,
     .steps = "Create Certificate cert, which Server server uses|"},
    {.row = "its operator derives it",
     .object =
         "{" NAMES("") STATUS("\"phase\": \"Signed\", \"effectiveDNSAltNames\": [" HAS "]") "}",
     .served = "puppet-1",
     .stage = STAGE_REISSUE,
     .steps = "On the CA|puppetserver ca clean --certname puppet-1|Delete the Secret|"
              "kubectl -n openvox delete secret -- cert-tls|Make its operator|"
              "kubectl -n openvox patch --subresource=status --type=merge "
              "-p '{\"status\":{\"phase\":\"Pending\"}}' "
              "certificates.openvox.voxpupuli.org -- cert|"
              "Verify again when its phase|"},
    {.row = "pending",
     .object = "{" NAMES(HAS) PHASE("Pending") "}",
     .served = "puppet-1",
     .stage = STAGE_NOT_ISSUED,
     .steps = "Certificate cert has the hostname in its spec. Wait|"},
    {.row = "waits for its signature",
     .object = "{" NAMES(HAS) PHASE("WaitingForSigning") "}",
     .served = "",
     .stage = STAGE_NOT_ISSUED,
     .steps = "Certificate cert has the hostname in its spec. Sign|"
              "puppetserver ca sign --certname puppet-1|"},
    {.row = "error",
     .object = "{" NAMES(HAS) PHASE("Error") "}",
     .served = "",
     .stage = STAGE_NOT_ISSUED,
     .steps = "Certificate cert has the hostname in its spec. It is in phase Error|"},
    {.row = "no phase",
     .object = "{" NAMES(HAS) "}",
     .served = "",
     .stage = STAGE_NOT_ISSUED,
     .steps = "Certificate cert has the hostname in its spec. Wait|"},
    {.row = "no certname",
     .object = "{\"spec\": {\"dnsAltNames\": [" HAS "]}" SIGNED "}",
     .served = "",
     .stage = STAGE_UNKNOWN,
     .steps = ""},
};

/* Each step has to begin as EXPECTED says; each command is compared whole. */
static void check_steps(const char *row, const struct advice *advice, const char *expected)
{
    for (size_t i = 0; i < advice->count; i++) {
        size_t length = strcspn(expected, "|");
        char *line;

        CHECK_ROW(row, length > 0 && strncmp(advice->steps[i].text, expected, length) == 0);
        expected += length + 1;
        if (advice->steps[i].command == NULL)
            continue;
        line = text_one_line(advice->steps[i].command);
        length = strcspn(expected, "|");
        CHECK_ROW(line, strlen(line) == length && strncmp(line, expected, length) == 0);
        free(line);
        expected += length + 1;
    }
    CHECK_ROW_TEXT(row, expected, "");
}

static void test_stages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *object = check_json(rows[i].object);
        struct stage_certificate certificate =
            stage_read(object, "cert", "server", "a.example", rows[i].served, rows[i].has_name);
        struct advice advice = {0};

        CHECK_ROW_TEXT(rows[i].row, stage_name(certificate.stage), stage_name(rows[i].stage));
        advice_add_for_certificate(&advice,
                                   &(struct advice_pool){.namespace = "openvox",
                                                         .name = "puppet",
                                                         .inject = !rows[i].no_inject,
                                                         .paused = rows[i].paused},
                                   &certificate);
        check_steps(rows[i].row, &advice, rows[i].steps);
        advice_clear(&advice);
        stage_certificate_clear(&certificate);
        json_object_put(object);
    }
}

/* A certname is a free text in the API: it must not become a second command. */
static void test_hostile_names(void **state)
{
    struct json_object *object =
        check_json("{\"spec\": {\"certname\": \"x; reboot\\n'\", \"dnsAltNames\": [" HAS
                   "]}, \"status\": {\"phase\": \"Signed\", \"secretName\": \"$(reboot)\"}}");
    struct stage_certificate certificate =
        stage_read(object, "cert", "server", "a.example", "x; reboot?'", false);
    struct advice advice = {0};

    (void)state;
    advice_add_for_certificate(
        &advice, &(struct advice_pool){.namespace = "openvox", .inject = true}, &certificate);
    assert_true(advice.count > 1);
    CHECK_ROW_TEXT("certname", advice.steps[0].command,
                   "puppetserver ca clean --certname 'x; reboot?'\\'''");
    CHECK_ROW_TEXT("Secret", advice.steps[1].command,
                   "kubectl -n openvox delete\nsecret -- '$(reboot)'");
    advice_clear(&advice);
    stage_certificate_clear(&certificate);
    json_object_put(object);
}

/* What the CA would take for an option, or for several certificates, is not offered for pasting. */
static void test_certnames(void **state)
{
    static const struct {
        const char *certname, *command;
    } names[] = {
        {"puppet-1", "puppetserver ca clean --certname puppet-1"},
        {"$(x)", "puppetserver ca clean --certname '$(x)'"},
        {"it's", "puppetserver ca clean --certname 'it'\\''s'"},
        {"a\n\x1b[2J", "puppetserver ca clean --certname 'a??[2J'"},
        {"--all", NULL},
        {"-x", NULL},
        {"a,prod-ca", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct advice advice = {0};

        advice_add_general(&advice, names[i].certname, "a.example");
        assert_int_equal(advice.count, 3);
        CHECK_ROW_TEXT(names[i].certname, advice.steps[1].command, names[i].command);
        advice_clear(&advice);
    }
}

/* After "--" a name is a name, whatever it begins with. */
static void test_names_after_dashes(void **state)
{
    static const char *const names[][2] = {
        {"s-tls", "s-tls"}, {"--all", "--all"}, {"-x", "-x"},          {"$(x)", "'$(x)'"},
        {"a b", "'a b'"},   {"a\nb", "'a?b'"},  {"\x1b[1m", "'?[1m'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stage_certificate certificate = {.name = memory_text("c"),
                                                .server = memory_text("s"),
                                                .certname = memory_text("puppet-1"),
                                                .secret = memory_text(names[i][0]),
                                                .phase = memory_text("Signed"),
                                                .stage = STAGE_REISSUE};
        char *expected = memory_format("kubectl -n n delete\nsecret -- %s", names[i][1]);
        struct advice advice = {0};

        advice_add_for_certificate(&advice, &(struct advice_pool){.namespace = "n"}, &certificate);
        CHECK_ROW_TEXT(names[i][0], advice.steps[1].command, expected);
        advice_clear(&advice);
        stage_certificate_clear(&certificate);
        free(expected);
    }
}

static void test_general(void **state)
{
    struct advice advice = {0};

    (void)state;
    advice_add_general(&advice, "puppet-1", "a.example");
    check_steps(
        "general", &advice,
        "Add the DNS name a.example|On the CA, revoke and remove the certificate of the server:|"
        "puppetserver ca clean --certname puppet-1|Have a new certificate issued|");
    advice_clear(&advice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages), cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_certnames), cmocka_unit_test(test_names_after_dashes),
        cmocka_unit_test(test_general)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
