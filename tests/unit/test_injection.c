/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a Certificate needs: who demands one, what is added, what may go and when. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/injection.h"

#include <stdio.h>

/* A list of texts as "a,b"; "" is empty. The caller clears it. */
static struct text_list list_of(const char *text)
{
    struct text_list list = {0};
    char *copy = memory_text(text);

    for (char *part = strtok(copy, ","); part != NULL; part = strtok(NULL, ","))
        text_list_add(&list, part);
    free(copy);
    return list;
}

/* And back; the caller frees it. */
static char *text_of(const struct text_list *list)
{
    char *text = memory_text("");

    TEXT_LIST_FOREACH (item, list) {
        char *longer = memory_format("%s%s%s", text, text[0] != '\0' ? "," : "", item);

        free(text);
        text = longer;
    }
    return text;
}

static void check_list(const char *row, const struct text_list *list, const char *expected)
{
    char *text = text_of(list);

    CHECK_ROW_TEXT(row, text, expected != NULL ? expected : "");
    free(text);
}

/* DEMANDS as "hostname pool" or "hostname pool paused", separated by commas; PAUSED is a Pool, or
 * "". The texts are kept until *TEXT is freed. */
static struct injection_demands demands_of(const char *demands, const char *paused,
                                           const char *ledger, char **text)
{
    struct injection_demands result = {0};
    char *save = NULL;

    if (paused[0] != '\0')
        text_set_add(&result.paused_pools, paused);
    result.ledger_problem = ledger_read(ledger, &result.ledger);
    *text = memory_text(demands);
    for (char *part = strtok_r(*text, ",", &save); part != NULL;
         part = strtok_r(NULL, ",", &save)) {
        char *inner = NULL;
        const char *hostname = strtok_r(part, " ", &inner), *pool = strtok_r(NULL, " ", &inner);
        bool is_paused = strtok_r(NULL, " ", &inner) != NULL;

        result.list = memory_resize(result.list, result.count + 1, sizeof(*result.list));
        result.list[result.count++] = (struct injection_demand){hostname, pool, is_paused};
    }
    injection_demands_sort(&result);
    return result;
}

#define L(entries) "{" entries "}"
#define A_P        "\"a\":[\"p\"]"
#define C_P        "\"c\":[\"p\"]"
#define B_Q        "\"b\":[\"q\"]"

