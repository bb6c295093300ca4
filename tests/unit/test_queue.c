/* SPDX-License-Identifier: Apache-2.0 */
/* The work queue: bounds, once each, again, back-off, pause. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/write/queue.h"

#include <time.h>

/* What the work does, and what it has seen. */
struct bench {
    struct event_base *base;
    struct queue *queue;
    char seen[512]; /* keys in order, each with a '|' after it */
    size_t works, most_running;
    size_t wanted; /* works that a test waits for */
    enum {
        LEAVE_RUNNING,
        END_AT_ONCE,
        THINK_AND_END, /* for a millisecond */
        FAIL_AT_ONCE
    } how;
    const char *add; /* is added by the next work, once */
};

/* That an answer takes. */
static const struct timespec at_work = {.tv_nsec = 10 * 1000 * 1000};
static const struct timespec at_thought = {.tv_nsec = 1000 * 1000};

static void work(const char *key, void *context);
static void add_numbers(struct bench *, size_t count);
static void done(struct bench *, const char *key);
static void done_number(struct bench *, size_t number);
static void failed(struct bench *, const char *key);
static void later(struct bench *, const char *key, unsigned milliseconds);
static bool enough(const void *context);
static void expect(const struct bench *, const char *seen, size_t ready, size_t running,
                   size_t waiting);
static struct bench *bench_new(unsigned at_once);
static void bench_free(struct bench *);

/* Work begins in the loop, never within queue_add(). */
static void test_order_and_dedupe(void **state)
{
    struct bench *bench = bench_new(12);

    (void)state;
    for (int i = 0; i < 3; i++) {
        queue_add(bench->queue, "c");
        queue_add(bench->queue, "a");
        queue_add(bench->queue, "b");
    }
    expect(bench, "", 3, 0, 0);
    check_settle(bench->base);
    expect(bench, "c|a|b|", 0, 3, 0);
    done(bench, "a");
    done(bench, "a"); /* a second answer is none */
    done(bench, "x");
    failed(bench, "x");
    expect(bench, "c|a|b|", 0, 2, 0);
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "c|a|b|a|", 0, 3, 0);
    bench_free(bench);
}

/* All that run are answered at the same time, so none of them has waited for others. */
static void test_at_once(void **state)
{
    static const unsigned bounds[] = {1, 2, 7, 50, 100};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        struct bench *bench = bench_new(bounds[i]);

        add_numbers(bench, 50);
        for (size_t j = 0; j < 50;) {
            check_settle(bench->base);
            assert_true(queue_counts(bench->queue).running <= bounds[i]);
            if (j == 0) /* a quarter at first */
                assert_int_equal(bench->most_running, bounds[i] < 8 ? 1 : bounds[i] / 4);
            nanosleep(&at_work, NULL);
            for (; j < bench->works; j++)
                done_number(bench, j);
        }
        check_settle(bench->base);
        assert_int_equal(bench->works, 50);
        assert_true(bench->most_running >= (bounds[i] < 7 ? bounds[i] : 7)); /* more and more */
        assert_int_equal(queue_counts(bench->queue).ready, 0);
        assert_int_equal(queue_counts(bench->queue).running, 0);
        bench_free(bench);
    }
}

/* What ends without an answer says nothing about how quick the server is. */
static void test_without_answer(void **state)
{
    struct bench *bench = bench_new(32);

    (void)state;
    queue_add(bench->queue, "kept");
    check_settle(bench->base);
    bench->how = THINK_AND_END;
    queue_add(bench->queue, "none");
    check_settle(bench->base);
    bench->how = LEAVE_RUNNING;
    add_numbers(bench, 100);
    check_settle(bench->base);
    assert_int_equal(bench->most_running, 8);
    for (size_t j = 0; j < 100;) {
        nanosleep(&at_work, NULL);
        for (; j < bench->works - 2; j++)
            done_number(bench, j);
        check_settle(bench->base);
    }
    assert_true(bench->most_running > 16); /* so many may run in any case */
    bench_free(bench);
}

