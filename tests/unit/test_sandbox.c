/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of system calls, and what a confined process and the kernel say of it. */
#include "tests/unit/confined.h"

#include "common/sandbox/privileges.h"
#include "common/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
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
    struct sandbox_result result;
    int results[2], folder;
    pid_t pid;

    assert_int_equal(pipe(results), 0);
    pid = fork();
    if (pid == 0) {
        open_descriptors();
        start_as(place->root);
        folder = place->root ? privileges_empty_folder() : -1;
        if ((folder >= 0 && fchdir(folder) != 0) ||
            sandbox_enter(sandbox_role(place->role), &options, &result) != NULL ||
            result.refused.count > 0)
            _exit(1);
        _exit(write(results[1], result.level, SANDBOX_LEVEL_SIZE) == SANDBOX_LEVEL_SIZE ? 0 : 1);
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

/* A machine that refuses calls: those of a row answer with an error, as an outer filter has it. */
struct refusal {
    const char *name;
    bool root; /* started as root, otherwise unprivileged */
    int error;
    struct syscall_rule calls[5];
    /* What comes of it: a word of the level, and how the line about it begins, if there is one. A
     * row without a word ends with a problem that begins so. */
    const char *word, *line;
};

#define CALL(name)                                                                                 \
    {                                                                                              \
        SCMP_SYS(name), 0, #name,                                                                  \
        {                                                                                          \
            {                                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#define CALL_IF(name, what)                                                                        \
    {                                                                                              \
        SCMP_SYS(name), 1, #name,                                                                  \
        {                                                                                          \
            {                                                                                      \
                0, SCMP_CMP_EQ, what, 0                                                            \
            }                                                                                      \
        }                                                                                          \
    }
#define LANDLOCK_CALLS                                                                             \
    CALL(landlock_create_ruleset), CALL(landlock_add_rule), CALL(landlock_restrict_self)

/* clang-format off */
static const struct refusal refusals[] = {
    {"Landlock", true, EPERM, {LANDLOCK_CALLS}, "no-landlock",
     "Landlock: Operation not permitted; allow landlock_create_ruleset(2)"},
    {"Landlock, unprivileged", false, EACCES, {LANDLOCK_CALLS}, "no-landlock",
     "Landlock: Permission denied; allow "},
    {"Landlock, at the last step", true, EPERM, {CALL(landlock_restrict_self)}, "no-landlock",
     "Landlock: Operation not permitted; allow "},
    {"no Landlock", true, ENOSYS, {LANDLOCK_CALLS}, "no-landlock", NULL},
    {"Landlock is off", true, EOPNOTSUPP, {LANDLOCK_CALLS}, "no-landlock", NULL},
    {"limits", true, EPERM, {CALL(prlimit64), CALL(setrlimit)}, "no-limits",
     "resource limits: Operation not permitted; allow prlimit(2)"},
    {"limits, unprivileged", false, ENOSYS, {CALL(prlimit64), CALL(setrlimit)}, "no-limits",
     "resource limits: Function not implemented; allow prlimit(2)"},
    {"chroot", true, EPERM, {CALL(chroot)}, "no-empty-root",
     "the empty root folder: Operation not permitted; allow chroot(2)"},
    {"chroot, unprivileged", false, ENOSYS, {CALL(chroot)}, "no-empty-root", NULL},
    {"the bounding set", true, EPERM, {CALL_IF(prctl, PR_CAPBSET_DROP)}, "no-bounding-set",
     "the bounding set of capabilities: Operation not permitted; "},
    {"setgroups", true, EPERM, {CALL(setgroups)}, "no-own-uid",
     "a user of its own: Operation not permitted; map "},
    {"a uid that is not mapped", true, EINVAL, {CALL(setresuid)}, "no-own-uid",
     "a user of its own: Invalid argument; map "},
    {"setresuid, unprivileged", false, EPERM, {CALL(setresuid)}, "no-own-uid", NULL},
    {"capset, unprivileged", false, EPERM, {CALL(capset)}, "no-capabilities", NULL},
    {"capset", true, EPERM, {CALL(capset)}, "no-capabilities", NULL}, /* they go with root */
    {"capset, and no other user", true, EPERM, {CALL(capset), CALL(setgroups)}, NULL,
     "capabilities: Operation not permitted; allow capget(2) and capset(2)"},
    {"new privileges", false, EPERM, {CALL_IF(prctl, PR_SET_NO_NEW_PRIVS)}, NULL,
     "no new privileges: Operation not permitted; allow prctl(2)"},
    {"hiding", false, EPERM, {CALL_IF(prctl, PR_SET_DUMPABLE)}, NULL,
     "hiding from other processes: Operation not permitted; allow prctl(2)"},
    {"seccomp", true, EINVAL, {CALL(seccomp), CALL_IF(prctl, PR_SET_SECCOMP)}, NULL,
     "the seccomp filter: "},
    {"seccomp, unprivileged", false, ENOSYS, {CALL(seccomp), CALL_IF(prctl, PR_SET_SECCOMP)}, NULL,
     "the seccomp filter: "},
};
/* clang-format on */

static void refuse(const struct refusal *refusal)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    for (const struct syscall_rule *rule = refusal->calls; rule->name != NULL; rule++) {
        if (seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint32_t)refusal->error), rule->call,
                                   rule->conditions, rule->when) != 0)
            _exit(90);
    }
    if (seccomp_load(filter) != 0)
        _exit(91);
    seccomp_release(filter);
}

