/* SPDX-License-Identifier: Apache-2.0 */
/* Real attempts in the sandbox of the resolver. */
#include "tests/unit/confined.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>

static int looks_up_name(void)
{
    struct addrinfo *found = NULL;
    int error = getaddrinfo("localhost", NULL, NULL, &found);

    if (error == 0)
        freeaddrinfo(found);
    return error == 0 ? 0 : ENOENT;
}

/* With Landlock; without, as a user of its own; without, as the user of all. */
static const struct {
    const char *name;
    int (*make)(void);
    struct end ends[3];
} resolver_attempts[] = {
#define EVERYWHERE(...)                                                                            \
    {                                                                                              \
        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__                                                      \
    }
    {"look up a name", looks_up_name, EVERYWHERE(WORKS)},
    {"read /etc/passwd", reads_passwd, {FAILS(EACCES), WORKS, WORKS}},
    {"read a token file", reads_token, {FAILS(EACCES), FAILS(EACCES), WORKS}},
    {"read environ in /proc", reads_environment, EVERYWHERE(FAILS(EACCES))},
    {"write a file", writes_file, EVERYWHERE(KILLED("openat"))},
    {"unlink", removes_file, EVERYWHERE(KILLED("unlink"))},
    {"TCP socket", makes_tcp_socket, EVERYWHERE(WORKS)},
    {"connect", connects, EVERYWHERE(WORKS)},
    {"Unix socket", makes_unix_socket, EVERYWHERE(FAILS(ENOSYS))},
    {"netlink socket", makes_netlink_socket, EVERYWHERE(FAILS(ENOSYS))},
    {"connect to an abstract socket", connects_to_service, {FAILS(EPERM), WORKS, WORKS}},
    {"bind", binds, EVERYWHERE(KILLED("bind"))},
    {"listen", listens, EVERYWHERE(KILLED("listen"))},
    {"attach to a process", attaches, EVERYWHERE(KILLED("ptrace"))},
    {"read another's memory", reads_other_memory, EVERYWHERE(KILLED("process_vm_readv"))},
    {"kill another", kills_sibling, EVERYWHERE(KILLED("kill"))},
    {"fork", forks, EVERYWHERE(KILLED("clone"))},
    {"thread", makes_thread, EVERYWHERE(FAILS(ENOSYS))},
    {"execve", executes, EVERYWHERE(KILLED("execve"))},
    {"map a program", maps_program, EVERYWHERE(FAILS(EACCES))},
    {"prlimit", raises_limit_new_way, EVERYWHERE(KILLED("prlimit64"))},
    {"a filter that allows more", loads_filter, EVERYWHERE(KILLED("seccomp"))},
    {"setuid", becomes_root, EVERYWHERE(KILLED("setuid"))},
    {"chroot", changes_root, EVERYWHERE(KILLED("chroot"))},
    {"a call of tomorrow", makes_call_of_tomorrow, EVERYWHERE(FAILS(ENOSYS))},
};

static void test_resolver(void **state)
{
    static const struct place every[] = {PLACES(ROLE_RESOLVER, "resolver")};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        const struct place *place = &every[i];

        if (!is_possible(place))
            continue;
        start_sibling(place);
        for (size_t j = 0; j < COUNT_OF(resolver_attempts); j++) {
            const size_t column = place->landlock ? 0 : place->root ? 1 : 2;
            const struct attempt attempt = {resolver_attempts[j].name, resolver_attempts[j].make,
                                            resolver_attempts[j].ends[column]};

            check_attempt(place, &attempt);
        }
        end_sibling();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolver),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
