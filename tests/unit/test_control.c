/* The control socket: who asks is answered, and who does not read is let go. */
#include "tests/unit/check.h"

#include "supervisor/control.h"
#include "supervisor/rights.h"
#include "supervisor/supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ANSWERS = ROLE_WORKERS + 1, /* the daemon, each worker that is used, the end */
    ASKS_MOST = 20000, /* each answer has some 100 bytes, and a socket holds some 100 KiB */
};

/* A supervisor that has nothing but its control socket. */
struct fixture {
    struct supervisor supervisor;
    char folder[64], path[96];
};

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){.folder = "/tmp/tlsrouted-control-XXXXXX"};
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/control.sock", fixture->folder);
    fixture->supervisor.base = event_base_new();
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        fixture->supervisor.children[role] =
            (struct child){.role = role, .is_used = role != ROLE_MINTER};
    fixture->supervisor.control = control_new(&fixture->supervisor, fixture->path, RIGHTS_NO_GROUP);
    assert_non_null(fixture->supervisor.control);
}

static void close_fixture(struct fixture *fixture)
{
    control_free(fixture->supervisor.control);
    event_base_free(fixture->supervisor.base);
    assert_int_equal(rmdir(fixture->folder), 0); /* the socket is gone */
}

static int connect_client(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    check_settle(fixture->supervisor.base);
    return client;
}

/* Returns whether the other side still listens. */
static bool ask(struct fixture *fixture, int client)
{
    const uint8_t question = MESSAGE_STATUS_ASK;
    bool sent = send(client, &question, 1, MSG_NOSIGNAL) == 1;

    check_settle(fixture->supervisor.base);
    return sent || errno == EAGAIN;
}

static size_t read_answers(int client)
{
    char bytes[4096];
    size_t count = 0;

    while (recv(client, bytes, sizeof(bytes), 0) > 0)
        count++;
    return count;
}

static void test_answer(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    open_fixture(&fixture);
    client = connect_client(&fixture);
    for (int i = 0; i < 3; i++) {
        assert_true(ask(&fixture, client));
        assert_int_equal(read_answers(client), ANSWERS);
    }
    close(client);
    close_fixture(&fixture);
}

/* Its answers would otherwise fill the supervisor's memory until its time is over. */
static void test_never_reads(void **state)
{
    struct fixture fixture;
    size_t asked = 0;
    int rude, other;

    (void)state;
    open_fixture(&fixture);
    rude = connect_client(&fixture);
    while (asked < ASKS_MOST && ask(&fixture, rude))
        asked++;
    assert_in_range(asked, 1, ASKS_MOST - 1);
    other = connect_client(&fixture);
    assert_true(ask(&fixture, other));
    assert_int_equal(read_answers(other), ANSWERS);
    close(rude);
    close(other);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_never_reads),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
