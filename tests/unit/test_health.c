/* SPDX-License-Identifier: Apache-2.0 */
/* How the daemon is, in text. */
#include "tests/unit/check.h"

#include "supervisor/workers/health.h"

#include <stdio.h>

static void test_text(void **state)
{
    static const struct {
        const char *what;
        enum child_state
            state; /* of the watcher; the reconciler is well, the others are not used */
        bool healthy, waiting;
        const char *summary, *last_end;
        bool good;
        const char *text;
    } rows[] = {
        {"well", CHILD_READY, true, false, "watches", "", true,
         "In sync with the API server: 3 Pools"},
        {"well again", CHILD_READY, true, false, "watches", "killed by signal 9", true,
         "In sync with the API server: 3 Pools"},
        {"not in sync", CHILD_READY, false, false, "cannot read Pools", "", false,
         "Not in sync with the API server: watcher: cannot read Pools"},
        {"starts", CHILD_STARTING, false, false, "", "", false, "Not ready: watcher: starting"},
        {"crashes", CHILD_DOWN, false, false, "", "killed by signal 9", false,
         "Not ready: watcher: down; before, killed by signal 9"},
        {"waits", CHILD_DOWN, false, true, "waits for its credential", "", false,
         "Not ready: watcher: waits for its credential"},
        {"what it said is not true any more", CHILD_GREETED, true, false, "", "", false,
         "Not ready: watcher: starting"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workers workers = {0};
        struct child *watcher = &workers.children[ROLE_WATCHER],
                     *reconciler = &workers.children[ROLE_RECONCILER];
        char text[256];

        for (enum role role = 0; role < ROLE_WORKERS; role++)
            workers.children[role].role = role;
        watcher->is_used = reconciler->is_used = true;
        reconciler->state = CHILD_READY;
        reconciler->healthy = true;
        snprintf(reconciler->summary, sizeof(reconciler->summary), "3 Pools");
        watcher->state = rows[i].state;
        watcher->healthy = rows[i].healthy;
        watcher->waiting = rows[i].waiting;
        snprintf(watcher->summary, sizeof(watcher->summary), "%s", rows[i].summary);
        snprintf(watcher->last_end, sizeof(watcher->last_end), "%s", rows[i].last_end);
        health_describe(&workers, text, sizeof(text));
        CHECK_ROW_TEXT(rows[i].what, text, rows[i].text);
        CHECK_ROW(rows[i].what, health_child_is_good(watcher) == rows[i].good);
        CHECK_ROW(rows[i].what, health_is_good(&workers) == rows[i].good);
        CHECK_ROW(rows[i].what, health_child_is_good(&workers.children[ROLE_MINTER]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
