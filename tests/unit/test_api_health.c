/* SPDX-License-Identifier: Apache-2.0 */
/* What the API client makes of a server that goes away and comes back. */
#include "tests/unit/check.h"
#include "tests/unit/fake_clock.h"

#include "common/api/health.h"
#include "common/base/delays.h"

#include <stdio.h>

#define NO_ROLE                                                                                    \
    "pools.openvox.voxpupuli.org is forbidden: User \"w\" cannot watch resource \"pools\""
#define NO_POLICY                                                                                  \
    "tlsroutes.gateway.networking.k8s.io \"p\" is forbidden: ValidatingAdmissionPolicy 'x' "       \
    "denied "                                                                                      \
    "request: no"

static void test_judge(void **state)
{
    static const struct {
        const char *row;
        bool was_away;
        int64_t later; /* milliseconds after its first answer */
        int status;
        const char *message;
        enum api_error judged;
    } rows[] = {
        {"at the start", false, 0, 403, NO_ROLE, API_FORBIDDEN},
        {"back", true, 0, 403, NO_ROLE, API_STARTING},
        {"back for a while", true, (API_RBAC_SECONDS - 1) * 1000, 403, NO_ROLE, API_STARTING},
        {"back for long", true, API_RBAC_SECONDS * 1000, 403, NO_ROLE, API_FORBIDDEN},
        {"an admission policy", true, 0, 403, NO_POLICY, API_FORBIDDEN},
        {"another error", true, 0, 404, NO_ROLE, API_NOT_FOUND},
        {"success", true, 0, 200, "", API_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct api_health health = {.server = "https://api"};
        struct api_failure failure = {.error = api_error_of_status(rows[i].status),
                                      .status = rows[i].status};

        snprintf(failure.message, sizeof(failure.message), "%s", rows[i].message);
        if (rows[i].was_away)
            api_health_failed(&health, &(struct api_failure){.error = API_UNREACHABLE},
                              CURLE_COULDNT_CONNECT);
        fake_clock_jump(60 * 1000);
        api_health_answered(&health);
        fake_clock_jump(rows[i].later);
        api_health_judge(&health, &failure);
        CHECK_ROW(rows[i].row, failure.error == rows[i].judged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
