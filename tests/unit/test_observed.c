/* SPDX-License-Identifier: Apache-2.0 */
/* What has been seen around Certificates: what exists, what does not, and what is not known. */
#include "tests/unit/check.h"

#include "certpatcher/observed.h"
#include "common/objects/ledger.h"

#include <stdio.h>

#define META(namespace, name, rest)                                                                \
    "{\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name                              \
                                                "\",\"uid\":\"u\",\"resourceVersion\":\"7\","      \
                                                "\"creationTimestamp\":\"2026-01-02T03:04:"        \
                                                "05Z\"" rest "}"
#define POOL(name, rest)                                                                           \
    META("n", name, rest)                                                                          \
    ",\"spec\":{\"route\":{\"enabled\":true,\"injectDNSAltName\":true,\"hostname\":\"" name        \
    ".example\"}}}"
#define PAUSED        ",\"annotations\":{\"openvox.voxpupuli.org/paused\":\"true\"}"
#define LEDGER(text)  ",\"annotations\":{\"" LEDGER_ANNOTATION "\":\"" text "\"}"
#define BAD_POOL      META("n", "bad", "") ",\"spec\":{\"route\":{\"hostname\":7}}}"
#define SERVER(pools) SERVER_IN("n", "s", "c", pools)
#define SERVER_IN(namespace, name, certificate, pools)                                             \
    META(namespace, name, "")                                                                      \
    ",\"spec\":{\"certificateRef\":\"" certificate "\",\"poolRefs\":[" pools "]}}"
#define BAD_SERVER(namespace) META(namespace, "bad", "") ",\"spec\":{\"poolRefs\":7}}"
#define CERTIFICATE(name)     META("n", name, "") ",\"spec\":{}}"

static void take(struct observed *observed, enum kind kind, const char *text)
{
    struct json_object *object = check_json(text);

    observed_add(observed, kind, object);
    json_object_put(object);
}

/* The texts of LIST, each with a '|' after it. */
static const char *joined(const struct text_list *list, char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    TEXT_LIST_FOREACH (item, list)
        at += (size_t)snprintf(text + at, size - at, "%s|", item);
    return text;
}

