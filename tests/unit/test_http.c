/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter's HTTP server: its pages, its patience, its bounds. */
#include "tests/unit/check.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "exporter/guard.h"
#include "exporter/http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server, and a supervisor that answers its questions or does not. */
struct fixture {
    struct event_base *base;
    struct http *http;
    struct state state;
    struct sockaddr_in address;
    unsigned asked;
    bool answers;
};

static void on_ask(void *context)
{
    struct fixture *fixture = context;
    struct health_message health = {.live = true, .summary = "well", .sandbox = "seccomp"};

    fixture->asked++;
    if (fixture->answers) {
        state_set_health(&fixture->state, &health);
        http_refreshed(fixture->http);
    }
}

static int listener(struct sockaddr_in *address)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = sizeof(*address);

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(descriptor, (struct sockaddr *)address, size), 0);
    assert_int_equal(listen(descriptor, 16), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)address, &size), 0);
    return descriptor;
}

static void open_fixture(struct fixture *fixture, bool answers)
{
    *fixture = (struct fixture){.base = event_base_new(), .answers = answers};
    fixture->http = check_keep(http_new(fixture->base, &fixture->state, on_ask, fixture));
    assert_int_equal(http_listen(fixture->http, listener(&fixture->address)), 0);
}

static void close_fixture(struct fixture *fixture)
{
    event_base_free(fixture->base);
}

static int client_of(const struct sockaddr_in *address, const char *request)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(client, (const struct sockaddr *)address, sizeof(*address)), 0);
    assert_int_equal(write(client, request, strlen(request)), strlen(request));
    assert_int_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    return client;
}

struct answer {
    int client;
    char text[16384];
    size_t size;
    bool ended;
};

static bool has_ended(const void *context)
{
    struct answer *answer = (struct answer *)context;
    ssize_t size =
        read(answer->client, answer->text + answer->size, sizeof(answer->text) - 1 - answer->size);

    if (size > 0)
        answer->size += (size_t)size;
    answer->ended = answer->ended || size == 0;
    answer->text[answer->size] = '\0';
    return answer->ended;
}

/* Checks that REQUEST is answered with STATUS and that the answer has PART, and then ends. */
static void expect(struct fixture *fixture, const char *request, const char *status,
                   const char *part)
{
    static struct answer answer;

    answer = (struct answer){.client = client_of(&fixture->address, request)};
    CHECK_ROW(request, check_run(fixture->base, 10, has_ended, &answer));
    close(answer.client);
    if (strncmp(answer.text, "HTTP/1.1 ", 9) != 0 || strncmp(answer.text + 9, status, 3) != 0 ||
        strstr(answer.text, part) == NULL)
        fail_msg("%s\nwas answered\n%s", request, answer.text);
}

#define END " HTTP/1.1\r\nHost: x\r\n\r\n"

static void test_pages(void **state)
{
    static const struct {
        const char *request, *status, *part;
    } rows[] = {
        {"GET /livez" END, "200", "\r\n\r\nok\n"},
        {"GET /livez?verbose" END, "200", "\r\n\r\nlivez check passed\n"},
        {"GET /livez?a=b&verbose=1" END, "200", "\r\n\r\nlivez check passed\n"},
        {"GET /livez?verbosely" END, "200", "\r\n\r\nok\n"},
        {"GET /readyz" END, "503", "\r\n\r\nwell\nreadyz check failed\n"},
        {"GET /metrics" END, "200", "\ntlsrouted_live 0\n"},
        {"GET /metrics" END, "200", "Content-Type: text/plain; version=0.0.4"},
        {"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n", "200",
         "\n# EOF\n"},
        {"HEAD /livez" END, "200", "Content-Length: 3"},
        {"GET /" END, "404", "not found"},
        {"GET /metrics/" END, "404", "not found"},
        {"GET /livezz" END, "404", "not found"},
        {"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "405",
         "Allow: GET, HEAD"},
        {"PUT /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405", "only GET and HEAD"},
        {"GET /livez" END, "200", "Connection: close"},
    };
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture, true);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect(&fixture, rows[i].request, rows[i].status, rows[i].part);
    close_fixture(&fixture);
}

/* Those who come together, or right after another, share an answer. */
static void test_shared_answer(void **state)
{
    struct fixture fixture;
    int64_t began;

    (void)state;
    open_fixture(&fixture, true);
    began = clock_milliseconds();
    for (int i = 0; i < 10; i++)
        expect(&fixture, "GET /livez" END, "200", "ok");
    assert_in_range(fixture.asked, 1, 2 + (clock_milliseconds() - began) / HTTP_FRESH_MILLISECONDS);
    close_fixture(&fixture);
}

