/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to the first of several loopback addresses that answers. */
#include "tests/unit/check.h"

#include "supervisor/connections/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct outcome {
    int ended, descriptor;
    char address[64], reason[256];
};

static struct event_base *base;

static bool is_over(const void *outcome)
{
    return ((const struct outcome *)outcome)->ended > 0;
}

static void on_done(int descriptor, const char *address, const char *reason, void *context)
{
    struct outcome *outcome = context;

    outcome->ended++;
    outcome->descriptor = descriptor;
    snprintf(outcome->address, sizeof(outcome->address), "%s", address != NULL ? address : "");
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

/* A listener at 127.0.0.2, or, with a full queue, one that lets nobody in. */
static int listen_at(const char *address, uint16_t *port)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t size = sizeof(place);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, address, &place.sin_addr);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&place, sizeof(place)), 0);
    assert_int_equal(listen(descriptor, 8), 0);
    getsockname(descriptor, (struct sockaddr *)&place, &size);
    *port = ntohs(place.sin_port);
    return descriptor;
}

static struct outcome dial(const char *list, uint16_t port, const char *first)
{
    struct outcome outcome = {0};
    struct text_list addresses = {0};
    char *copy = strdup(list);

    for (char *rest = copy, *item; (item = strsep(&rest, " ")) != NULL;)
        text_list_add(&addresses, item);
    dial_start(base, &addresses, port, first, on_done, &outcome);
    text_list_clear(&addresses);
    free(copy);
    assert_int_equal(outcome.ended, 0); /* not from within */
    assert_true(check_run(base, 20, is_over, &outcome));
    assert_int_equal(outcome.ended, 1);
    return outcome;
}

static int option_of(int descriptor, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof(value);

    assert_int_equal(getsockopt(descriptor, level, name, &value, &size), 0);
    return value;
}

static void test_one_after_the_other(void **state)
{
    static const struct {
        const char *list, *first, *address, *reason;
    } rows[] = {
        {"127.0.0.2", NULL, "127.0.0.2", ""},
        {"127.0.0.3 127.0.0.2", NULL, "127.0.0.2", "127.0.0.3 port %u: Connection refused"},
        {"::1 127.0.0.2", NULL, "127.0.0.2", "::1 port %u: Connection refused"},
        {"nonsense 127.0.0.2", NULL, "127.0.0.2",
         "nonsense port %u: Address family not supported by protocol"},
        {"127.0.0.3 127.0.0.2", "127.0.0.2", "127.0.0.2", ""},
        {"127.0.0.3 127.0.0.2", "127.0.0.9", "127.0.0.2", "127.0.0.3 port %u: Connection refused"},
        {"127.0.0.3", NULL, "", "127.0.0.3 port %u: Connection refused"},
        {"127.0.0.3 127.0.0.4", "127.0.0.4", "",
         "127.0.0.4 port %1$u: Connection refused; 127.0.0.3 port %1$u: Connection refused"},
    };
    size_t before = check_descriptors();
    uint16_t port = 0;
    int listener = listen_at("127.0.0.2", &port);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = dial(rows[i].list, port, rows[i].first);
        char reason[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(reason, sizeof(reason), rows[i].reason, port);
#pragma GCC diagnostic pop
        CHECK_ROW_TEXT(rows[i].list, outcome.address, rows[i].address);
        CHECK_ROW_TEXT(rows[i].list, outcome.reason, reason);
        CHECK_ROW(rows[i].list, (outcome.descriptor >= 0) == (rows[i].address[0] != '\0'));
        if (outcome.descriptor >= 0)
            close(outcome.descriptor);
    }
    close(listener);
    assert_int_equal(check_descriptors(), before);
}

static void test_what_is_given(void **state)
{
    uint16_t port = 0;
    int listener = listen_at("127.0.0.2", &port);
    struct outcome outcome = dial("127.0.0.2", port, NULL);
    struct sockaddr_in peer;
    socklen_t size = sizeof(peer);

    (void)state;
    assert_int_equal(getpeername(outcome.descriptor, (struct sockaddr *)&peer, &size), 0);
    assert_int_equal(ntohs(peer.sin_port), port);
    assert_true((fcntl(outcome.descriptor, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(outcome.descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(option_of(outcome.descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option_of(outcome.descriptor, IPPROTO_TCP, TCP_KEEPIDLE), 30);
    assert_int_equal(option_of(outcome.descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
    close(outcome.descriptor);
    close(listener);
}

/* An address that never answers costs two seconds, and not the rest. A full queue drops what comes.
 */
static void test_one_that_is_silent(void **state)
{
    uint16_t port = 0;
    int silent = listen_at("127.0.0.5", &port), listener = listen_at("127.0.0.2", &port);
    int fillers[4];
    struct outcome outcome;
    double started;

    (void)state;
    assert_int_equal(listen(silent, 0), 0);
    for (size_t i = 0; i < COUNT_OF(fillers); i++) {
        struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};

        inet_pton(AF_INET, "127.0.0.5", &place.sin_addr);
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&place, sizeof(place));
    }
    started = check_now();
    outcome = dial("127.0.0.5 127.0.0.2", port, NULL);
    assert_string_equal(outcome.address, "127.0.0.2");
    assert_non_null(strstr(outcome.reason, "127.0.0.5 port "));
    assert_non_null(strstr(outcome.reason, "Connection timed out"));
    assert_true(check_now() - started < 5);
    for (size_t i = 0; i < COUNT_OF(fillers); i++)
        close(fillers[i]);
    close(outcome.descriptor);
    close(silent);
    close(listener);
}

static void test_cancel(void **state)
{
    struct text_list addresses = {0};
    struct outcome outcome = {0};
    size_t before = check_descriptors();

    (void)state;
    text_list_add(&addresses, "127.0.0.3");
    dial_cancel(dial_start(base, &addresses, 1, NULL, on_done, &outcome));
    check_settle(base);
    assert_int_equal(outcome.ended, 0);
    dial_cancel(NULL);
    text_list_clear(&addresses);
    assert_int_equal(check_descriptors(), before);
}

/* What a resolver that was taken over could send: bounded, whatever it is. */
static void test_many_addresses(void **state)
{
    char list[4000] = "127.0.0.3";
    struct outcome outcome;

    (void)state;
    for (int i = 0; i < 100; i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), " 127.0.1.%d", i);
    outcome = dial(list, 1, NULL);
    assert_int_equal(outcome.descriptor, -1);
    assert_true(strlen(outcome.reason) < 255);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    event_base_free(base);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other), cmocka_unit_test(test_what_is_given),
        cmocka_unit_test(test_one_that_is_silent),  cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_many_addresses),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