static const struct {
    const char *row;
    const char *names, *ledger, *effective, *demands, *paused; /* NULL: none */
    const char *add, *withdraw;                                /* NULL: all */
    const char *unknown;
    bool deleting, never;
    unsigned grace, age_of_a, max_names;
    const char *after, *ledger_after;             /* NULL: as before */
    const char *added, *removed, *waiting, *left; /* NULL: none */
    unsigned recheck_seconds;
    bool ledger_bad;
} rows[] = {
    /* adding */
    {.row = "nothing there, nothing wanted"},
    {.row = "one", .demands = "a p", .after = "a", .ledger_after = L(A_P), .added = "a"},
    {.row = "after others",
     .names = "z,puppet",
     .demands = "a p",
     .after = "z,puppet,a",
     .ledger_after = L(A_P),
     .added = "a"},
    {.row = "two, in order of the names",
     .names = "x",
     .demands = "b q,a p",
     .after = "x,a,b",
     .ledger_after = L(A_P "," B_Q),
     .added = "a,b"},
    {.row = "two Pools want one name",
     .demands = "a q,a p",
     .after = "a",
     .ledger_after = L("\"a\":[\"p\",\"q\"]"),
     .added = "a"},
    {.row = "there by hand: not injected", .names = "a", .demands = "a p"},
    {.row = "there by hand in another case", .names = "x,A", .demands = "a p"},
    {.row = "there by us", .names = "a", .ledger = L(A_P), .demands = "a p"},
    {.row = "its operator has it", .names = "x", .effective = "y,A", .demands = "a p"},
    {.row = "only what was requested",
     .demands = "a p,b q",
     .add = "b",
     .after = "b",
     .ledger_after = L(B_Q),
     .added = "b"},
    {.row = "nothing was requested", .demands = "a p", .add = ""},
    {.row = "requested and demanded by nobody", .demands = "a p", .add = "c"},
    {.row = "removed by somebody, ledger still there",
     .names = "x",
     .ledger = L(A_P),
     .demands = "a p",
     .after = "x,a",
     .added = "a"},
    {.row = "no room", .names = "x,y", .demands = "a p", .max_names = 2, .left = "a"},
    {.row = "room for one",
     .names = "x",
     .demands = "a p,b q",
     .max_names = 2,
     .after = "x,a",
     .ledger_after = L(A_P),
     .added = "a",
     .left = "b"},
    {.row = "room that a withdrawal makes",
     .names = "x,a",
     .ledger = L(A_P),
     .demands = "b q",
     .max_names = 2,
     .after = "x,b",
     .ledger_after = L(B_Q),
     .added = "b",
     .removed = "a"},
    {.row = "room that a name in its grace makes",
     .names = "x,a",
     .ledger = L(A_P),
     .demands = "b q",
     .grace = 600,
     .max_names = 2,
     .after = "x,b",
     .ledger_after = L(B_Q),
     .added = "b",
     .removed = "a"},
    {.row = "room that the oldest name in its grace makes",
     .names = "x,a,c",
     .ledger = L(A_P "," C_P),
     .demands = "b q",
     .grace = 600,
     .age_of_a = 5,
     .max_names = 3,
     .after = "x,c,b",
     .ledger_after = L(B_Q "," C_P),
     .added = "b",
     .removed = "a",
     .waiting = "c",
     .recheck_seconds = 600},
    {.row = "as much room as is needed",
     .names = "x,a,c",
     .ledger = L(A_P "," C_P),
     .demands = "b q,d q",
     .grace = 600,
     .max_names = 3,
     .after = "x,b,d",
     .ledger_after = L(B_Q ",\"d\":[\"q\"]"),
     .added = "b,d",
     .removed = "a,c"},
    {.row = "room for one of two",
     .names = "x,a",
     .ledger = L(A_P),
     .demands = "b q,d q",
     .grace = 600,
     .max_names = 2,
     .after = "x,b",
     .ledger_after = L(B_Q),
     .added = "b",
     .removed = "a",
     .left = "d"},
    {.row = "a name in its grace makes no room: it waits",
     .names = "x,y,z,a",
     .ledger = L(A_P),
     .demands = "b q",
     .grace = 600,
     .max_names = 2,
     .waiting = "a",
     .left = "b",
     .recheck_seconds = 600},
    {.row = "not wanted in the request: no room for it",
     .names = "x,a",
     .ledger = L(A_P),
     .demands = "b q",
     .add = "",
     .grace = 600,
     .max_names = 2,
     .waiting = "a",
     .recheck_seconds = 600},
    /* withdrawing */
    {.row = "not needed",
     .names = "x,a,y",
     .ledger = L(A_P),
     .after = "x,y",
     .ledger_after = "",
     .removed = "a"},
    {.row = "the last one",
     .names = "a",
     .ledger = L(A_P),
     .after = "",
     .ledger_after = "",
     .removed = "a"},
    {.row = "another Pool needs it",
     .names = "a",
     .ledger = L(A_P),
     .demands = "a q",
     .ledger_after = L("\"a\":[\"q\"]")},
    {.row = "one of two Pools needs it",
     .names = "a",
     .ledger = L("\"a\":[\"p\",\"q\"]"),
     .demands = "a q",
     .ledger_after = L("\"a\":[\"q\"]")},
    {.row = "by hand: stays", .names = "a,b", .ledger = L(B_Q), .demands = "b q"},
    {.row = "by hand in another case: stays", .names = "A", .ledger = L(A_P), .ledger_after = ""},
    {.row = "once by us, once by hand",
     .names = "a,x,a",
     .ledger = L(A_P),
     .after = "a,x",
     .ledger_after = "",
     .removed = "a"},
    {.row = "gone already", .names = "x", .ledger = L(A_P), .ledger_after = ""},
    {.row = "not requested", .names = "a", .ledger = L(A_P), .withdraw = "b"},
    {.row = "never", .names = "a", .ledger = L(A_P), .never = true},
    {.row = "new in the grace",
     .names = "a",
     .ledger = L(A_P),
     .grace = 600,
     .waiting = "a",
     .recheck_seconds = 600},
    {.row = "in the grace",
     .names = "a",
     .ledger = L(A_P),
     .grace = 600,
     .age_of_a = 599,
     .waiting = "a",
     .recheck_seconds = 1},
    {.row = "grace over",
     .names = "a",
     .ledger = L(A_P),
     .grace = 600,
     .age_of_a = 600,
     .after = "",
     .ledger_after = "",
     .removed = "a"},
    {.row = "one over, one in it",
     .names = "a,b",
     .ledger = L(A_P "," B_Q),
     .grace = 600,
     .age_of_a = 700,
     .after = "b",
     .ledger_after = L(B_Q),
     .removed = "a",
     .waiting = "b",
     .recheck_seconds = 600},
    {.row = "needed again, whatever its age",
     .names = "a",
     .ledger = L(A_P),
     .demands = "a p",
     .grace = 600,
     .age_of_a = 700},
    {.row = "in the grace and not requested",
     .names = "a",
     .ledger = L(A_P),
     .withdraw = "",
     .grace = 600},
    {.row = "something cannot be read", .names = "a", .ledger = L(A_P), .unknown = "x"},
    {.row = "something cannot be read: adding goes on",
     .names = "a",
     .ledger = L(A_P),
     .demands = "b q",
     .unknown = "x",
     .after = "a,b",
     .ledger_after = L(A_P "," B_Q),
     .added = "b"},
    /* paused Pools */
    {.row = "paused: not added", .demands = "a p paused", .paused = "p"},
    {.row = "paused: not withdrawn", .names = "a", .ledger = L(A_P), .paused = "p"},
    {.row = "paused: as it wants it",
     .names = "a",
     .ledger = L(A_P),
     .demands = "a p paused",
     .paused = "p"},
    {.row = "paused, with another name meanwhile",
     .names = "a",
     .ledger = L(A_P),
     .demands = "b p paused",
     .paused = "p"},
    {.row = "paused, and another Pool wants it",
     .demands = "a p paused,a q",
     .paused = "p",
     .after = "a",
     .ledger_after = L("\"a\":[\"p\",\"q\"]"),
     .added = "a"},
    {.row = "paused for one, withdrawn for the other",
     .names = "a,b",
     .ledger = L(A_P "," B_Q),
     .paused = "p",
     .after = "a",
     .ledger_after = L(A_P),
     .removed = "b"},
    /* the rest */
    {.row = "deleted: left alone",
     .names = "a",
     .ledger = L(A_P),
     .demands = "b q",
     .deleting = true},
    {.row = "bad ledger", .names = "a", .ledger = "what", .ledger_bad = true},
    {.row = "bad ledger, and a new name",
     .names = "a",
     .ledger = "what",
     .demands = "b q",
     .after = "a,b",
     .ledger_after = L(B_Q),
     .added = "b",
     .ledger_bad = true},
    {.row = "ledger in another form: the same",
     .names = "a",
     .ledger = "{ \"a\": [\"p\"] }",
     .ledger_after = L(A_P),
     .demands = "a p"},
};

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static struct injection_plan plan_of(const struct injection_inputs *inputs)
{
    struct injection injection = injection_begin(inputs);
    struct injection_plan plan = injection_plan(&injection);

    injection_end(&injection);
    return plan;
}