/* Enters the sandbox of a reconciler on such a machine. Writes the level, and the only line about
 * what is refused or the problem; returns whether there is a problem. */
static bool enter_refused(const struct refusal *refusal, char *level, char *line)
{
    static const struct sandbox_options options = {.uid = UIDS + ROLE_RECONCILER, .report = -1};
    struct sandbox_result result;
    char *problem;
    int folder;

    open_descriptors();
    start_as(refusal->root);
    folder = refusal->root ? privileges_empty_folder() : -1;
    if (folder >= 0 && fchdir(folder) != 0)
        _exit(92);
    refuse(refusal);
    problem = sandbox_enter(sandbox_role(ROLE_RECONCILER), &options, &result);
    memcpy(level, result.level, SANDBOX_LEVEL_SIZE);
    if (result.refused.count > 1)
        _exit(93);
    snprintf(line, 512, "%s",
             problem != NULL             ? problem
             : result.refused.count == 1 ? result.refused.bytes
                                         : "");
    return problem != NULL;
}

/* As read from the process that has tried. */
struct outcome {
    bool has_problem;
    char level[SANDBOX_LEVEL_SIZE], line[512];
};

static struct outcome outcome_of(const struct refusal *refusal)
{
    struct outcome outcome = {0};
    int results[2];
    pid_t pid;

    assert_int_equal(pipe(results), 0);
    pid = fork();
    if (pid == 0) {
        outcome.has_problem = enter_refused(refusal, outcome.level, outcome.line);
        _exit(write(results[1], &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 94);
    }
    close(results[1]);
    if (read(results[0], &outcome, sizeof(outcome)) != sizeof(outcome))
        fail_msg("%s: there is no outcome", refusal->name);
    close(results[0]);
    waitpid(pid, NULL, 0);
    return outcome;
}

/* WORD is one of the words of LEVEL. */
static bool has_word(const char *level, const char *word)
{
    const char *found = strstr(level, word);
    size_t length = strlen(word);

    return found != NULL && (found == level || found[-1] == ' ') &&
           (found[length] == '\0' || found[length] == ' ');
}

/* A part that can be done without is left out, and it is said why; otherwise nothing goes on. */
static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const struct refusal *row = &refusals[i];
        struct outcome outcome;

        if (row->root && geteuid() != 0)
            continue;
        outcome = outcome_of(row);
        if (row->line != NULL)
            outcome.line[strlen(row->line)] = '\0'; /* what follows is advice */
        CHECK_ROW_TEXT(row->name, outcome.line, row->line != NULL ? row->line : "");
        CHECK_ROW(row->name, outcome.has_problem == (row->word == NULL));
        if (row->word != NULL)
            CHECK_ROW(outcome.level,
                      has_word(outcome.level, row->word) && has_word(outcome.level, "seccomp"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
