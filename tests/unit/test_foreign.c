/* SPDX-License-Identifier: Apache-2.0 */
/* The line about what is not the API server's. */
#include "tests/unit/check.h"

#include "common/api/foreign.h"

#define PAGE(title)                                                                                \
    "<!DOCTYPE html>\n<html><head>\n<TITLE lang=en>" title "</TITLE></head><body>x</body></html>"
#define WHAT  "what answered is not the API server: status "
#define REACH "check that the proxy or load balancer before the API server reaches it in time"
#define CHECK "check the address of the API server, and the proxy or load balancer before it"
#define LOGIN "check the address of the API server, and that nothing before it wants a login"

static void test_describe(void **state)
{
    static const struct {
        struct api_response response; /* without its size */
        size_t size;                  /* 0: that of the text */
        const char *line;
    } rows[] = {
        {{302, "text/html", "", "https://sso.example.com/login?state=secret", PAGE("Sign in"), 0, 0,
          false},
         0,
         WHAT "302, Content-Type text/html, Location https://sso.example.com/login, \"Sign "
              "in\"; " LOGIN},
        {{307, "", "", "/elsewhere#x", "", 0, 0, false},
         0,
         WHAT "307, Location /elsewhere; " LOGIN},
        {{504, "text/html", "", "", PAGE("504 Gateway Time-out"), 0, 0, false},
         0,
         WHAT "504, Content-Type text/html, \"504 Gateway Time-out\"; " REACH},
        {{503, "text/html", "", "", "<html>no title", 0, 0, false},
         0,
         WHAT "503, Content-Type text/html; " REACH},
        {{502, "", "", "", "<title>cut", 0, 0, false}, 0, WHAT "502; " REACH},
        {{200, "text/plain", "", "", "\n welcome to nginx\r\nmore", 0, 0, false},
         0,
         WHAT "200, Content-Type text/plain, \"welcome to nginx\"; " CHECK},
        {{200, "application/json", "x-odd", "", "", 0, 0, false},
         0,
         WHAT "200, Content-Type application/json, Content-Encoding x-odd; " CHECK},
        {{200, "application/json", "", "", "\x1f\x8b\x08\x00", 0, 0, false},
         4,
         WHAT "200, Content-Type application/json, with a body that is compressed without saying "
              "so; " CHECK},
        {{403, "application/json", "", "", "{\"error\":\"login\"}", 0, 0, false},
         0,
         WHAT "403, Content-Type application/json, \"{\"error\":\"login\"}\"; check the proxy, "
              "firewall or gateway before the API server, and what it demands"},
        {{407, "", "", "", "", 0, 0, false},
         0,
         WHAT "407; check the credential that the proxy demands"},
        {{413, "", "", "", "", 0, 0, false},
         0,
         WHAT "413; check how much the proxy before the API server lets through"},
        {{200, "a\tb\x1b[1m", "", "", "\xff\x07", 0, 0, false},
         0,
         WHAT "200, Content-Type a?b?[1m, \"??\"; " CHECK},
        {{999, "", "", "", NULL, 0, 0, false}, 0, WHAT "999; " CHECK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct api_response response = rows[i].response;
        char line[1025];

        response.size = rows[i].size > 0        ? rows[i].size
                        : response.body != NULL ? strlen(response.body)
                                                : 0;
        foreign_describe(&response, line, sizeof(line));
        CHECK_ROW_TEXT(rows[i].line, line, rows[i].line);
    }
}

/* However long everything is. */
static void test_bounds(void **state)
{
    static char text[5000];
    char line[1025], small[40];
    struct api_response response = {.status = 200,
                                    .content_type = text,
                                    .content_encoding = text,
                                    .location = text,
                                    .body = text,
                                    .size = sizeof(text) - 1};

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    foreign_describe(&response, line, sizeof(line));
    assert_in_range(strlen(line), 700, sizeof(line) - 1);
    assert_non_null(strstr(line, CHECK));
    foreign_describe(&response, small, sizeof(small));
    assert_int_equal(strlen(small), sizeof(small) - 1);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_true(foreign_may_be_object(NULL));
    assert_true(foreign_may_be_object(""));
    assert_true(foreign_may_be_object("application/json"));
    assert_true(foreign_may_be_object("Application/JSON;stream=watch"));
    assert_false(foreign_may_be_object("text/html; charset=utf-8"));
    assert_false(foreign_may_be_object("text/plain"));
    assert_true(foreign_begins_as_json(" \n{", 3));
    assert_true(foreign_begins_as_json("[", 1));
    assert_true(foreign_begins_as_json(NULL, 0));
    assert_false(foreign_begins_as_json("<html>", 6));
    assert_false(foreign_begins_as_json("\0{", 2));
    assert_false(foreign_begins_as_json("ok", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_describe),
                                       cmocka_unit_test(test_bounds), cmocka_unit_test(test_kinds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