static void test_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *row = rows[i].row;
        struct text_list add = list_of(or_empty(rows[i].add));
        struct text_list withdraw = list_of(or_empty(rows[i].withdraw));
        char *texts;
        struct injection_demands demands = demands_of(
            or_empty(rows[i].demands), or_empty(rows[i].paused), or_empty(rows[i].ledger), &texts);
        const struct certificate_message certificate = {.names = list_of(or_empty(rows[i].names)),
                                                        .ledger = or_empty(rows[i].ledger),
                                                        .effective =
                                                            list_of(or_empty(rows[i].effective)),
                                                        .deleting = rows[i].deleting};
        const struct injection_age ages[] = {{"a", rows[i].age_of_a}};
        const struct injection_inputs inputs = {
            .certificate = &certificate,
            .demands = &demands,
            .add = rows[i].add != NULL ? &add : NULL,
            .withdraw = rows[i].withdraw != NULL ? &withdraw : NULL,
            .ages = ages,
            .age_count = 1,
            .never = rows[i].never,
            .grace = rows[i].grace,
            .max_names = rows[i].max_names > 0 ? rows[i].max_names : 100,
        };
        const char *ledger_after =
            rows[i].ledger_after != NULL ? rows[i].ledger_after : or_empty(rows[i].ledger);
        struct injection_plan plan;
        bool due;

        demands.unknown = rows[i].unknown;
        plan = plan_of(&inputs);
        check_list(row, &plan.names,
                   rows[i].after != NULL ? rows[i].after : or_empty(rows[i].names));
        CHECK_ROW_TEXT(row, plan.ledger, ledger_after);
        check_list(row, &plan.added, rows[i].added);
        check_list(row, &plan.removed, rows[i].removed);
        check_list(row, &plan.waiting, rows[i].waiting);
        check_list(row, &plan.left_out, rows[i].left);
        CHECK_ROW(row, plan.recheck_seconds == rows[i].recheck_seconds);
        CHECK_ROW(row, (plan.ledger_problem != NULL) == rows[i].ledger_bad);
        due = rows[i].added != NULL || rows[i].removed != NULL;
        if (strcmp(row, "ledger in another form: the same") != 0) /* not worth a write */
            due = due || rows[i].ledger_after != NULL;
        CHECK_ROW(row, injection_is_due(&plan) == due);
        injection_plan_clear(&plan);
        text_list_clear((struct text_list *)&certificate.names);
        text_list_clear((struct text_list *)&certificate.effective);
        text_list_clear(&add);
        text_list_clear(&withdraw);
        injection_demands_clear(&demands);
        free(texts);
    }
}