/* Where a key is, as it is shown. */
static void test_find(void **state)
{
    struct bench *bench = bench_new(12);
    struct queue_entry entry;

    (void)state;
    assert_int_equal(queue_find(bench->queue, "a").place, QUEUE_ABSENT);
    queue_add(bench->queue, "a");
    assert_int_equal(queue_find(bench->queue, "a").place, QUEUE_READY);
    check_settle(bench->base);
    assert_int_equal(queue_find(bench->queue, "a").place, QUEUE_RUNNING);
    assert_int_equal(queue_find(bench->queue, "a").milliseconds, 0);
    later(bench, "a", 60000);
    entry = queue_find(bench->queue, "a");
    assert_int_equal(entry.place, QUEUE_WAITING);
    assert_int_equal(entry.failures, 0);
    assert_in_range(entry.milliseconds, 40000, 61000);
    queue_add(bench->queue, "a");
    assert_int_equal(queue_find(bench->queue, "a").milliseconds, 0);
    check_settle(bench->base);
    failed(bench, "a");
    entry = queue_find(bench->queue, "a");
    assert_int_equal(entry.place, QUEUE_WAITING);
    assert_int_equal(entry.failures, 1);
    assert_in_range(entry.milliseconds, 1, 1000);
    assert_int_equal(queue_counts(bench->queue).failures, 1);
    bench_free(bench);
}

/* All that the bound allows, from the start and always. */
static void test_unpaced(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    bench->queue = check_keep(queue_new_unpaced(bench->base, 5, work, bench));
    for (int round = 0; round < 3; round++) {
        for (const char *key = "a\0b\0c\0d\0e\0f\0g\0"; *key != '\0'; key += 2)
            queue_add(bench->queue, key);
        check_settle(bench->base);
        assert_int_equal(queue_counts(bench->queue).running, 5);
        for (const char *key = "a\0b\0c\0d\0e\0f\0g\0"; *key != '\0'; key += 2) {
            done(bench, key);
            check_settle(bench->base);
        }
        assert_int_equal(queue_counts(bench->queue).running, 0);
    }
    assert_int_equal(bench->most_running, 5);
    bench_free(bench);
}

/* The server is overloaded: less at a time, and more again as it goes well. */
static void test_overloaded(void **state)
{
    struct bench *bench = bench_new(32);
    char key[8] = "a";

    (void)state;
    for (; key[0] <= 'z'; key[0]++)
        queue_add(bench->queue, key);
    check_settle(bench->base);
    expect(bench, "a|b|c|d|e|f|g|h|", 18, 8, 0);
    queue_overloaded(bench->queue);
    queue_overloaded(bench->queue); /* of the same eight: it counts once */
    for (key[0] = 'a'; key[0] <= 'd'; key[0]++)
        failed(bench, key);
    check_settle(bench->base);
    expect(bench, "a|b|c|d|e|f|g|h|", 18, 4, 4);
    failed(bench, "e");
    check_settle(bench->base);
    expect(bench, "a|b|c|d|e|f|g|h|i|", 17, 4, 5);
    for (key[0] = 'f'; key[0] <= 'i'; key[0]++) {
        done(bench, key);
        check_settle(bench->base);
    }
    expect(bench, "a|b|c|d|e|f|g|h|i|j|k|l|m|n|", 12, 5, 5); /* four ended well: five at a time */
    bench_free(bench);
}

/* Work that ends within itself: the whole queue in one go. */
static void test_done_at_once(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    bench->how = END_AT_ONCE;
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "b");
    bench->add = "a"; /* while it is at work: once more afterwards */
    check_settle(bench->base);
    expect(bench, "a|b|a|", 0, 0, 0);
    bench_free(bench);
}

/* However much one namespace has to do, the others have their turn. */
static void test_namespaces_in_turn(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    bench->how = END_AT_ONCE;
    for (const char *key = "a/1\0a/2\0a/3\0b/1\0b/2\0c/1\0"; *key != '\0'; key += 4)
        queue_add(bench->queue, key);
    check_settle(bench->base);
    expect(bench, "a/1|b/1|c/1|a/2|b/2|a/3|", 0, 0, 0);
    bench_free(bench);
}

