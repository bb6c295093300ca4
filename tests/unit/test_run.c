/* SPDX-License-Identifier: Apache-2.0 */
/* The command of an exec plugin: how it ends, and who is signalled then. */
#include "tests/unit/check.h"

#include "plugin/run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The groups that were signalled, and whether the leader of each still had its number: if not, it
 * could have been another's by then. */
static struct {
    unsigned groups, strangers;
} signalled;

int kill(pid_t pid, int number)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/%d", (int)-pid);
    signalled.groups += pid < 0;
    signalled.strangers += pid < 0 && access(path, F_OK) != 0;
    return (int)syscall(SYS_kill, pid, number);
}

enum {
    ENOUGH = 60 /* seconds, on a busy machine too */
};

static void test_ends(void **state)
{
    static const struct {
        const char *script, *output, *problem, *error_text;
        int seconds; /* that it may take */
    } rows[] = {
        {"echo hello", "hello\n", "", "", ENOUGH},
        {"echo why >&2; exit 3", "", "ended with status 3", "why", ENOUGH},
        {"kill -9 $$", "", "was killed by signal 9", "", ENOUGH},
        {"sleep 100 & echo left", "left\n", "did not end in time", "", 1},
        {"exec >&- 2>&-; sleep 100", "", "did not end in time", "", 1},
        {"exec >&- 2>&-; exit 0", "", "", "", ENOUGH},
        {"yes", NULL, "printed more than 64 bytes", "", ENOUGH},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)rows[i].script, NULL};
        char *const environment[] = {(char *)"PATH=/bin:/usr/bin", NULL};
        const struct run run = {.arguments = (char **)arguments,
                                .environment = (char **)environment,
                                .output_max = 64,
                                .seconds = rows[i].seconds};
        struct run_result result;

        signalled.groups = signalled.strangers = 0;
        result = run_command(&run);
        if (rows[i].output != NULL)
            CHECK_ROW_TEXT(rows[i].script, result.output, rows[i].output);
        CHECK_ROW(rows[i].script,
                  strcmp(result.problem, rows[i].problem) == 0 ||
                      (i == 3 && result.problem[0] == '\0')); /* it has ended, its child has not */
        CHECK_ROW_TEXT(rows[i].script, result.error_text, rows[i].error_text);
        CHECK_ROW(rows[i].script, signalled.groups == 1 && signalled.strangers == 0);
        run_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
