/* SPDX-License-Identifier: Apache-2.0 */
/* When the minter requests a token: a supervisor, an API server and a clock of the test's own play
 * whole days in no time. */
#include "tests/unit/check.h"

#include "common/base/delays.h"
#include "minter/account.h"

enum {
    LIFETIME = 3600 /* seconds, of every token of this server */
};

/* What the minter's main.c is for: it owns the clock, the timer and the request. */
struct world {
    struct account account;
    uint64_t now; /* milliseconds */
    uint64_t due; /* when the timer fires; 0: it is not set */
    bool is_open; /* a request waits for its response */
    bool server_fails;
    bool server_is_slow; /* it responds when the test says so, and not at once */
    uint32_t random;
    unsigned requests, tokens;
};

static void begin(struct world *, uint32_t random);
static void send_after(struct world *, uint32_t delay);
static void send_request(struct world *);
static void respond(struct world *);
static void want(struct world *);
static void pass(struct world *, uint64_t seconds);
static time_t seconds_of(const struct world *);

static void test_first(void **state)
{
    struct world world;

    (void)state;
    begin(&world, 0);
    world.server_is_slow = true;
    assert_false(world.account.is_wanted);
    want(&world);
    assert_true(world.account.is_wanted);
    assert_int_equal(world.requests, 1);
    assert_false(account_is_valid(&world.account, seconds_of(&world)));
    respond(&world);
    assert_int_equal(world.tokens, 1);
    assert_true(account_is_valid(&world.account, seconds_of(&world)));
}

/* Each token is replaced when three quarters of its life have passed, so that there is always a
 * valid one, and hardly more often than needed. */
static void test_renewal(void **state)
{
    static const uint32_t randoms[] = {0, UINT32_MAX / 2, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(randoms); i++) {
        struct world world;

        begin(&world, randoms[i]);
        want(&world);
        for (unsigned hour = 0; hour < 240; hour++) {
            assert_true(account_is_valid(&world.account, seconds_of(&world)));
            pass(&world, LIFETIME / 10);
        }
        assert_in_range(world.tokens, 24 * 10 / 8, 24 * 4 / 3 + 1);
    }
}

/* Without the server it is asked again and again, more and more slowly, and never twice at once. */
static void test_failures(void **state)
{
    struct world world;
    uint64_t last = 0;

    (void)state;
    begin(&world, UINT32_MAX);
    world.server_fails = world.server_is_slow = true;
    want(&world);
    for (unsigned failures = 1; failures <= 20; failures++) {
        uint64_t wait;

        respond(&world);
        assert_int_equal(world.account.failures, failures);
        assert_true(world.due > world.now);
        wait = world.due - world.now;
        assert_true(wait >= last && wait <= backoff_token_request.max);
        last = wait;
        want(&world); /* the supervisor asks too: that changes nothing */
        assert_int_equal(world.requests, failures);
        pass(&world, wait / 1000 + 1);
        assert_int_equal(world.requests, failures + 1);
        want(&world);
        assert_int_equal(world.requests, failures + 1);
    }
    assert_int_equal(last, backoff_token_request.max);
    world.server_fails = false;
    respond(&world);
    assert_int_equal(world.account.failures, 0);
    assert_true(world.due - world.now >= LIFETIME * 1000ULL * 3 / 4);
}

/* A server that is away for as long as its token lives costs a gap, and no more. */
static void test_outage(void **state)
{
    struct world world;

    (void)state;
    begin(&world, 0);
    want(&world);
    world.server_fails = true;
    pass(&world, LIFETIME - 1);
    assert_true(account_is_valid(&world.account, seconds_of(&world)));
    pass(&world, 1);
    assert_false(account_is_valid(&world.account, seconds_of(&world)));
    assert_true(world.account.has_token && world.tokens == 1);
    world.server_fails = false;
    pass(&world, backoff_token_request.max / 1000 + 1);
    assert_true(account_is_valid(&world.account, seconds_of(&world)));
    assert_int_equal(world.tokens, 2);
}

/* A token that was refused is replaced at once, but not if it is brand new: then the server may
 * refuse all that it gives. */
static void test_refused(void **state)
{
    struct world world;

    (void)state;
    begin(&world, 0);
    want(&world);
    want(&world);
    assert_int_equal(world.requests, 1);
    assert_int_equal(world.due - world.now, TOKEN_REFUSED_SECONDS * 1000);
    pass(&world, TOKEN_REFUSED_SECONDS);
    assert_int_equal(world.requests, 2);
    assert_int_equal(world.tokens, 2);
    pass(&world, 100);
    want(&world);
    assert_int_equal(world.requests, 3);
    assert_int_equal(world.tokens, 3);
    for (unsigned i = 0; i < 3 * 10; i++) { /* whoever refuses ten times a second */
        want(&world);
        world.now += 100;
        pass(&world, 0);
    }
    assert_in_range(world.requests, 4, 3 + 3 / TOKEN_REFUSED_SECONDS + 1);
    /* What was refused is not valid any more, however long it would have been. */
    pass(&world, 100);
    assert_true(account_is_valid(&world.account, seconds_of(&world)));
    world.server_fails = true;
    want(&world);
    assert_false(account_is_valid(&world.account, seconds_of(&world)));
}

/* Once for each cause, and again after it has worked. */
static void test_problems(void **state)
{
    struct account account = {0};
    char long_problem[2000];

    (void)state;
    memset(long_problem, 'x', sizeof(long_problem) - 1);
    long_problem[sizeof(long_problem) - 1] = '\0';
    assert_true(account_is_new_problem(&account, "forbidden"));
    assert_false(account_is_new_problem(&account, "forbidden"));
    assert_true(account_is_new_problem(&account, "no such account"));
    assert_true(account_is_new_problem(&account, "forbidden"));
    assert_true(account_is_new_problem(&account, long_problem));
    assert_false(account_is_new_problem(&account, long_problem));
    account_minted(&account, LIFETIME, 0, 0);
    assert_string_equal(account.problem, "");
    assert_true(account_is_new_problem(&account, "forbidden"));
}

static void begin(struct world *world, uint32_t random)
{
    *world = (struct world){.now = 1000000, .random = random};
}

/* The supervisor sends MINT. */
static void want(struct world *world)
{
    send_after(world, account_wanted(&world->account, seconds_of(world)));
}

static void send_after(struct world *world, uint32_t delay)
{
    if (delay == 0)
        send_request(world);
    else if (delay != ACCOUNT_IS_PLANNED)
        world->due = world->now + delay;
}

static void send_request(struct world *world)
{
    assert_false(world->is_open);
    world->is_open = true;
    world->due = 0;
    world->requests++;
    account_requested(&world->account);
    if (!world->server_is_slow)
        respond(world);
}

static void respond(struct world *world)
{
    assert_true(world->is_open);
    world->is_open = false;
    if (world->server_fails) {
        send_after(world, account_failed(&world->account, world->random));
        return;
    }
    world->tokens++;
    send_after(world, account_minted(&world->account, LIFETIME, seconds_of(world), world->random));
}

/* Lets time pass and the timer fire. */
static void pass(struct world *world, uint64_t seconds)
{
    const uint64_t end = world->now + seconds * 1000;

    while (world->due != 0 && world->due <= end) {
        world->now = world->due;
        send_request(world);
    }
    world->now = end;
}

static time_t seconds_of(const struct world *world)
{
    return (time_t)(world->now / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first),    cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_failures), cmocka_unit_test(test_outage),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