/* What the wishes for the Certificate n/c come to. */
static void test_gather(void **state)
{
    static const struct {
        const char *row;
        const char *servers[3], *pools[3];
        const char *ledger;
        bool all_pools, asked;
        const char *demands; /* Pools, each with a '|' after it and an 'h' before if held */
        const char *unknown; /* a word, or NULL */
    } rows[] = {
        {.row = "nobody uses it", .demands = ""},
        {.row = "a Pool", .servers = {SERVER("\"p\"")}, .pools = {POOL("p", "")}, .demands = "p|"},
        {.row = "two",
         .servers = {SERVER("\"p\""), SERVER_IN("n", "t", "c", "\"q\"")},
         .pools = {POOL("p", ""), POOL("q", "")},
         .demands = "p|q|"},
        {.row = "one Pool of two Servers",
         .servers = {SERVER("\"p\""), SERVER_IN("n", "t", "c", "\"p\"")},
         .pools = {POOL("p", "")},
         .demands = "p|"},
        {.row = "another Certificate",
         .servers = {SERVER_IN("n", "s", "d", "\"p\"")},
         .pools = {POOL("p", "")},
         .demands = ""},
        {.row = "another namespace",
         .servers = {SERVER_IN("m", "s", "c", "\"p\"")},
         .pools = {POOL("p", "")},
         .demands = ""},
        {.row = "paused",
         .servers = {SERVER("\"p\"")},
         .pools = {POOL("p", PAUSED)},
         .demands = "hp|"},
        {.row = "not asked for",
         .servers = {SERVER("\"p\"")},
         .demands = "",
         .unknown = "not been"},
        {.row = "asked for, and not there",
         .servers = {SERVER("\"p\"")},
         .asked = true,
         .demands = ""},
        {.row = "not in a list", .servers = {SERVER("\"p\"")}, .all_pools = true, .demands = ""},
        {.row = "a name that no Pool has",
         .servers = {SERVER("\"\",\"a/b\",\"..\"")},
         .demands = ""},
        {.row = "not understood",
         .servers = {SERVER("\"bad\",\"p\"")},
         .pools = {BAD_POOL, POOL("p", "")},
         .demands = "p|",
         .unknown = "Pool"},
        {.row = "a Server not understood",
         .servers = {SERVER("\"p\""), BAD_SERVER("n")},
         .pools = {POOL("p", "")},
         .demands = "p|",
         .unknown = "Server"},
        {.row = "elsewhere",
         .servers = {SERVER("\"p\""), BAD_SERVER("m")},
         .pools = {POOL("p", "")},
         .demands = "p|"},
        {.row = "in the ledger only",
         .ledger = "{\"x\":[\"p\"]}",
         .pools = {POOL("p", "")},
         .demands = ""},
        {.row = "in the ledger, not asked for",
         .ledger = "{\"x\":[\"p\"]}",
         .demands = "",
         .unknown = "not been"},
        {.row = "in the ledger, not there",
         .ledger = "{\"x\":[\"p\"]}",
         .asked = true,
         .demands = ""},
        {.row = "in the ledger, not understood",
         .ledger = "{\"x\":[\"bad\"]}",
         .pools = {BAD_POOL},
         .demands = "",
         .unknown = "Pool"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct observed observed = {0};
        struct injection_demands demands = {0};
        struct text_list keys = {0};
        const struct certificate_message certificate = {
            .namespace = "n", .name = "c", .ledger = rows[i].ledger != NULL ? rows[i].ledger : ""};
        char text[64] = "";

        observed_want(&observed, "n/c");
        take(&observed, KIND_CERTIFICATE,
             rows[i].ledger == NULL ? CERTIFICATE("c")
             : strstr(rows[i].ledger, "bad") != NULL
                 ? META("n", "c", LEDGER("{\\\"x\\\":[\\\"bad\\\"]}")) "}"
                 : META("n", "c", LEDGER("{\\\"x\\\":[\\\"p\\\"]}")) "}");
        for (size_t j = 0; j < 3 && rows[i].servers[j] != NULL; j++)
            take(&observed, KIND_SERVER, rows[i].servers[j]);
        if (rows[i].asked)
            observed_want_pools(&observed, "n", &keys);
        for (size_t j = 0; j < 3 && rows[i].pools[j] != NULL; j++)
            take(&observed, KIND_POOL, rows[i].pools[j]);
        observed_gather(&observed, &certificate, rows[i].all_pools, &demands);
        for (size_t j = 0; j < demands.count; j++) {
            strcat(text, demands.list[j].held ? "h" : "");
            strcat(text, demands.list[j].pool);
            strcat(text, "|");
        }
        CHECK_ROW_TEXT(rows[i].row, text, rows[i].demands);
        CHECK_ROW(rows[i].row, (demands.unknown != NULL) == (rows[i].unknown != NULL));
        if (demands.unknown != NULL)
            CHECK_ROW(rows[i].row, strstr(demands.unknown, rows[i].unknown) != NULL);
        text_list_clear(&keys);
        injection_demands_clear(&demands);
        observed_clear(&observed);
    }
}

/* Which Pools have to be read: each once, those of the ledger too. */
static void test_want_pools(void **state)
{
    struct observed observed = {0};
    struct text_list keys = {0};
    char text[128];

    (void)state;
    observed_want(&observed, "n/c");
    observed_want(&observed, "n/none");
    observed_want(&observed, "m/c");
    observed_want_pools(&observed, "n", &keys);
    assert_int_equal(keys.count, 0); /* none of them is known to exist */
    take(&observed, KIND_CERTIFICATE,
         META("n", "c", LEDGER("{\\\"x\\\":[\\\"old\\\",\\\"p\\\"]}")) "}");
    take(&observed, KIND_CERTIFICATE, META("m", "c", "") "}");
    take(&observed, KIND_SERVER, SERVER("\"q\",\"p\",\"q\",\"\",\"a/b\""));
    take(&observed, KIND_SERVER, SERVER_IN("m", "s", "c", "\"p\""));
    take(&observed, KIND_SERVER, SERVER_IN("n", "t", "none", "\"r\""));
    observed_want_pools(&observed, "n", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "n/q|n/p|n/old|");
    text_list_clear(&keys);
    observed_want_pools(&observed, "n", &keys);
    assert_int_equal(keys.count, 0);
    observed_want_pools(&observed, "", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "m/p|");
    text_list_clear(&keys);
    observed_clear(&observed);
}

static void test_certificates(void **state)
{
    struct observed observed = {0};
    struct fetched fetched;
    struct text_list keys = {0};
    char text[128];

    (void)state;
    assert_true(observed_want(&observed, "n/c"));
    assert_false(observed_want(&observed, "n/c"));
    assert_true(observed_want(&observed, "n/d"));
    assert_true(observed_want(&observed, "nn/c"));
    observed_wanted(&observed, "n", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "n/c|n/d|");
    take(&observed, KIND_CERTIFICATE, CERTIFICATE("c"));
    take(&observed, KIND_CERTIFICATE, CERTIFICATE("e")); /* in a list, and nobody asked */
    assert_true(observed_certificate(&observed, "n/c", &fetched));
    assert_string_equal(fetched.message.certificate.name, "c");
    fetched_clear(&fetched);
    assert_false(observed_certificate(&observed, "n/c", &fetched));
    assert_false(observed_certificate(&observed, "n/d", &fetched));
    assert_false(observed_certificate(&observed, "n/e", &fetched));
    take(&observed, KIND_CERTIFICATE, META("n", "d", "") ",\"spec\":{\"dnsAltNames\":7}}");
    assert_true(observed_certificate(&observed, "n/d", &fetched));
    assert_non_null(fetched.problem);
    fetched_clear(&fetched);
    text_list_clear(&keys);
    observed_clear(&observed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_want_pools),
        cmocka_unit_test(test_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
