/* SPDX-License-Identifier: Apache-2.0 */
/* Where libevent gets no memory, the process ends in the way of memory.h. */
#include "tests/unit/check.h"

#include "common/base/loop.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_event(evutil_socket_t descriptor, short events, void *context)
{
    (void)descriptor;
    (void)events;
    (void)context;
}

static void make_loop(struct event_base *base)
{
    (void)base;
    loop_new();
}

static void make_event(struct event_base *base)
{
    loop_event(base, STDIN_FILENO, EV_READ, on_event, NULL);
}

static void make_timer(struct event_base *base)
{
    loop_timer(base, on_event, NULL);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

/* The signal that ended a process which called MAKE without memory, or 0. */
static int end_of(void (*make)(struct event_base *), struct event_base *base)
{
    const struct rlimit no_core = {0, 0};
    const pid_t child = fork();
    int status;

    if (child == 0) {
        setrlimit(RLIMIT_CORE, &no_core);
        event_set_mem_functions(no_memory, realloc, free);
        make(base);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_no_memory(void **state)
{
    static const struct {
        const char *what;
        void (*make)(struct event_base *);
    } rows[] = {{"a loop", make_loop}, {"an event", make_event}, {"a timer", make_timer}};
    struct event_base *base = loop_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].what, end_of(rows[i].make, base) == SIGABRT);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_memory)};

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
