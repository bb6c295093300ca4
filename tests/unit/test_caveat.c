/* SPDX-License-Identifier: Apache-2.0 */
/* What tlsroutectl adds to its output when a worker is not healthy. */
#include "tests/unit/check.h"

#include "common/message/messages.h"
#include "ctl/commands/caveat.h"

#define OUTDATED                                                                                   \
    "warning: not in sync with the API server, so this may be outdated or incomplete (see "        \
    "tlsroutectl status)|"
#define UNPATCHED                                                                                  \
    "warning: the certpatcher is not working, so Certificates are not changed (see tlsroutectl "   \
    "status)|"

static void test_caveats(void **state)
{
    static const struct {
        const char *row;
        unsigned unhealthy;
        const char *texts; /* each ends with "|" */
    } rows[] = {
        {"all is well", 0, ""},
        {"the watcher", ROLE_SET(WATCHER), OUTDATED},
        {"the reconciler", ROLE_SET(RECONCILER), OUTDATED},
        {"once for both", ROLE_SET(WATCHER) | ROLE_SET(RECONCILER), OUTDATED},
        {"the certpatcher", ROLE_SET(CERTPATCHER), UNPATCHED},
        {"two reasons", ROLE_SET(WATCHER) | ROLE_SET(CERTPATCHER), OUTDATED UNPATCHED},
        {"others do not matter", ROLE_SET(EXPORTER) | ROLE_SET(MINTER), ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_list caveats = caveats_of(rows[i].unhealthy);
        char texts[512] = "";

        TEXT_LIST_FOREACH (text, &caveats)
            strcat(strcat(texts, text), "|");
        CHECK_ROW_TEXT(rows[i].row, texts, rows[i].texts);
        text_list_clear(&caveats);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caveats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
