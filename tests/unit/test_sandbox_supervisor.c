/* SPDX-License-Identifier: Apache-2.0 */
/* Real attempts in the sandbox of the supervisor, which may do more. */
#include "tests/unit/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int signals_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        poll(NULL, 0, -1);
        _exit(0);
    }
    return child < 0 ? errno : result_of(kill(child, SIGKILL));
}

static int signals_stranger(void)
{
    return result_of(kill(scene.sibling, 0));
}

static int executes_stranger(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(executes());
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int reads_configuration(void)
{
    return opens(scene.token, O_RDONLY);
}

static int writes_null(void)
{
    return opens("/dev/null", O_RDWR);
}

static int opens_to_write(void)
{
    return opens(scene.token, O_RDWR);
}

/* With Landlock, and without. */
static const struct {
    const char *name;
    int (*make)(void);
    struct end landlock, without;
} supervisor_attempts[] = {
    {"read a file", reads_configuration, WORKS, WORKS},
    {"write to /dev/null", writes_null, WORKS, WORKS},
    {"open a file for reading and writing", opens_to_write, FAILS(EACCES), FAILS(EACCES)},
    {"write a file", writes_file, KILLED("openat"), KILLED("openat")},
    {"truncate a file", truncates_file, KILLED("openat"), KILLED("openat")},
    {"mkdir", makes_folder, KILLED("mkdir"), KILLED("mkdir")},
    {"remove what is not its socket", removes_file, FAILS(EACCES), WORKS},
    {"rename", renames_file, KILLED("rename"), KILLED("rename")},
    {"chmod", changes_mode, KILLED("chmod"), KILLED("chmod")},
    {"end a child", signals_child, WORKS, WORKS},
    {"signal a stranger", signals_stranger, FAILS(EPERM), WORKS},
    {"execute what is no worker", executes_stranger, FAILS(EACCES), WORKS},
    {"bind", binds, KILLED("bind"), KILLED("bind")},
    {"listen", listens, KILLED("listen"), KILLED("listen")},
    {"Unix socket", makes_unix_socket, FAILS(ENOSYS), FAILS(ENOSYS)},
    {"connect to an abstract socket", connects_to_service, FAILS(EPERM), WORKS},
    {"attach to a process", attaches, KILLED("ptrace"), KILLED("ptrace")},
    {"read another's memory", reads_other_memory, KILLED("process_vm_readv"),
     KILLED("process_vm_readv")},
    {"unshare", unshares, KILLED("unshare"), KILLED("unshare")},
    {"mount", mounts, KILLED("mount"), KILLED("mount")},
    {"bpf", loads_program_into_kernel, KILLED("bpf"), KILLED("bpf")},
    {"module", loads_module, KILLED("finit_module"), KILLED("finit_module")},
    {"an option of a socket that it uses", sets_option_that_it_uses, WORKS, WORKS},
    {"a filter on a socket", attaches_filter_to_socket, FAILS(ENOSYS), FAILS(ENOSYS)},
    {"a socket of high priority", marks_as_urgent, FAILS(ENOSYS), FAILS(ENOSYS)},
    {"type for the terminal", types_for_terminal, KILLED("ioctl"), KILLED("ioctl")},
    {"list the interfaces", lists_interfaces, FAILS(ENOSYS), FAILS(ENOSYS)},
    {"a call of tomorrow", makes_call_of_tomorrow, FAILS(ENOSYS), FAILS(ENOSYS)},
};

static void try_as_supervisor(const struct place *place)
{
    for (size_t i = 0; i < COUNT_OF(supervisor_attempts); i++) {
        const struct attempt attempt = {supervisor_attempts[i].name, supervisor_attempts[i].make,
                                        place->landlock ? supervisor_attempts[i].landlock
                                                        : supervisor_attempts[i].without};

        check_attempt(place, &attempt);
        if (access(scene.token, F_OK) != 0)
            make_token();
    }
}

static void test_supervisor(void **state)
{
    static const struct place stranger = {"watcher, unprivileged", ROLE_WATCHER, false, true};
    static const struct place both[] = {
        {"supervisor, root, Landlock", ROLE_SUPERVISOR, true, true},
        {"supervisor, root, no Landlock", ROLE_SUPERVISOR, true, false}};

    (void)state;
    start_sibling(&stranger);
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        if (is_possible(&both[i]))
            try_as_supervisor(&both[i]);
    }
    end_sibling();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_supervisor),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