/* What was planned, done, is planned no more. */
static void test_settles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *texts;
        struct injection_demands demands = demands_of(
            or_empty(rows[i].demands), or_empty(rows[i].paused), or_empty(rows[i].ledger), &texts);
        struct certificate_message certificate = {.names = list_of(or_empty(rows[i].names)),
                                                  .ledger = or_empty(rows[i].ledger),
                                                  .deleting = rows[i].deleting};
        const struct injection_inputs inputs = {
            .certificate = &certificate, .demands = &demands, .max_names = 100};
        struct injection_plan first = plan_of(&inputs), second;
        struct text_list before = certificate.names;

        certificate.names = first.names;
        certificate.ledger = first.ledger;
        ledger_clear(&demands.ledger);
        demands.ledger_problem = ledger_read(first.ledger, &demands.ledger);
        second = plan_of(&inputs);
        CHECK_ROW(rows[i].row, !injection_is_due(&second));
        CHECK_ROW(rows[i].row, second.present + demands.paused_pools.count >= second.wanted);
        injection_plan_clear(&first);
        injection_plan_clear(&second);
        text_list_clear(&before);
        injection_demands_clear(&demands);
        free(texts);
    }
}

/* What injection_gather() finds: Servers that all lead to one Pool, if that exists. */
struct world {
    const struct server_message *servers;
    size_t count;
    const struct pool_message *pool;
    enum pool_lookup found;
};

