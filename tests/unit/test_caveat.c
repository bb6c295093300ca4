/* SPDX-License-Identifier: Apache-2.0 */
/* What tlsroutectl says about its own answers when a worker does not work. */
#include "tests/unit/check.h"

#include "ctl/commands/caveat.h"

#define WATCHER     "{\"name\":\"watcher\",\"healthy\":"
#define RECONCILER  "{\"name\":\"reconciler\",\"healthy\":"
#define CERTPATCHER "{\"name\":\"certpatcher\",\"healthy\":"
#define EXPORTER    "{\"name\":\"exporter\",\"healthy\":"
#define OLD                                                                                        \
    "tlsroutectl: not in sync with the API server: this may be old, or not all (see tlsroutectl "  \
    "status)\n"
#define UNPATCHED                                                                                  \
    "tlsroutectl: the certpatcher does not work: no Certificate is changed (see tlsroutectl "      \
    "status)\n"

static void test_doubts(void **state)
{
    static const struct {
        const char *row, *workers, *text;
    } rows[] = {
        {"all is well", "[" WATCHER "true}," RECONCILER "true}," CERTPATCHER "true}]", ""},
        {"the watcher", "[" WATCHER "false}," RECONCILER "true}," CERTPATCHER "true}]", OLD},
        {"the reconciler", "[" WATCHER "true}," RECONCILER "false}," CERTPATCHER "true}]", OLD},
        {"once for both", "[" WATCHER "false}," RECONCILER "false}]", OLD},
        {"the certpatcher", "[" WATCHER "true}," CERTPATCHER "false}]", UNPATCHED},
        {"two reasons", "[" WATCHER "false}," CERTPATCHER "false}]", OLD UNPATCHED},
        {"others do not matter", "[" WATCHER "true}," EXPORTER "false}]", ""},
        {"no workers", "[]", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *workers = check_json(rows[i].workers);
        char *text;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        caveat_print(stream, workers);
        fclose(stream);
        CHECK_ROW_TEXT(rows[i].row, text, rows[i].text);
        free(text);
        json_object_put(workers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
