/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tlsroutectl verify`. */
#include "tests/unit/check.h"

#include "ctl/verify/options.h"

#include <getopt.h>
#include <stdio.h>

enum {
    WORDS_MAX = 10
};

static const struct {
    const char *words[WORDS_MAX]; /* after the command's name */
    const char *problem;          /* "": anything, said by getopt */
    const char *namespace, *pool, *connect, *hostname;
    unsigned seconds;
    bool json;
} rows[] = {
    {.words = {NULL}, .seconds = 10},
    {.words = {"openvox/puppet"}, .namespace = "openvox", .pool = "puppet", .seconds = 10},
    {.words = {"-n", "openvox", "puppet"}, .namespace = "openvox", .pool = "puppet", .seconds = 10},
    {.words = {"puppet", "--namespace", "openvox"},
     .namespace = "openvox",
     .pool = "puppet",
     .seconds = 10},
    {.words = {"puppet"}, .problem = "\"puppet\": expected NS/POOL, or POOL with --namespace"},
    {.words = {"-n", "openvox"}, .namespace = "openvox", .seconds = 10},
    {.words = {"--connect", "h:1", "--hostname", "a.example", "-o", "json", "--timeout", "3"},
     .connect = "h:1",
     .hostname = "a.example",
     .seconds = 3,
     .json = true},
    {.words = {"--connect", "h:1", "ns/p", "-o", "text", "--timeout=3600"},
     .connect = "h:1",
     .namespace = "ns",
     .pool = "p",
     .seconds = 3600},
    {.words = {"a/b", "c/d"}, .problem = "one NS/POOL at most can be named"},
    {.words = {"/b"},
     .problem = "\"\" is not the name of a namespace: it has an empty label (two "
                "dots in a row, or one at an end)"},
    {.words = {"a/"},
     .problem = "\"\" is not the name of a Pool: it has an empty label (two dots "
                "in a row, or one at an end)"},
    {.words = {"a/b/c"},
     .problem = "\"b/c\" is not the name of a Pool: it has characters other "
                "than a-z, 0-9, '-' and '.'"},
    {.words = {"A/b"},
     .problem = "\"A\" is not the name of a namespace: it has upper-case "
                "letters; write it in lower case"},
    {.words = {"-n", "x", "a/b"},
     .problem = "the namespace is given twice: NS/POOL and --namespace"},
    {.words = {"--hostname", "a.example"}, .problem = "--hostname needs --connect HOST:PORT"},
    {.words = {"--hostname", "192.0.2.1", "--connect", "h"},
     .problem = "--hostname \"192.0.2.1\" is an IP address; TLS routes go by DNS name"},
    {.words = {"--hostname", "a.example", "--connect", "h", "a/b"},
     .problem = "--hostname takes the place of NS/POOL: give one of them"},
    {.words = {"--timeout", "0"}, .problem = "--timeout \"0\": expected seconds, from 1 to 3600"},
    {.words = {"--timeout", "3601"},
     .problem = "--timeout \"3601\": expected seconds, from 1 to 3600"},
    {.words = {"--timeout", "-1"}, .problem = "--timeout \"-1\": expected seconds, from 1 to 3600"},
    {.words = {"--timeout", "1s"}, .problem = "--timeout \"1s\": expected seconds, from 1 to 3600"},
    {.words = {"-o", "yaml"}, .problem = "--output \"yaml\": expected text or json"},
    {.words = {"--nonsense"}, .problem = ""},
    {.words = {"--connect"}, .problem = ""},
};

static void test_read(void **state)
{
    (void)state;
    opterr = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *words[WORDS_MAX + 2] = {(char *)"verify"};
        struct verify_options options;
        char *problem, row[64];
        int count = 1;

        while (rows[i].words[count - 1] != NULL) {
            words[count] = (char *)rows[i].words[count - 1];
            count++;
        }
        snprintf(row, sizeof(row), "row %zu: %s", i, count > 1 ? words[1] : "");
        optind = 0;
        problem = verify_options_read(count, words, &options);
        CHECK_ROW_TEXT(row, problem, rows[i].problem);
        free(problem);
        if (rows[i].problem != NULL)
            continue;
        CHECK_ROW_TEXT(row, options.namespace, rows[i].namespace);
        CHECK_ROW_TEXT(row, options.pool, rows[i].pool);
        CHECK_ROW_TEXT(row, options.connect, rows[i].connect);
        CHECK_ROW_TEXT(row, options.hostname, rows[i].hostname);
        CHECK_ROW(row, options.seconds == rows[i].seconds && options.json == rows[i].json);
        verify_options_clear(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
