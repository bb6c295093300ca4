/* SPDX-License-Identifier: Apache-2.0 */
/* The API client where the server as a whole cannot be used. */
#include "tests/unit/api_server.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <unistd.h>

static void test_unauthorized_is_logged_once(void **state)
{
    (void)state;
    open_client();
    for (int i = 0; i < 3; i++) {
        struct outcome outcome = get("/unauthorized");

        assert_int_equal(outcome.error, API_UNAUTHORIZED);
        assert_string_equal(outcome.message, "Unauthorized");
    }
    assert_int_equal(logged("refuses the credential (401)"), 1);
    assert_int_equal(logged("answers again"), 0);
    get("/missing");
    get("/missing");
    assert_int_equal(logged("answers again"), 1);
    get("/unauthorized");
    assert_int_equal(logged("refuses the credential (401)"), 2);
    assert_int_equal(logged("one"), 0);
}

static void test_wrong_authority(void **state)
{
    (void)state;
    open_client_at("127.0.0.1", world.port, stranger.certificate_pem);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = get("/echo");

        assert_int_equal(outcome.error, API_UNTRUSTED);
        assert_int_equal(outcome.status, 0);
        assert_true(outcome.message[0] != '\0');
    }
    assert_int_equal(world.requests, 0);
    assert_int_equal(logged("certificate does not verify"), 1);
    assert_int_equal(logged("level=error"), 1);
}

static void test_unreadable_authority(void **state)
{
    (void)state;
    open_client_at("127.0.0.1", world.port, "not a certificate");
    assert_int_equal(get("/echo").error, API_UNTRUSTED);
    assert_int_equal(world.requests, 0);
}

/* No name is looked up: only its certificate says that this is another server. */
static void test_wrong_name(void **state)
{
    static const char *const names[] = {"localhost", "no-such-host.invalid",
                                        "No-Such-Host.invalid.", "10.255.255.1"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        open_client_at(names[i], world.port, authority.certificate_pem);
        CHECK_ROW(names[i], get("/echo").error == API_UNTRUSTED);
        api_free(world.api);
        world.api = NULL;
    }
    assert_int_equal(world.requests, 0);
}

static void test_refused_connection(void **state)
{
    (void)state;
    open_client();
    evhttp_free(world.http);
    for (int i = 0; i < 3; i++)
        assert_int_equal(get("/echo").error, API_UNREACHABLE);
    assert_int_equal(logged("level=warning"), 1);
    assert_int_equal(logged("cannot reach the API server; still trying"), 1);
    SSL_CTX_free(world.tls);
    start_server();
    api_free(world.api);
    world.api = NULL;
}

/* What many requests need is asked for once; and given once, it serves all of them. */
static void test_connection_is_asked_for_once(void **state)
{
    enum {
        SOME = 5
    };
    struct outcome outcomes[SOME] = {0};
    int pair[2];

    (void)state;
    open_client();
    world.hold_connections = true;
    for (size_t i = 0; i < SOME; i++)
        send_get(&outcomes[i], "/echo");
    RUN_UNTIL(world.connects == 1);
    check_settle(world.base);
    assert_int_equal(world.connects, 1);
    assert_int_equal(ended(outcomes, SOME), 0);
    api_cancel(outcomes[0].call);
    api_not_connected(world.api, "no\nway");
    assert_int_equal(outcomes[1].ended, 0); /* not from within */
    RUN_UNTIL(ended(outcomes, SOME) == SOME - 1);
    check_settle(world.base);
    assert_int_equal(outcomes[0].ended, 0);
    for (size_t i = 1; i < SOME; i++) {
        assert_int_equal(outcomes[i].ended, 1);
        assert_int_equal(outcomes[i].error, API_UNREACHABLE);
        assert_string_equal(outcomes[i].message, "no way");
    }
    assert_int_equal(logged("cannot reach the API server; still trying"), 1);
    api_not_connected(world.api, "nobody asked");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    api_connected(world.api, pair[0]);
    assert_int_equal(read(pair[1], outcomes, 1), 0); /* nobody asked: it is closed */
    close(pair[1]);
    world.hold_connections = false;
    outcomes[0] = get("/echo");
    assert_int_equal(outcomes[0].error, API_OK);
    assert_int_equal(world.connects, 2);
    clear(&outcomes[0]);
}

/* The one that needed it has been cancelled meanwhile. */
static void test_connection_that_nobody_needs(void **state)
{
    struct outcome outcome = {0};
    char byte;
    int pair[2];

    (void)state;
    open_client();
    world.hold_connections = true;
    send_get(&outcome, "/echo");
    RUN_UNTIL(world.connects == 1);
    api_cancel(outcome.call);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    api_connected(world.api, pair[0]);
    check_settle(world.base);
    assert_int_equal(read(pair[1], &byte, 1), 0);
    close(pair[1]);
}