/* What has changed itself comes first; what is looked at again has its turn too. */
static void test_lanes(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    bench->how = END_AT_ONCE;
    for (const char *key = "a/1\0a/2\0a/3\0"; *key != '\0'; key += 4)
        queue_recheck(bench->queue, key);
    for (const char *key = "b/1\0b/2\0b/3\0b/4\0b/5\0b/6\0"; *key != '\0'; key += 4)
        queue_add(bench->queue, key);
    queue_recheck(bench->queue, "b/6"); /* it stays where it is */
    queue_add(bench->queue, "a/3");     /* it has changed after all */
    check_settle(bench->base);
    expect(bench, "b/1|a/3|b/2|b/3|a/1|b/4|b/5|b/6|a/2|", 0, 0, 0);
    bench_free(bench);
}

/* The lane of a key that is added again while it is at work. */
static void test_lanes_again(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    queue_add(bench->queue, "a/1");
    check_settle(bench->base);
    queue_recheck(bench->queue, "a/1");
    queue_add(bench->queue, "a/1");
    queue_recheck(bench->queue, "a/1");
    queue_recheck(bench->queue, "b/1");
    done(bench, "a/1");
    check_settle(bench->base);
    expect(bench, "a/1|a/1|", 1, 1, 0);
    queue_recheck(bench->queue, "a/1");
    queue_add(bench->queue, "c/1");
    done(bench, "a/1");
    check_settle(bench->base);
    expect(bench, "a/1|a/1|c/1|", 2, 1, 0);
    bench_free(bench);
}

/* Work that ends within itself does not keep the loop from anything else. */
static void test_step_is_bounded(void **state)
{
    struct bench *bench = bench_new(1);
    size_t before;

    (void)state;
    bench->how = END_AT_ONCE;
    for (int i = 0; i < 1000; i++) {
        char *key = memory_format("n/%d", i);

        queue_add(bench->queue, key);
        free(key);
    }
    while (queue_counts(bench->queue).ready > 0) {
        before = bench->works;
        event_base_loop(bench->base, EVLOOP_ONCE);
        assert_true(bench->works - before <= 32);
    }
    assert_int_equal(bench->works, 1000);
    bench_free(bench);
}

static void test_again(void **state)
{
    struct bench *bench = bench_new(20);

    (void)state;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    for (int i = 0; i < 3; i++)
        queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "a|", 0, 1, 0); /* never twice at the same time */
    done(bench, "a");
    expect(bench, "a|", 1, 0, 0);
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 1, 0); /* and once for all three */
    done(bench, "a");
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 0, 0);
    bench_free(bench);
}

static void test_back_off(void **state)
{
    struct bench *bench = bench_new(1);
    double begin;

    (void)state;
    bench->how = FAIL_AT_ONCE;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "a|", 0, 0, 1);
    begin = check_now();
    bench->wanted = 2;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin > 0.2); /* half of 500 ms, or more */
    begin = check_now();
    bench->wanted = 3;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin > 0.45); /* twice as long */
    expect(bench, "a|a|a|", 0, 0, 1);
    bench_free(bench);
}

/* What failed while something happened is tried again soon, however often it failed before. */
static void test_change_forgets_failures(void **state)
{
    struct bench *bench = bench_new(1);
    double begin;

    (void)state;
    for (int i = 0; i < 12; i++) {
        queue_add(bench->queue, "a");
        check_settle(bench->base);
        if (i == 11)
            queue_add(bench->queue, "a");
        failed(bench, "a");
    }
    begin = check_now();
    bench->wanted = 13;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin < 2);
    bench_free(bench);
}

