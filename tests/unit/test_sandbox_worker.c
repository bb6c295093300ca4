/* SPDX-License-Identifier: Apache-2.0 */
/* Real attempts in the sandbox of each worker. */
#include "tests/unit/confined.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static const struct attempt attempts[] = {
    {"read /etc/passwd", reads_passwd, FAILS(EACCES)},
    {"read a token file", reads_token, FAILS(EACCES)},
    {"read memory in /proc", reads_memory, FAILS(EACCES)},
    {"write memory in /proc", changes_memory, KILLED("openat")},
    {"read environ in /proc", reads_environment, FAILS(EACCES)},
    {"lstat", looks_at_file, FAILS(EACCES)},
    {"write a file", writes_file, KILLED("openat")},
    {"truncate a file", truncates_file, KILLED("openat")},
    {"grow an open file", grows_file, SIGNALLED(SIGXFSZ)},
    {"mkdir", makes_folder, KILLED("mkdir")},
    {"unlink", removes_file, KILLED("unlink")},
    {"rename", renames_file, KILLED("rename")},
    {"chmod", changes_mode, KILLED("chmod")},
    {"openat2", opens_new_way, FAILS(ENOSYS)},
    {"TCP socket", makes_tcp_socket, KILLED("socket")},
    {"Unix socket", makes_unix_socket, KILLED("socket")},
    {"netlink socket", makes_netlink_socket, KILLED("socket")},
    {"packet socket", makes_packet_socket, KILLED("socket")},
    {"connect", connects, KILLED("connect")},
    {"connect by sending", connects_by_sending, KILLED("sendto")},
    {"connect to an abstract socket", connects_to_service, KILLED("connect")},
    {"bind", binds, KILLED("bind")},
    {"listen", listens, KILLED("listen")},
    {"accept", accepts, KILLED("accept4")},
    {"attach to a sibling", attaches, KILLED("ptrace")},
    {"ask to be traced", asks_to_be_traced, KILLED("ptrace")},
    {"read a sibling's memory", reads_other_memory, KILLED("process_vm_readv")},
    {"kill a sibling", kills_sibling, KILLED("kill")},
    {"kill a sibling's thread", kills_thread_of_sibling, KILLED("tgkill")},
    {"queue a signal", queues_signal, KILLED("rt_sigqueueinfo")},
    {"pidfd", signals_by_descriptor, KILLED("pidfd_open")},
    {"signals of a socket", owns_descriptor_of_sibling, FAILS(ENOSYS)},
    {"fork", forks, KILLED("clone")},
    {"clone3", forks_new_way, FAILS(ENOSYS)},
    {"thread", makes_thread, FAILS(ENOSYS)},
    {"execve", executes, KILLED("execve")},
    {"execveat", executes_descriptor, KILLED("execveat")},
    {"map a program", maps_program, FAILS(EACCES)},
    {"make a program of data", makes_program_of_data, FAILS(EACCES)},
    {"setrlimit", raises_limit, KILLED("setrlimit")},
    {"prlimit", raises_limit_new_way, KILLED("prlimit64")},
    {"a filter that allows more", loads_filter, KILLED("seccomp")},
    {"the same by prctl", loads_filter_old_way, KILLED("prctl")},
    {"new privileges", takes_new_privileges, FAILS(ENOSYS)},
    {"dumpable", shows_itself, KILLED("prctl")},
    {"another Landlock domain", leaves_landlock, FAILS(ENOSYS)},
    {"ignore SIGSYS", replaces_handler, KILLED("rt_sigaction")},
    {"execve with SIGSYS blocked", executes_with_blocked_signal, KILLED(NULL)},
    {"setuid", becomes_root, KILLED("setuid")},
    {"capset", takes_capabilities, KILLED("capset")},
    {"unshare", unshares, KILLED("unshare")},
    {"mount", mounts, KILLED("mount")},
    {"chroot", changes_root, KILLED("chroot")},
    {"bpf", loads_program_into_kernel, KILLED("bpf")},
    {"module", loads_module, KILLED("finit_module")},
    {"keyctl", asks_for_key, KILLED("keyctl")},
    {"set the clock", sets_clock, KILLED("clock_settime")},
    {"io_uring", submits_by_ring, FAILS(ENOSYS)},
    {"memfd", makes_memory_file, FAILS(ENOSYS)},
    {"a call of tomorrow", makes_call_of_tomorrow, FAILS(ENOSYS)},
    {"a call of another ABI", makes_call_of_another_abi, KILLED(NULL)},
    {"an option of a socket that it uses", sets_option_that_it_uses, WORKS},
    {"a filter on a socket", attaches_filter_to_socket, FAILS(ENOSYS)},
    {"a socket bound to a device", binds_socket_to_device, FAILS(ENOSYS)},
    {"a socket of high priority", marks_as_urgent, FAILS(ENOSYS)},
    {"type for the terminal", types_for_terminal, KILLED("ioctl")},
    {"list the interfaces", lists_interfaces, FAILS(ENOSYS)},
    {"abort", aborts, SIGNALLED(SIGABRT)},
    {"what it is for", works_on, WORKS},
};

static const struct place places[] = {
    PLACES(ROLE_WATCHER, "watcher") PLACES(ROLE_RECONCILER, "reconciler")
        PLACES(ROLE_CERTPATCHER, "certpatcher") PLACES(ROLE_MINTER, "minter")
            PLACES(ROLE_EXPORTER, "exporter")};

/* The exporter is there to accept clients; there are none here. */
static struct attempt attempt_in(const struct place *place, struct attempt attempt)
{
    static const struct end no_client = FAILS(EAGAIN);

    if (place->role == ROLE_EXPORTER && attempt.make == accepts)
        attempt.end = no_client;
    return attempt;
}

static void test_attempts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (!is_possible(&places[i]))
            continue;
        start_sibling(&places[i]);
        for (size_t j = 0; j < COUNT_OF(attempts); j++) {
            const struct attempt attempt = attempt_in(&places[i], attempts[j]);

            check_attempt(&places[i], &attempt);
        }
        assert_int_equal(waitpid(scene.sibling, NULL, WNOHANG), 0); /* none has ended it */
        end_sibling();
        print_message("%zu attempts: %s\n", COUNT_OF(attempts), places[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