static const struct server_message *world_server(void *context, size_t index)
{
    const struct world *world = context;

    return index < world->count ? &world->servers[index] : NULL;
}

static enum pool_lookup world_pool(void *context, const char *namespace, const char *name,
                                   const struct pool_message **pool)
{
    const struct world *world = context;

    assert_string_equal(namespace, "n");
    if (strcmp(name, world->pool->name) != 0)
        return POOL_ABSENT;
    if (world->found == POOL_FOUND)
        *pool = world->pool;
    return world->found;
}

static struct injection_demands gathered(struct world *world, const char *ledger,
                                         bool unreadable_server)
{
    const struct certificate_message certificate = {
        .namespace = "n", .name = "c", .ledger = ledger};
    const struct injection_lookup lookup = {.server = world_server,
                                            .pool = world_pool,
                                            .context = world,
                                            .unreadable_server = unreadable_server};
    struct injection_demands demands = {0};

    injection_gather(&certificate, &lookup, &demands);
    return demands;
}

/* One change to a world in which the Pool demands its name in the Certificate. */
static void test_demands(void **state)
{
    static const struct {
        const char *row;
        bool demanded, paused, pool_deleting, server_deleting, is_paused, not_enabled, no_inject;
        const char *hostname, *pool_name;
    } cases[] = {
        {.row = "nothing is changed", .demanded = true},
        {.row = "wildcard", .demanded = true, .hostname = "*.a.example"},
        {.row = "pool is deleted", .pool_deleting = true},
        {.row = "server is deleted", .server_deleting = true},
        {.row = "paused", .demanded = true, .paused = true, .is_paused = true},
        {.row = "paused, server is deleted",
         .paused = true,
         .is_paused = true,
         .server_deleting = true},
        {.row = "paused, route off", .paused = true, .is_paused = true, .not_enabled = true},
        {.row = "paused and deleted", .is_paused = true, .pool_deleting = true},
        {.row = "route off", .not_enabled = true},
        {.row = "no injection", .no_inject = true},
        {.row = "bad name", .hostname = "A.example"},
        {.row = "no name", .hostname = ""},
        {.row = "address", .hostname = "10.0.0.1"},
        {.row = "other pool", .pool_name = "puppet2"},
        {.row = "pool's name in upper case",
         .pool_name = "Puppet"}, /* objects' names have a case */
    };
    struct text_list pools = list_of("compile,puppet");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct pool_message pool = {
            .name = cases[i].pool_name != NULL ? cases[i].pool_name : "puppet",
            .deleting = cases[i].pool_deleting,
            .paused = cases[i].is_paused,
            .route_enabled = !cases[i].not_enabled,
            .inject = !cases[i].no_inject,
            .hostname = cases[i].hostname != NULL ? cases[i].hostname : "puppet.example",
        };
        const struct server_message server = {.deleting = cases[i].server_deleting, .pools = pools};
        const struct server_message servers[] = {server, server}; /* both say the same */
        struct world world = {servers, COUNT_OF(servers), &pool, POOL_FOUND};
        struct injection_demands demands = gathered(&world, "", false);

        CHECK_ROW(cases[i].row, demands.count == (cases[i].demanded ? 1 : 0));
        CHECK_ROW(cases[i].row, demands.paused_pools.count == (cases[i].paused ? 1 : 0));
        CHECK_ROW(cases[i].row, demands.unknown == NULL);
        if (cases[i].demanded) {
            CHECK_ROW_TEXT(cases[i].row, demands.list[0].hostname, pool.hostname);
            CHECK_ROW(cases[i].row, demands.list[0].paused == cases[i].paused);
        }
        injection_demands_clear(&demands);
    }
    text_list_clear(&pools);
}

