/* SPDX-License-Identifier: Apache-2.0 */
/* What tlsroutectl adds to its output when a worker is not healthy. */
#include "tests/unit/check.h"

#include "ctl/commands/caveat.h"

#define WATCHER     "{\"name\":\"watcher\",\"healthy\":"
#define RECONCILER  "{\"name\":\"reconciler\",\"healthy\":"
#define CERTPATCHER "{\"name\":\"certpatcher\",\"healthy\":"
#define EXPORTER    "{\"name\":\"exporter\",\"healthy\":"
#define OUTDATED                                                                                   \
    "warning: not in sync with the API server, so this may be outdated or incomplete (see "        \
    "tlsroutectl status)|"
#define UNPATCHED                                                                                  \
    "warning: the certpatcher is not working, so Certificates are not changed (see tlsroutectl "   \
    "status)|"

static void test_caveats(void **state)
{
    static const struct {
        const char *row, *workers, *texts; /* each ends with "|" */
    } rows[] = {
        {"all is well", "[" WATCHER "true}," RECONCILER "true}," CERTPATCHER "true}]", ""},
        {"the watcher", "[" WATCHER "false}," RECONCILER "true}," CERTPATCHER "true}]", OUTDATED},
        {"the reconciler", "[" WATCHER "true}," RECONCILER "false}," CERTPATCHER "true}]",
         OUTDATED},
        {"once for both", "[" WATCHER "false}," RECONCILER "false}]", OUTDATED},
        {"the certpatcher", "[" WATCHER "true}," CERTPATCHER "false}]", UNPATCHED},
        {"two reasons", "[" WATCHER "false}," CERTPATCHER "false}]", OUTDATED UNPATCHED},
        {"others do not matter", "[" WATCHER "true}," EXPORTER "false}]", ""},
        {"no workers", "[]", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *workers = check_json(rows[i].workers);
        struct text_list caveats = caveats_of(workers);
        char texts[512] = "";

        TEXT_LIST_FOREACH (text, &caveats)
            strcat(strcat(texts, text), "|");
        CHECK_ROW_TEXT(rows[i].row, texts, rows[i].texts);
        text_list_clear(&caveats);
        json_object_put(workers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caveats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