static void test_no_answer(void **state)
{
    struct fixture fixture;
    int gone;

    (void)state;
    open_fixture(&fixture, false);
    gone = client_of(&fixture.address, "GET /metrics" END);
    check_settle(fixture.base);
    close(gone); /* before it is answered */
    expect(&fixture, "GET /livez" END, "503", "the supervisor does not answer");
    fixture.answers = true;
    expect(&fixture, "GET /livez" END, "200", "ok");
    close_fixture(&fixture);
}

static void test_bounds(void **state)
{
    struct fixture fixture;
    char *request = calloc(1, 2 * HTTP_HEADERS_BYTES), body[HTTP_BODY_BYTES * 2];

    (void)state;
    open_fixture(&fixture, true);
    strcpy(request, "GET /livez HTTP/1.1\r\nX: ");
    memset(request + strlen(request), 'x', HTTP_HEADERS_BYTES);
    strcat(request, "\r\n\r\n");
    expect(&fixture, request, "400", "");
    snprintf(body, sizeof(body), "POST /livez HTTP/1.1\r\nContent-Length: %d\r\n\r\n",
             HTTP_BODY_BYTES + 1);
    expect(&fixture, body, "413", "");
    close_fixture(&fixture);
    free(request);
}

/* A guard whose connections live for 400 ms, and of which there may be 2. */
struct guarded {
    struct event_base *base;
    struct guard *guard;
    struct bufferevent *last;
    unsigned accepted, ended, expected;
    size_t descriptors; /* that are open while there is no connection */
};

static void on_ended(struct bufferevent *connection, short events, void *context)
{
    (void)events;
    ((struct guarded *)context)->ended++;
    bufferevent_free(connection);
}

static void on_accept(struct evconnlistener *own, evutil_socket_t descriptor,
                      struct sockaddr *address, int size, void *context)
{
    struct guarded *guarded = context;
    struct bufferevent *connection =
        bufferevent_socket_new(guarded->base, descriptor, BEV_OPT_CLOSE_ON_FREE);

    (void)own;
    (void)address;
    (void)size;
    guarded->accepted++;
    guarded->last = connection;
    guard_watch(guarded->guard, connection);
    bufferevent_setcb(connection, NULL, NULL, on_ended, guarded);
    bufferevent_enable(connection, EV_READ | EV_WRITE);
}

static bool all_ended(const void *context)
{
    const struct guarded *guarded = context;

    return guarded->ended == guarded->expected && check_descriptors() == guarded->descriptors;
}

static bool one_was_replaced(const void *context)
{
    const struct guarded *guarded = context;

    return guarded->accepted == 4 && guarded->ended > 0;
}

/* A third has the last place for a moment, since the first two have just come; then the oldest goes
 * for the fourth, and time ends the others. */
static void test_guard(void **state)
{
    struct guarded guarded = {.base = event_base_new(), .expected = 4};
    struct sockaddr_in address;
    int own = listener(&address), clients[4];
    struct evconnlistener *accepting =
        evconnlistener_new(guarded.base, on_accept, &guarded, LEV_OPT_CLOSE_ON_FREE, 0, own);
    size_t before;
    char byte;

    (void)state;
    guarded.guard = check_keep(guard_new(guarded.base, 2, 400));
    guard_listener(guarded.guard, accepting);
    before = check_descriptors();
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        clients[i] = client_of(&address, "x");
    guarded.descriptors = check_descriptors();
    event_base_loop(guarded.base, EVLOOP_NONBLOCK);
    assert_int_equal(guarded.accepted, 3);
    assert_int_equal(guarded.ended, 0);
    assert_int_equal(check_descriptors(), guarded.descriptors + 3);
    assert_true(check_run(guarded.base, 10, one_was_replaced, &guarded));
    assert_int_not_equal(read(clients[0], &byte, 1), -1); /* at its end, or reset */
    assert_true(check_run(guarded.base, 10, all_ended, &guarded));
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        close(clients[i]);
    assert_int_equal(check_descriptors(), before);
    evconnlistener_free(accepting);
    event_base_free(guarded.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),     cmocka_unit_test(test_shared_answer),
        cmocka_unit_test(test_no_answer), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_guard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