static void count_refusal(void *context)
{
    ++*(unsigned *)context;
}

/* After a 401 nothing is sent until there is another identity, or for some seconds. */
static void test_refused_identity(void **state)
{
    char *server = memory_format("https://127.0.0.1:%u", world.port);
    struct outcome outcomes[2] = {0};
    unsigned refusals = 0, requests;
    double started;

    (void)state;
    world.connect_to = world.port;
    world.api = api_new(world.base, &(struct api_settings){.server = server,
                                                           .ca_pem = authority.certificate_pem,
                                                           .user_agent = "tester/1",
                                                           .connect = request_connection,
                                                           .refused = count_refusal,
                                                           .context = &refusals});
    free(server);
    api_set_identity(world.api, &(struct api_identity){.token = "one"});
    assert_int_equal(get("/unauthorized").error, API_UNAUTHORIZED);
    assert_int_equal(refusals, 1);
    requests = world.requests;
    send_get(&outcomes[0], "/echo");
    send_stream(&outcomes[1], "/echo");
    check_settle(world.base);
    assert_int_equal(world.requests, requests);
    started = check_now();
    api_set_identity(world.api, &(struct api_identity){.token = "two"});
    RUN_UNTIL(outcomes[0].ended && outcomes[1].ended);
    assert_true(check_now() - started < API_REFUSED_SECONDS - 1);
    assert_string_equal(member(&outcomes[0], "token"), "Bearer two");
    clear(&outcomes[0]);
    clear(&outcomes[1]);
    assert_int_equal(get("/unauthorized").error, API_UNAUTHORIZED);
    assert_int_equal(refusals, 2);
    started = check_now();
    outcomes[0] = get("/echo");
    assert_int_equal(outcomes[0].error, API_OK);
    clear(&outcomes[0]);
    assert_in_range((int)(check_now() - started), API_REFUSED_SECONDS - 1, API_REFUSED_SECONDS);
    assert_int_equal(refusals, 2);
}

static void close_at_once(struct evconnlistener *listener, evutil_socket_t descriptor,
                          struct sockaddr *address, int size, void *context)
{
    (void)listener;
    (void)address;
    (void)size;
    if (context != NULL)
        assert_int_equal(write(descriptor, "HTTP/1.1 400 no\r\n\r\n", 19), 19);
    close(descriptor);
}

/* A load balancer without backends, and a port that does not speak TLS. */
static void test_not_a_tls_server(void **state)
{
    for (int speaks = 0; speaks < 2; speaks++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        struct evconnlistener *listener = evconnlistener_new_bind(
            world.base, close_at_once, speaks ? state : NULL, LEV_OPT_CLOSE_ON_FREE, -1,
            (struct sockaddr *)&address, sizeof(address));

        getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
        open_client_at("127.0.0.1", ntohs(address.sin_port), authority.certificate_pem);
        assert_int_equal(get("/echo").error, speaks ? API_UNTRUSTED : API_UNREACHABLE);
        assert_int_equal(logged("still trying"), 1);
        assert_int_equal(logged("cannot establish a TLS connection"), speaks);
        api_free(world.api);
        world.api = NULL;
        evconnlistener_free(listener);
    }
}

/* An answer that never comes because the server goes away, and its return. The second request goes
 * on a stream: its headers are enough. */
static void test_outage(void **state)
{
    struct outcome lost = {0};
    struct outcome back = {0};

    (void)state;
    open_client();
    send_get(&lost, "/silent");
    RUN_UNTIL(world.stream != NULL);
    evhttp_connection_free(evhttp_request_get_connection(world.stream));
    RUN_UNTIL(lost.ended);
    assert_int_equal(lost.error, API_UNREACHABLE);
    assert_int_equal(logged("still trying"), 1);
    send_stream(&back, "/stream");
    RUN_UNTIL(world.stream != NULL);
    send_chunk("a");
    RUN_UNTIL(has_data(&back, "a"));
    assert_int_equal(logged("answers again"), 1);
    clear(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_unauthorized_is_logged_once),
        LIVE(test_wrong_authority),
        LIVE(test_unreadable_authority),
        LIVE(test_wrong_name),
        LIVE(test_refused_connection),
        LIVE(test_connection_is_asked_for_once),
        LIVE(test_connection_that_nobody_needs),
        LIVE(test_refused_identity),
        LIVE(test_not_a_tls_server),
        LIVE(test_outage),
    };

    return cmocka_run_group_tests(tests, make_identities, free_identities);
}
