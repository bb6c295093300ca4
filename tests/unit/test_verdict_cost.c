/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision costs where others have chosen the names, the ledger and the Pools so that it
 * costs as much as possible. What counts is how often texts are compared, and how that grows: with
 * four times as much of everything, hardly more than four times as often. */
#include "tests/unit/check.h"

#include "certpatcher/verdict.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"

#include <stdio.h>
#include <strings.h>

enum {
    FEW = 1000,
    MANY = 4 * FEW,
    TEXT_MAX = 24,
};

static unsigned long comparisons, readings;

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);
int __real_strcasecmp(const char *a, const char *b);
int __wrap_strcasecmp(const char *a, const char *b);
const char *__real_ledger_read(const char *text, struct ledger *ledger);
const char *__wrap_ledger_read(const char *text, struct ledger *ledger);

int __wrap_strcmp(const char *a, const char *b)
{
    comparisons++;
    return __real_strcmp(a, b);
}

int __wrap_strcasecmp(const char *a, const char *b)
{
    comparisons++;
    return __real_strcasecmp(a, b);
}

const char *__wrap_ledger_read(const char *text, struct ledger *ledger)
{
    readings++;
    return __real_ledger_read(text, ledger);
}

/* How a text is made from its number. */
enum pattern {
    NONE,     /* there are none */
    DISTINCT, /* all differ */
    SAME,     /* all are equal */
    CASES,    /* equal but for upper and lower case */
};

struct attack {
    const char *row;
    enum pattern names, ledger, hostnames, servers; /* of the Pools: distinct ones, each once */
    bool paused, full, forged;
    unsigned grace;
};

/* What is around the Certificate. */
struct world {
    struct pool_message *pools; /* MANY */
    char (*hostnames)[TEXT_MAX], (*pool_names)[TEXT_MAX];
    struct server_message server;
    size_t servers;
};

static void write_text(char *text, enum pattern pattern, size_t number)
{
    snprintf(text, TEXT_MAX, pattern == DISTINCT ? "n%05zu" : "abcdefghijklmn", number);
    for (size_t bit = 0; pattern == CASES && bit < 14; bit++) {
        if ((number >> bit & 1) != 0)
            text[bit] = (char)(text[bit] - 'a' + 'A');
    }
}

static struct text_list list_of(enum pattern pattern, size_t count)
{
    struct text_list list = {0};
    char text[TEXT_MAX];

    for (size_t i = 0; pattern != NONE && i < count; i++) {
        write_text(text, pattern, i);
        text_list_add(&list, text);
    }
    return list;
}

/* As large a ledger as is read, or a larger one. */
static char *ledger_of_pattern(const struct attack *attack, size_t count)
{
    struct ledger_pair *pairs = memory_new(count, sizeof(*pairs));
    char(*names)[TEXT_MAX] = memory_new(count, sizeof(*names));
    size_t limit = attack->forged ? count : LEDGER_NAMES_MAX / 4 * count / FEW, used = 0;
    struct ledger ledger;
    char *text;

    for (; attack->ledger != NONE && used < limit; used++) {
        write_text(names[used], attack->ledger, used);
        pairs[used] = (struct ledger_pair){names[used], "p"};
    }
    ledger = ledger_of(pairs, used);
    text = ledger_text(&ledger);
    ledger_clear(&ledger);
    free(names);
    free(pairs);
    return text;
}

static const struct server_message *find_server(void *context, size_t index)
{
    const struct world *world = context;

    return index < world->servers ? &world->server : NULL;
}

static enum pool_lookup find_pool(void *context, const char *namespace, const char *name,
                                  const struct pool_message **pool)
{
    const struct world *world = context;

    (void)namespace;
    if (name[0] != 'q')
        return POOL_ABSENT;
    *pool = &world->pools[strtoul(name + 1, NULL, 10)];
    return POOL_FOUND;
}

static struct world world_of(const struct attack *attack, size_t count)
{
    struct world world = {.pools = memory_new(count, sizeof(*world.pools)),
                          .hostnames = memory_new(count, sizeof(*world.hostnames)),
                          .pool_names = memory_new(count, sizeof(*world.pool_names)),
                          .servers = attack->servers == SAME ? 4 : 1};