/* After a success the back-off starts at its beginning. */
static void test_success_forgets(void **state)
{
    struct bench *bench = bench_new(1);
    double begin;

    (void)state;
    bench->how = FAIL_AT_ONCE;
    for (int i = 0; i < 12; i++) {
        queue_add(bench->queue, "a");
        check_settle(bench->base);
    }
    assert_int_equal(bench->works, 12);
    bench->how = LEAVE_RUNNING;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    queue_add(bench->queue, "a"); /* so that it stays known */
    done(bench, "a");
    bench->how = FAIL_AT_ONCE;
    begin = check_now();
    bench->wanted = 15;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin < 2);
    bench_free(bench);
}

static void test_failure_lets_others_work(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "b");
    check_settle(bench->base);
    expect(bench, "a|", 1, 1, 0);
    failed(bench, "a");
    check_settle(bench->base);
    expect(bench, "a|b|", 0, 1, 1);
    bench_free(bench);
}

/* Work that is not finished goes on after its time, without a back-off. */
static void test_later(void **state)
{
    struct bench *bench = bench_new(1);
    double begin = check_now();

    (void)state;
    later(bench, "a", 0); /* nobody has heard of it */
    queue_add(bench->queue, "a");
    later(bench, "a", 0); /* it is not at work yet */
    expect(bench, "", 1, 0, 0);
    check_settle(bench->base);
    for (size_t works = 2; works < 6; works++) {
        later(bench, "a", 100);
        expect(bench, bench->seen, 0, 0, 1);
        bench->wanted = works;
        assert_true(check_run(bench->base, 5, enough, bench));
    }
    assert_true(check_now() - begin > 0.35 && check_now() - begin < 3);
    expect(bench, "a|a|a|a|a|", 0, 1, 0);
    done(bench, "a");
    expect(bench, "a|a|a|a|a|", 0, 0, 0);
    bench->wanted = 6;
    assert_false(check_run(bench->base, 0.3, enough, bench)); /* and then it is over */
    bench_free(bench);
}

/* What happens in the meantime is not for later, nor what happened before. */
static void test_later_and_now(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    later(bench, "a", 60000);
    check_settle(bench->base);
    expect(bench, "a|", 0, 0, 1);
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 1, 0);
    queue_add(bench->queue, "a"); /* while it is at work */
    later(bench, "a", 60000);
    expect(bench, "a|a|", 1, 0, 0);
    check_settle(bench->base);
    expect(bench, "a|a|a|", 0, 1, 0);
    queue_add(bench->queue, "b");
    later(bench, "a", 60000); /* it makes room for others */
    check_settle(bench->base);
    expect(bench, "a|a|a|b|", 0, 1, 1);
    later(bench, "a", 0); /* it is not at work */
    check_settle(bench->base);
    expect(bench, "a|a|a|b|", 0, 1, 1);
    bench_free(bench);
}

/* It is a kind of success: the back-off starts at its beginning. */
static void test_later_forgets_failures(void **state)
{
    struct bench *bench = bench_new(1);
    double begin;

    (void)state;
    bench->how = FAIL_AT_ONCE;
    for (int i = 0; i < 12; i++) {
        queue_add(bench->queue, "a");
        check_settle(bench->base);
    }
    bench->how = LEAVE_RUNNING;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    later(bench, "a", 1);
    bench->how = FAIL_AT_ONCE;
    begin = check_now();
    bench->wanted = 15;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin < 2);
    bench_free(bench);
}

/* Something happened while a key waits after a failure: now, and not once more later. */
static void test_event_during_back_off(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    bench->how = FAIL_AT_ONCE;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "a|", 0, 0, 1);
    bench->how = END_AT_ONCE;
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "a");
    expect(bench, "a|", 1, 0, 0);
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 0, 0);
    bench->wanted = 3;
    assert_false(check_run(bench->base, 0.7, enough, bench));
    bench_free(bench);
}

/* The back-off that an event ended does not begin a second work beside it. */
static void test_back_off_ends(void **state)
{
    struct bench *bench = bench_new(8);

    (void)state;
    bench->how = FAIL_AT_ONCE;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    bench->how = LEAVE_RUNNING;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 1, 0);
    bench->wanted = 3;
    assert_false(check_run(bench->base, 0.7, enough, bench));
    expect(bench, "a|a|", 0, 1, 0);
    bench_free(bench);
}