/* What the ledger alone leads to, and what is not known. */
static void test_unknown_and_ledger(void **state)
{
    static const struct {
        const char *row;
        bool has_server, unreadable_server, paused;
        const char *ledger;
        enum pool_lookup found;
        size_t demands, paused_pools;
        const char *unknown; /* a word, or NULL */
    } cases[] = {
        {.row = "known", .has_server = true, .ledger = "", .demands = 1},
        {.row = "there is no such Pool", .has_server = true, .ledger = "", .found = POOL_ABSENT},
        {.row = "the Pool is unreadable",
         .has_server = true,
         .ledger = "",
         .found = POOL_UNREADABLE,
         .unknown = "a Pool"},
        {.row = "the Pool is not known",
         .has_server = true,
         .ledger = "",
         .found = POOL_NOT_FETCHED,
         .unknown = "fetched"},
        {.row = "a Server is unreadable",
         .has_server = true,
         .unreadable_server = true,
         .ledger = "",
         .demands = 1,
         .unknown = "a Server"},
        {.row = "only in the ledger", .ledger = L("\"x\":[\"puppet\"]")},
        {.row = "paused, only in the ledger",
         .paused = true,
         .ledger = L("\"x\":[\"puppet\"],\"y\":[\"puppet\"]"),
         .paused_pools = 1},
        {.row = "not known, only in the ledger",
         .ledger = L("\"x\":[\"puppet\"]"),
         .found = POOL_NOT_FETCHED,
         .unknown = "fetched"},
        {.row = "bad ledger", .ledger = "puppet", .found = POOL_NOT_FETCHED},
    };
    struct text_list pools = list_of("puppet");
    const struct server_message server = {.pools = pools};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct pool_message pool = {.name = "puppet",
                                          .paused = cases[i].paused,
                                          .route_enabled = true,
                                          .inject = true,
                                          .hostname = "puppet.example"};
        struct world world = {&server, cases[i].has_server ? 1 : 0, &pool, cases[i].found};
        struct injection_demands demands =
            gathered(&world, cases[i].ledger, cases[i].unreadable_server);

        CHECK_ROW(cases[i].row, demands.count == cases[i].demands);
        CHECK_ROW(cases[i].row, demands.paused_pools.count == cases[i].paused_pools);
        CHECK_ROW(cases[i].row, (demands.unknown == NULL) == (cases[i].unknown == NULL));
        if (demands.unknown != NULL)
            CHECK_ROW(cases[i].row, strstr(demands.unknown, cases[i].unknown) != NULL);
        injection_demands_clear(&demands);
    }
    text_list_clear(&pools);
}

/* Why a request is refused. */
static void test_refusals(void **state)
{
    static const struct {
        const char *row, *name;
        const char *add, *withdraw; /* a word of the refusal; NULL: none */
        bool deleting, never;
        const char *unknown;
    } cases[] = {
        {.row = "demanded, injected", .name = "a", .withdraw = "a Pool needs"},
        {.row = "demanded in another case", .name = "A", .withdraw = "not injected"},
        {.row = "by hand", .name = "hand", .add = "no Pool", .withdraw = "not injected"},
        {.row = "not there", .name = "no", .add = "no Pool"},
        {.row = "injected, not demanded", .name = "old", .add = "no Pool"},
        {.row = "injected, of a paused Pool", .name = "q", .add = "no Pool", .withdraw = "paused"},
        {.row = "demanded by a paused Pool", .name = "h", .add = "paused"},
        {.row = "never", .name = "old", .add = "no Pool", .withdraw = "never", .never = true},
        {.row = "not known", .name = "old", .add = "no Pool", .withdraw = "odd", .unknown = "odd"},
        {.row = "deleted",
         .name = "old",
         .add = "being deleted",
         .withdraw = "being deleted",
         .deleting = true},
    };
    char *texts;
    struct injection_demands demands =
        demands_of("a p,h halted paused", "halted",
                   L("\"a\":[\"p\"],\"old\":[\"gone\"],\"q\":[\"halted\"]"), &texts);
    struct certificate_message certificate = {.names = list_of("hand,a,old,q")};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct injection_inputs inputs = {
            .certificate = &certificate, .demands = &demands, .never = cases[i].never};
        struct injection injection = injection_begin(&inputs);
        const char *add, *withdraw;

        certificate.deleting = cases[i].deleting;
        demands.unknown = cases[i].unknown;
        add = injection_refuses_add(&injection, cases[i].name);
        withdraw = injection_refuses_withdrawal(&injection, cases[i].name);
        injection_end(&injection);
        CHECK_ROW(cases[i].row, (add == NULL) == (cases[i].add == NULL));
        CHECK_ROW(cases[i].row, add == NULL || strstr(add, cases[i].add) != NULL);
        CHECK_ROW(cases[i].row, (withdraw == NULL) == (cases[i].withdraw == NULL));
        CHECK_ROW(cases[i].row, withdraw == NULL || strstr(withdraw, cases[i].withdraw) != NULL);
    }
    text_list_clear(&certificate.names);
    injection_demands_clear(&demands);
    free(texts);
}