    for (size_t i = 0; attack->hostnames != NONE && i < count; i++) {
        write_text(world.hostnames[i], attack->hostnames, i);
        snprintf(world.pool_names[i], TEXT_MAX, "q%05zu", i);
        world.pools[i] = (struct pool_message){.name = world.pool_names[i],
                                               .hostname = world.hostnames[i],
                                               .paused = attack->paused,
                                               .route_enabled = true,
                                               .inject = true};
        text_list_add(&world.server.pools, world.pool_names[i]);
    }
    return world;
}

static void decide(const struct attack *attack, const struct certificate_message *certificate,
                   const struct inject_message *request, const struct injection_lookup *lookup)
{
    const struct settings_message settings = {
        .grace = attack->grace, .max_names = attack->full ? 1 : 1000, .pool_selector = ""};
    struct certificate_states states = {0};
    struct injection_demands demands = {0};
    const struct verdict_inputs inputs = {.request = request,
                                          .certificate = certificate,
                                          .settings = &settings,
                                          .states = &states,
                                          .state = certificate_state_of(&states, "n/c", "u"),
                                          .now = 1000};
    struct verdict first, second;

    injection_gather(certificate, lookup, &demands);
    first = verdict_of(&inputs, &demands);
    second = verdict_of(&inputs, &demands); /* with ages */
    verdict_clear(&first);
    verdict_clear(&second);
    injection_demands_clear(&demands);
    forget_states(&states);
}

/* How often texts are compared for COUNT of everything. */
static unsigned long cost_of(const struct attack *attack, size_t count)
{
    struct world world = world_of(attack, count);
    const struct injection_lookup lookup = {
        .server = find_server, .pool = find_pool, .context = &world};
    char *ledger = ledger_of_pattern(attack, count);
    struct certificate_message certificate = {.namespace = "n",
                                              .name = "c",
                                              .uid = "u",
                                              .names = list_of(attack->names, count),
                                              .ledger = ledger};
    struct inject_message request = {
        .add = list_of(DISTINCT, count), .withdraw = list_of(attack->names, count), .record = true};

    comparisons = readings = 0;
    decide(attack, &certificate, &request, &lookup);
    CHECK_ROW(attack->row, readings == 1);
    text_list_clear(&certificate.names);
    text_list_clear(&request.add);
    text_list_clear(&request.withdraw);
    text_list_clear(&world.server.pools);
    free(ledger);
    free(world.pools);
    free(world.hostnames);
    free(world.pool_names);
    return comparisons;
}

static void test_cost(void **state)
{
    static const struct attack attacks[] = {
        {.row = "forged ledger", .names = DISTINCT, .ledger = DISTINCT, .forged = true},
        {.row = "large ledger", .names = DISTINCT, .ledger = DISTINCT},
        {.row = "large ledger, in the grace", .names = DISTINCT, .ledger = DISTINCT, .grace = 60},
        {.row = "names and demands", .names = DISTINCT, .hostnames = DISTINCT},
        {.row = "all that is needed", .names = DISTINCT, .ledger = DISTINCT, .hostnames = DISTINCT},
        {.row = "missing names", .ledger = DISTINCT, .hostnames = DISTINCT},
        {.row = "equal names", .names = SAME, .ledger = SAME},
        {.row = "equal names that are demanded", .names = SAME, .ledger = SAME, .hostnames = SAME},
        {.row = "names in all cases", .names = CASES, .ledger = CASES},
        {.row = "names in all cases that are demanded",
         .names = CASES,
         .ledger = CASES,
         .hostnames = SAME},
        {.row = "one hostname", .hostnames = SAME},
        {.row = "several Servers", .hostnames = DISTINCT, .servers = SAME},
        {.row = "paused Pools",
         .names = DISTINCT,
         .ledger = DISTINCT,
         .hostnames = SAME,
         .paused = true},
        {.row = "full",
         .names = DISTINCT,
         .ledger = DISTINCT,
         .hostnames = CASES,
         .grace = 60,
         .full = true},
        {.row = "full and missing", .hostnames = DISTINCT, .full = true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(attacks); i++) {
        unsigned long few = cost_of(&attacks[i], FEW), many = cost_of(&attacks[i], MANY);

        if (many > 6 * few || many > 400ul * MANY)
            fail_msg("%s: %lu comparisons, and %lu for four times as much", attacks[i].row, few,
                     many);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cost)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