static void test_pause(void **state)
{
    struct bench *bench = bench_new(20);
    double begin = check_now();

    (void)state;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    assert_true(queue_pause(bench->queue, "a", 1));
    assert_false(queue_pause(bench->queue, "a", 1)); /* it goes on */
    assert_int_equal((queue_counts(bench->queue).pause_milliseconds + 999) / 1000, 1);
    queue_add(bench->queue, "b");
    assert_in_range(queue_find(bench->queue, "b").milliseconds, 1, 1010);
    done(bench, "a"); /* what is at work may end */
    check_settle(bench->base);
    expect(bench, "a|", 1, 0, 0);
    bench->wanted = 2;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin > 0.9);
    expect(bench, "a|b|", 0, 1, 0);
    bench_free(bench);
}

/* The longest pause that was asked for holds. */
static void test_longest_pause(void **state)
{
    struct bench *bench = bench_new(20);
    double begin = check_now();

    (void)state;
    queue_pause(bench->queue, "x", 1);
    queue_pause(bench->queue, "x", 0);
    queue_add(bench->queue, "a");
    bench->wanted = 1;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin > 0.9);
    begin = check_now();
    done(bench, "a");
    queue_pause(bench->queue, "y", 0);
    queue_pause(bench->queue, "y", 1);
    queue_add(bench->queue, "a");
    bench->wanted = 2;
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_true(check_now() - begin > 0.9);
    bench_free(bench);
}

/* A pause that begins while a row of keys is being started holds at once. */
static void pausing_work(const char *key, void *context)
{
    struct bench *bench = context;

    work(key, bench);
    queue_pause(bench->queue, key, 60);
}

static void test_pause_from_work(void **state)
{
    struct bench *bench = bench_new(20);

    (void)state;
    bench->queue = check_keep(queue_new(bench->base, 20, pausing_work, bench));
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "b");
    check_settle(bench->base);
    expect(bench, "a|", 1, 1, 0);
    bench_free(bench);
}

/* One that is refused each time, while others are served, does not stop them. */
static void test_pause_of_one(void **state)
{
    struct bench *bench = bench_new(20);

    (void)state;
    queue_add(bench->queue, "n/bad");
    queue_add(bench->queue, "o/good");
    check_settle(bench->base);
    assert_true(queue_pause(bench->queue, "n/bad", 1));
    bench->wanted = 3;
    done(bench, "o/good");
    queue_add(bench->queue, "o/good");
    assert_true(check_run(bench->base, 5, enough, bench));
    assert_false(queue_pause(bench->queue, "n/bad", 60));
    assert_true(queue_counts(bench->queue).pause_milliseconds <= 10); /* the grain of timers */
    queue_end(bench->queue, "n/bad", (struct retry){RETRY_BACK_OFF, 60000});
    assert_in_range(queue_find(bench->queue, "n/bad").milliseconds, 50000, 61000);
    queue_add(bench->queue, "p/good");
    check_settle(bench->base);
    expect(bench, "n/bad|o/good|o/good|p/good|", 0, 2, 1);
    bench_free(bench);
}

static void test_fail_running(void **state)
{
    struct bench *bench = bench_new(8);

    (void)state;
    queue_add(bench->queue, "a");
    queue_add(bench->queue, "b");
    queue_add(bench->queue, "c");
    check_settle(bench->base);
    expect(bench, "a|b|", 1, 2, 0);
    queue_fail_running(bench->queue);
    expect(bench, "a|b|", 1, 0, 2);
    bench->wanted = 5;
    check_settle(bench->base);
    done(bench, "c");
    assert_true(check_run(bench->base, 5, enough, bench));
    expect(bench, bench->seen, 0, 2, 0);
    done(bench, "a");
    done(bench, "b");
    expect(bench, bench->seen, 0, 0, 0);
    queue_fail_running(bench->queue); /* nothing is at work */
    expect(bench, bench->seen, 0, 0, 0);
    bench_free(bench);
}