/* The ledger never grows beyond what can be read again. */
static void test_ledger_full(void **state)
{
    enum {
        MANY = 1000
    };
    static char hostnames[MANY][224], pools[MANY][224];
    struct injection_demand *list = memory_new(MANY, sizeof(*list));
    struct injection_demands demands = {.list = list, .count = MANY};
    struct certificate_message certificate = {.ledger = ""};
    const struct injection_inputs inputs = {
        .certificate = &certificate, .demands = &demands, .max_names = MANY};
    struct injection_plan plan;
    struct ledger ledger;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(hostnames[i], sizeof(hostnames[i]), "%0200zu.example", i);
        snprintf(pools[i], sizeof(pools[i]), "%0200zu", i);
        list[i] = (struct injection_demand){hostnames[i], pools[i], false};
    }
    plan = plan_of(&inputs);
    assert_int_equal(plan.added.count + plan.left_out.count, MANY);
    assert_true(plan.added.count > 20 && plan.left_out.count > 100);
    assert_true(strlen(plan.ledger) <= MESSAGE_BOUND(certificate, ledger));
    assert_null(ledger_read(plan.ledger, &ledger));
    assert_int_equal(ledger.count, plan.added.count);
    ledger_clear(&ledger);
    injection_plan_clear(&plan);
    injection_demands_clear(&demands);
}

