/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a request: what is written, what is refused, and what has to wait. */
#include "tests/unit/check.h"

#include "certpatcher/verdict.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"

/* The Pool p demands "a", which is missing, and the Pool q, which is paused, demands "h". Of what
 * is there, "hand" was written by somebody else, "kept" was injected for q, and "old" for a Pool
 * that is gone. */
#define LEDGER_NOW   "{\"kept\":[\"q\"],\"old\":[\"gone\"]}"
#define LEDGER_STALE "{\"kept\":[\"q\"],\"lost\":[\"gone\"],\"old\":[\"gone\"]}"

static struct text_list list_of(const char *text)
{
    struct text_list list = {0};

    if (text != NULL)
        text_list_add(&list, text);
    return list;
}

struct row {
    const char *row;
    const char *add, *withdraw; /* one name each; NULL: none */
    bool record, stale_ledger, never, unknown, selects_pools;
    unsigned grace;
    bool writes;
    size_t added, removed, refused;
    enum inject_outcome outcome;
};

static void check(const struct row *row)
{
    struct text_list paused = list_of("q");
    struct injection_demand list[] = {{"a", "p", false}, {"h", "q", true}};
    struct injection_demands demands = {
        .list = list,
        .count = COUNT_OF(list),
        .paused_pools = text_set_of(&paused),
        .unknown = row->unknown ? "nobody knows" : NULL,
    };
    struct certificate_message certificate = {.namespace = "n",
                                              .name = "c",
                                              .uid = "u",
                                              .names = list_of("hand"),
                                              .ledger =
                                                  row->stale_ledger ? LEDGER_STALE : LEDGER_NOW};
    const struct inject_message request = {
        .add = list_of(row->add), .withdraw = list_of(row->withdraw), .record = row->record};
    const struct settings_message settings = {
        .withdraw = row->never ? WITHDRAW_NEVER : WITHDRAW_AFTER_GRACE,
        .grace = row->grace,
        .max_names = 100,
        .pool_selector = row->selects_pools ? "x=y" : "",
    };
    struct certificate_states states = {0};
    const struct verdict_inputs inputs = {.request = &request,
                                          .certificate = &certificate,
                                          .settings = &settings,
                                          .states = &states,
                                          .state = certificate_state_of(&states, "n/c", "u"),
                                          .now = 1000};
    struct verdict verdict;

    demands.ledger_problem = ledger_read(certificate.ledger, &demands.ledger);
    text_list_add(&certificate.names, "kept");
    text_list_add(&certificate.names, "old");
    verdict = verdict_of(&inputs, &demands);
    CHECK_ROW(row->row, verdict.writes == row->writes);
    CHECK_ROW(row->row, verdict.outcome == row->outcome);
    CHECK_ROW(row->row, verdict.plan.added.count == row->added);
    CHECK_ROW(row->row, verdict.plan.removed.count == row->removed);
    CHECK_ROW(row->row, verdict.refused == row->refused);
    CHECK_ROW(row->row, (verdict.refusal != NULL) == (row->refused > 0));
    CHECK_ROW(row->row, verdict.contested_seconds == 0);
    CHECK_ROW(row->row, states.unneeded_count == (row->outcome == INJECT_WAITING ? 1 : 0));
    verdict_clear(&verdict);
    text_set_clear(&demands.paused_pools);
    ledger_clear(&demands.ledger);
    text_list_clear(&paused);
    text_list_clear(&certificate.names);
    text_list_clear((struct text_list *)&request.add);
    text_list_clear((struct text_list *)&request.withdraw);
    forget_states(&states);
}

static void test_outcomes(void **state)
{
    static const struct row rows[] = {
        {.row = "empty", .outcome = INJECT_UNCHANGED},
        {.row = "due", .add = "a", .writes = true, .added = 1, .outcome = INJECT_WRITTEN},
        {.row = "the ledger, as it has to be", .record = true, .outcome = INJECT_UNCHANGED},
        {.row = "the ledger",
         .record = true,
         .stale_ledger = true,
         .writes = true,
         .outcome = INJECT_WRITTEN},
        {.row = "the ledger, not requested", .stale_ledger = true, .outcome = INJECT_UNCHANGED},
        {.row = "demanded by nobody", .add = "x", .refused = 1, .outcome = INJECT_REFUSED},
        {.row = "paused", .add = "h", .refused = 1, .outcome = INJECT_REFUSED},
        {.row = "not due, beside one that is",
         .add = "a",
         .withdraw = "hand",
         .writes = true,
         .added = 1,
         .refused = 1,
         .outcome = INJECT_WRITTEN},
        {.row = "not needed",
         .withdraw = "old",
         .writes = true,
         .removed = 1,
         .outcome = INJECT_WRITTEN},
        {.row = "not needed, in its grace",
         .withdraw = "old",
         .grace = 10,
         .outcome = INJECT_WAITING},
        {.row = "one in its grace, one due",
         .add = "a",
         .withdraw = "old",
         .grace = 10,
         .writes = true,
         .added = 1,
         .outcome = INJECT_WAITING},
        {.row = "not needed, and not requested", .withdraw = "z", .outcome = INJECT_UNCHANGED},
        {.row = "needed", .withdraw = "kept", .refused = 1, .outcome = INJECT_REFUSED},
        {.row = "needed by a Pool that the reconciler does not see",
         .withdraw = "kept",
         .selects_pools = true,
         .outcome = INJECT_UNCHANGED},
        {.row = "written by hand", .withdraw = "hand", .refused = 1, .outcome = INJECT_REFUSED},
        {.row = "never withdrawn",
         .withdraw = "old",
         .never = true,
         .refused = 1,
         .outcome = INJECT_REFUSED},
        {.row = "not known",
         .withdraw = "old",
         .unknown = true,
         .refused = 1,
         .outcome = INJECT_FAILED},
        {.row = "not known, and by hand",
         .withdraw = "hand",
         .unknown = true,
         .refused = 1,
         .outcome = INJECT_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outcomes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