/* An object may have gone while it was written: once more, without waiting. */
static void test_now(void **state)
{
    struct bench *bench = bench_new(1);

    (void)state;
    queue_add(bench->queue, "a");
    check_settle(bench->base);
    queue_end(bench->queue, "a", (struct retry){.when = RETRY_NOW});
    expect(bench, "a|", 1, 0, 0);
    check_settle(bench->base);
    expect(bench, "a|a|", 0, 1, 0);
    done(bench, "a");
    expect(bench, "a|a|", 0, 0, 0);
    queue_end(bench->queue, "a", (struct retry){.when = RETRY_NOW}); /* it is not at work */
    expect(bench, "a|a|", 0, 0, 0);
    bench_free(bench);
}

static void work(const char *key, void *context)
{
    struct bench *bench = context;
    size_t running = queue_counts(bench->queue).running;

    if (strlen(bench->seen) + strlen(key) + 2 < sizeof(bench->seen)) {
        strcat(bench->seen, key);
        strcat(bench->seen, "|");
    }
    bench->works++;
    if (running > bench->most_running)
        bench->most_running = running;
    if (bench->add != NULL)
        queue_add(bench->queue, bench->add);
    bench->add = NULL;
    if (bench->how == THINK_AND_END)
        nanosleep(&at_thought, NULL);
    if (bench->how == END_AT_ONCE || bench->how == THINK_AND_END)
        done(bench, key);
    else if (bench->how == FAIL_AT_ONCE)
        failed(bench, key);
}

/* Adds the keys 0, 1 and so on. */
static void add_numbers(struct bench *bench, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *key = memory_format("%zu", i);

        queue_add(bench->queue, key);
        free(key);
    }
}

static void done(struct bench *bench, const char *key)
{
    queue_end(bench->queue, key, (struct retry){.when = RETRY_NEVER});
}

static void done_number(struct bench *bench, size_t number)
{
    char *key = memory_format("%zu", number);

    done(bench, key);
    free(key);
}

static void failed(struct bench *bench, const char *key)
{
    queue_end(bench->queue, key, (struct retry){.when = RETRY_BACK_OFF});
}

static void later(struct bench *bench, const char *key, unsigned milliseconds)
{
    queue_end(bench->queue, key, (struct retry){.when = RETRY_LATER, .milliseconds = milliseconds});
}

static bool enough(const void *context)
{
    const struct bench *bench = context;

    return bench->works >= bench->wanted;
}

static void expect(const struct bench *bench, const char *seen, size_t ready, size_t running,
                   size_t waiting)
{
    struct queue_counts counts = queue_counts(bench->queue);

    assert_string_equal(bench->seen, seen);
    assert_int_equal(counts.ready, ready);
    assert_int_equal(counts.running, running);
    assert_int_equal(counts.waiting, waiting);
}

static struct bench *bench_new(unsigned at_once)
{
    struct bench *bench = memory_new(1, sizeof(*bench));

    bench->base = event_base_new();
    bench->queue = check_keep(queue_new(bench->base, at_once, work, bench));
    return bench;
}

static void bench_free(struct bench *bench)
{
    event_base_free(bench->base);
    free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_dedupe),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_without_answer),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_unpaced),
        cmocka_unit_test(test_overloaded),
        cmocka_unit_test(test_done_at_once),
        cmocka_unit_test(test_namespaces_in_turn),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_lanes_again),
        cmocka_unit_test(test_step_is_bounded),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_back_off),
        cmocka_unit_test(test_change_forgets_failures),
        cmocka_unit_test(test_success_forgets),
        cmocka_unit_test(test_failure_lets_others_work),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_later_and_now),
        cmocka_unit_test(test_later_forgets_failures),
        cmocka_unit_test(test_event_during_back_off),
        cmocka_unit_test(test_back_off_ends),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_longest_pause),
        cmocka_unit_test(test_pause_from_work),
        cmocka_unit_test(test_pause_of_one),
        cmocka_unit_test(test_fail_running),
        cmocka_unit_test(test_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