/* Nothing is added or withdrawn meanwhile. */
static void test_adoption(void **state)
{
    static const struct {
        const char *row, *names, *ledger, *demands, *adopt; /* NULL: none */
        const char *adopted, *ledger_after;                 /* NULL: none; as before */
        const char *refusal; /* of the first of ADOPT: a word of it; NULL: none */
        bool deleting;
    } cases[] = {
        {.row = "none asked for", .names = "a", .demands = "a p"},
        {"one", "x,a", NULL, "a p", "a", "a", L(A_P), NULL, false},
        {"of two Pools", "a", NULL, "a q,a p", "a", "a", L("\"a\":[\"p\",\"q\"]"), NULL, false},
        {"beside one that is injected", "a,b", L(B_Q), "a p,b q", "a", "a", L(A_P "," B_Q), NULL,
         false},
        {"only what is asked for", "a,b", NULL, "a p,b q", "b", "b", L(B_Q), NULL, false},
        {"injected already", "a", L(A_P), "a p", "a", NULL, NULL, NULL, false},
        {"injected, and needed no more", "a", L(A_P), "b q", "a", NULL, NULL, NULL, false},
        {"as it is written", "A", NULL, "a p", "A", "A", L("\"A\":[\"p\"]"), NULL, false},
        {"not as it is written", "A", NULL, "a p", "a", NULL, NULL, "does not have", false},
        {"written twice", "a,a", NULL, "a p", "a", "a", L(A_P), NULL, false},
        {"not there, though demanded", "x", NULL, "a p", "a", NULL, NULL, "does not have", false},
        {"wanted by no Pool", "a,hand", NULL, "a p", "hand", NULL, NULL, "no Pool", false},
        {"wanted by nobody at all", "old", NULL, NULL, "old", NULL, NULL, "no Pool", false},
        {"of a paused Pool", "a", NULL, "a p paused", "a", NULL, NULL, "paused", false},
        {"of a paused Pool and another", "a", NULL, "a p paused,a q", "a", "a",
         L("\"a\":[\"p\",\"q\"]"), NULL, false},
        {"being deleted", "a", NULL, "a p", "a", NULL, NULL, "deleted", true},
        {"with a ledger that cannot be read", "a", "nonsense", "a p", "a", "a", L(A_P), NULL,
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *row = cases[i].row, *refusal;
        static const struct text_list none = {0};
        struct text_list adopt = list_of(or_empty(cases[i].adopt));
        const char *ledger = or_empty(cases[i].ledger);
        char *texts;
        struct injection_demands demands =
            demands_of(or_empty(cases[i].demands), "", ledger, &texts);
        struct certificate_message certificate = {
            .names = list_of(cases[i].names), .ledger = ledger, .deleting = cases[i].deleting};
        const struct injection_inputs inputs = {.certificate = &certificate,
                                                .demands = &demands,
                                                .add = &none,
                                                .withdraw = &none,
                                                .adopt = cases[i].adopt != NULL ? &adopt : NULL};
        struct injection injection = injection_begin(&inputs);
        struct injection_plan plan = injection_plan(&injection);

        check_list(row, &plan.names, cases[i].names);
        check_list(row, &plan.adopted, cases[i].adopted);
        CHECK_ROW(row, plan.added.count + plan.removed.count + plan.waiting.count == 0);
        CHECK_ROW_TEXT(row, plan.ledger,
                       cases[i].ledger_after != NULL ? cases[i].ledger_after : ledger);
        CHECK_ROW(row, plan.ledger_changes == (cases[i].adopted != NULL));
        refusal = adopt.count > 0 ? injection_refuses_adoption(&injection, adopt.bytes) : NULL;
        CHECK_ROW(row, (refusal == NULL) == (cases[i].refusal == NULL));
        CHECK_ROW(row, refusal == NULL || strstr(refusal, cases[i].refusal) != NULL);
        injection_plan_clear(&plan);
        injection_end(&injection);
        text_list_clear(&certificate.names);
        text_list_clear(&adopt);
        injection_demands_clear(&demands);
        free(texts);
    }
}

/* A full list has room in its ledger; a full ledger takes no more, and can still be read. */
static void test_adoption_of_many(void **state)
{
    enum {
        MANY = 200
    };
    static const struct text_list none = {0};
    static char hostnames[MANY][210];
    struct injection_demand list[MANY];
    struct text_list names = {0};
    struct injection_demands demands = {.list = list, .count = MANY};
    struct injection_inputs inputs = {
        .demands = &demands, .add = &none, .withdraw = &none, .adopt = &names, .max_names = 1};
    struct certificate_message certificate = {.ledger = ""};
    struct injection_plan plan;
    struct ledger ledger;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(hostnames[i], sizeof(hostnames[i]), "%0200zu.example", i);
        list[i] = (struct injection_demand){hostnames[i], "p", false};
        text_list_add(&names, hostnames[i]);
    }
    certificate.names = names;
    inputs.certificate = &certificate;
    plan = plan_of(&inputs);
    assert_true(plan.adopted.count > 20 && plan.adopted.count < MANY);
    assert_null(ledger_read(plan.ledger, &ledger));
    assert_int_equal(ledger.count, plan.adopted.count);
    ledger_clear(&ledger);
    injection_plan_clear(&plan);
    text_list_clear(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adoption), cmocka_unit_test(test_adoption_of_many),
        cmocka_unit_test(test_plan),     cmocka_unit_test(test_settles),
        cmocka_unit_test(test_demands),  cmocka_unit_test(test_unknown_and_ledger),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_ledger_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
