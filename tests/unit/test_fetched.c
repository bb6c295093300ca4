/* SPDX-License-Identifier: Apache-2.0 */
/* What was fetched around Certificates: what exists, what does not, and what is not known. */
#include "tests/unit/check.h"

#include "certpatcher/fetched.h"
#include "tests/unit/certificates.h"

#include <stdio.h>

static void add(struct fetched *fetched, enum kind kind, const char *text)
{
    struct projected object;

    assert_null(projection_read(fetched_projection(kind), text, strlen(text), &object));
    fetched_add(fetched, kind, &object);
    projected_clear(&object);
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

/* What is demanded in the Certificate n/c. */
static void test_gather(void **state)
{
    static const struct {
        const char *row;
        const char *servers[3], *pools[3];
        const char *ledger;
        bool all_pools, requested;
        const char *demands; /* Pools, each with a '|' after it, and 'paused ' before if so */
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
         .demands = "paused p|"},
        {.row = "not requested",
         .servers = {SERVER("\"p\"")},
         .demands = "",
         .unknown = "not been"},
        {.row = "requested, and not there",
         .servers = {SERVER("\"p\"")},
         .requested = true,
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
        {.row = "in the ledger, not requested",
         .ledger = "{\"x\":[\"p\"]}",
         .demands = "",
         .unknown = "not been"},
        {.row = "in the ledger, not there",
         .ledger = "{\"x\":[\"p\"]}",
         .requested = true,
         .demands = ""},
        {.row = "in the ledger, not understood",
         .ledger = "{\"x\":[\"bad\"]}",
         .pools = {BAD_POOL},
         .demands = "",
         .unknown = "Pool"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fetched fetched = {0};
        struct injection_demands demands = {0};
        struct text_list keys = {0};
        const struct certificate_message certificate = {
            .namespace = "n", .name = "c", .ledger = rows[i].ledger != NULL ? rows[i].ledger : ""};
        char text[64] = "";

        fetched_want(&fetched, "n/c");
        add(&fetched, KIND_CERTIFICATE,
            rows[i].ledger == NULL ? CERTIFICATE("c")
            : strstr(rows[i].ledger, "bad") != NULL
                ? META("n", "c", LEDGER("{\\\"x\\\":[\\\"bad\\\"]}")) "}"
                : META("n", "c", LEDGER("{\\\"x\\\":[\\\"p\\\"]}")) "}");
        for (size_t j = 0; j < 3 && rows[i].servers[j] != NULL; j++)
            add(&fetched, KIND_SERVER, rows[i].servers[j]);
        if (rows[i].requested)
            fetched_missing_pools(&fetched, "n", &keys);
        for (size_t j = 0; j < 3 && rows[i].pools[j] != NULL; j++)
            add(&fetched, KIND_POOL, rows[i].pools[j]);
        fetched_gather(&fetched, &certificate, rows[i].all_pools, &demands);
        for (size_t j = 0; j < demands.count; j++) {
            strcat(text, demands.list[j].paused ? "paused " : "");
            strcat(text, demands.list[j].pool);
            strcat(text, "|");
        }
        CHECK_ROW_TEXT(rows[i].row, text, rows[i].demands);
        CHECK_ROW(rows[i].row, (demands.unknown != NULL) == (rows[i].unknown != NULL));
        if (demands.unknown != NULL)
            CHECK_ROW(rows[i].row, strstr(demands.unknown, rows[i].unknown) != NULL);
        text_list_clear(&keys);
        injection_demands_clear(&demands);
        fetched_clear(&fetched);
    }
}

/* Which Pools are to be fetched: each once, those of the ledger too. */
static void test_missing_pools(void **state)
{
    struct fetched fetched = {0};
    struct text_list keys = {0};
    char text[128];

    (void)state;
    fetched_want(&fetched, "n/c");
    fetched_want(&fetched, "n/none");
    fetched_want(&fetched, "m/c");
    fetched_missing_pools(&fetched, "n", &keys);
    assert_int_equal(keys.count, 0); /* none of them is known to exist */
    add(&fetched, KIND_CERTIFICATE,
        META("n", "c", LEDGER("{\\\"x\\\":[\\\"old\\\",\\\"p\\\"]}")) "}");
    add(&fetched, KIND_CERTIFICATE, META("m", "c", "") "}");
    add(&fetched, KIND_SERVER, SERVER("\"q\",\"p\",\"q\",\"\",\"a/b\""));
    add(&fetched, KIND_SERVER, SERVER_IN("m", "s", "c", "\"p\""));
    add(&fetched, KIND_SERVER, SERVER_IN("n", "t", "none", "\"r\""));
    fetched_missing_pools(&fetched, "n", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "n/q|n/p|n/old|");
    text_list_clear(&keys);
    fetched_missing_pools(&fetched, "n", &keys);
    assert_int_equal(keys.count, 0);
    fetched_missing_pools(&fetched, "", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "m/p|");
    text_list_clear(&keys);
    fetched_clear(&fetched);
}

static void test_certificates(void **state)
{
    struct fetched fetched = {0};
    struct certificate certificate;
    struct text_list keys = {0};
    char text[128];

    (void)state;
    assert_true(fetched_want(&fetched, "n/c"));
    assert_false(fetched_want(&fetched, "n/c"));
    assert_true(fetched_want(&fetched, "n/d"));
    assert_true(fetched_want(&fetched, "nn/c"));
    fetched_wanted(&fetched, "n", &keys);
    assert_string_equal(joined(&keys, text, sizeof(text)), "n/c|n/d|");
    add(&fetched, KIND_CERTIFICATE, CERTIFICATE("c"));
    add(&fetched, KIND_CERTIFICATE, CERTIFICATE("e")); /* in a list, and not wanted */
    assert_true(fetched_take(&fetched, "n/c", &certificate));
    assert_string_equal(certificate.message.certificate.name, "c");
    certificate_clear(&certificate);
    assert_false(fetched_take(&fetched, "n/c", &certificate));
    assert_false(fetched_take(&fetched, "n/d", &certificate));
    assert_false(fetched_take(&fetched, "n/e", &certificate));
    add(&fetched, KIND_CERTIFICATE, META("n", "d", "") ",\"spec\":{\"dnsAltNames\":7}}");
    assert_true(fetched_take(&fetched, "n/d", &certificate));
    assert_non_null(certificate.problem);
    certificate_clear(&certificate);
    text_list_clear(&keys);
    fetched_clear(&fetched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_missing_pools),
        cmocka_unit_test(test_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
