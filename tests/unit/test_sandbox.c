/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of system calls, and what a confined process and the kernel say of it. */
#include "tests/unit/confined.h"

#include "common/sandbox/privileges.h"
#include "common/sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A role cannot have what its tables say to forbid it, except where it is meant to. */
static void test_tables(void **state)
{
    static const char *const never[] = {"execve", "ptrace", "bind", "listen", "kill",  "seccomp",
                                        "mount",  "bpf",    "fork", "setuid", "unlink"};

    (void)state;
    for (const struct syscall_rule *rule = sandbox_forbidden.rules; rule->name != NULL; rule++) {
        for (size_t i = 0; i < COUNT_OF(never); i++) {
            for (enum role role = 0; role < ROLE_WORKERS; role++) {
                if (strcmp(rule->name, never[i]) == 0 && sandbox_role_has(sandbox_role(role), rule))
                    fail_msg("%s has %s", role_name(role), rule->name);
            }
        }
    }
    assert_string_equal(sandbox_call_name(SYS_ptrace), "ptrace");
    assert_string_equal(sandbox_call_name(-1), "an unknown call");
}

/* Lines of /proc/PID/status of a confined process, by place. */
static const struct fact {
    const char *line;
    bool root_only;
} facts[] = {
    {"NoNewPrivs:\t1\n", false},
    {"Seccomp:\t2\n", false},
    {"CapInh:\t0000000000000000\n", false},
    {"CapPrm:\t0000000000000000\n", false},
    {"CapEff:\t0000000000000000\n", false},
    {"CapAmb:\t0000000000000000\n", false},
    {"CapBnd:\t0000000000000000\n", true},
    {"Uid:\t61001\t61001\t61001\t61001\n", true},
    {"Gid:\t61001\t61001\t61001\t61001\n", true},
    {"Groups:\t \n", true},
};

static void read_of_process(pid_t pid, const char *name, char text[4096])
{
    char path[64];
    int file;
    ssize_t size;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    file = open(path, O_RDONLY);
    size = read(file, text, 4095);
    text[size > 0 ? size : 0] = '\0';
    close(file);
}

static void check_facts(const struct place *place, pid_t pid)
{
    char text[4096];

    read_of_process(pid, "status", text);
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        if ((place->root || !facts[i].root_only) && strstr(text, facts[i].line) == NULL)
            fail_msg("%s: not in its status: %s", place->name, facts[i].line);
    }
    read_of_process(pid, "limits", text);
    CHECK_ROW(place->name,
              strstr(text, "Max core file size        0                    0") != NULL);
    CHECK_ROW(place->name,
              strstr(text, "Max processes             0                    0") != NULL);
}

static const struct place watchers[] = {PLACES(ROLE_WATCHER, "watcher")};

static void test_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(watchers); i++) {
        if (!is_possible(&watchers[i]))
            continue;
        start_sibling(&watchers[i]); /* a reconciler */
        if (geteuid() == 0)
            check_facts(&watchers[i], scene.sibling);
        if (watchers[i].root) {
            char path[64], root[256] = "";

            snprintf(path, sizeof(path), "/proc/%d/root", (int)scene.sibling);
            assert_true(readlink(path, root, sizeof(root) - 1) > 0);
            CHECK_ROW(root, strstr(root, "tlsrouted-empty-") != NULL &&
                                strstr(root, "(deleted)") != NULL);
        }
        end_sibling();
    }
}

/* What was reached is said, and what was not. */
static const struct {
    struct place place;
    enum sandbox_mode mode;
    const char *level;
} levels[] = {
    {{"root", ROLE_RECONCILER, true, true},
     SANDBOX_ENFORCE,
     "limits empty-root uid-61001 landlock-%d no-capabilities seccomp"},
    {{"root, no Landlock", ROLE_RECONCILER, true, false},
     SANDBOX_ENFORCE,
     "limits empty-root uid-61001 no-landlock no-capabilities seccomp"},
    {{"unprivileged", ROLE_RECONCILER, false, true},
     SANDBOX_ENFORCE,
     "limits no-empty-root no-own-uid landlock-%d no-capabilities seccomp"},
    {{"root, log", ROLE_RECONCILER, true, true},
     SANDBOX_LOG,
     "log-only limits empty-root uid-61001 no-landlock no-capabilities seccomp"},
    {{"unprivileged, log", ROLE_RECONCILER, false, true},
     SANDBOX_LOG,
     "log-only limits no-empty-root no-own-uid no-landlock no-capabilities seccomp"},
    {{"off", ROLE_RECONCILER, true, true}, SANDBOX_OFF, "off"},
};

static void level_in(const struct place *place, enum sandbox_mode mode, char *level)
{
    const struct sandbox_options options = {
        .mode = mode, .uid = UIDS + place->role, .without_landlock = !place->landlock};
    int results[2], folder;
    pid_t pid;

    assert_int_equal(pipe(results), 0);
    pid = fork();
    if (pid == 0) {
        open_descriptors();
        start_as(place->root);
        folder = place->root ? privileges_empty_folder() : -1;
        if ((folder >= 0 && fchdir(folder) != 0) ||
            sandbox_enter(sandbox_role(place->role), &options, level) != 0)
            _exit(1);
        _exit(write(results[1], level, SANDBOX_LEVEL_SIZE) == SANDBOX_LEVEL_SIZE ? 0 : 1);
    }
    close(results[1]);
    if (read(results[0], level, SANDBOX_LEVEL_SIZE) != SANDBOX_LEVEL_SIZE)
        fail_msg("%s: the sandbox was not entered", place->name);
    close(results[0]);
    waitpid(pid, NULL, 0);
}

static void test_levels(void **state)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        char level[SANDBOX_LEVEL_SIZE] = "", expected[SANDBOX_LEVEL_SIZE];

        if (!is_possible(&levels[i].place))
            continue;
        level_in(&levels[i].place, levels[i].mode, level);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(expected, sizeof(expected), levels[i].level, abi);
#pragma GCC diagnostic pop
        CHECK_ROW_TEXT(levels[i].place.name, level, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_facts),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
