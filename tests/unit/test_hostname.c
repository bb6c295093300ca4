/* SPDX-License-Identifier: Apache-2.0 */
/* Host names: what a TLSRoute takes and what not, at every limit. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#define TEN   "abcdefghij"
#define L62   TEN TEN TEN TEN TEN TEN "ab"
#define L63   L62 "c"
#define N192  L63 "." L63 "." L63 "."
#define EMPTY "is empty; give the name that agents connect to"
#define LONG  "is longer than 253 characters"
#define IP    "is an IP address; a TLS route needs a DNS name"
#define GAP   "has an empty label (two dots in a row, or one at an end)"
#define LABEL "has a label of more than 63 characters"
#define UPPER "has upper-case letters; write it in lower case"
#define STAR  "has a wildcard that is not the whole first label of a longer name"
#define OTHER "has characters other than a-z, 0-9, '-' and '.'"
#define DASH  "has a label that starts or ends with '-'"

static const struct {
    const char *name, *problem;
} rows[] = {
    {"a", NULL},
    {"0", NULL},
    {"puppet", NULL},
    {"puppet.example.com", NULL},
    {"a-b.c--d.0-9", NULL},
    {"xn--mnchen-3ya.example", NULL},
    {"1.2.3", NULL},
    {"1.2.3.4.5", NULL},
    {"1.2.3.256", NULL},
    {"1.2.3.04x", NULL},
    {"*.example.com", NULL},
    {"*.a", NULL},
    {L63, NULL},
    {L63 "." L63, NULL},
    {"a." L63 ".b", NULL},
    {"*." L63, NULL},
    {N192 TEN TEN TEN TEN TEN TEN "a", NULL},          /* 253 */
    {"*." N192 TEN TEN TEN TEN TEN "abcdefghi", NULL}, /* 253 with the wildcard */
    {"", EMPTY},
    {N192 L62, LONG}, /* 254 */
    {N192 L63 "." L63, LONG},
    {"*." N192 TEN TEN TEN TEN TEN TEN, LONG}, /* 254 */
    {"1.2.3.4", IP},
    {"255.255.255.255", IP},
    {"0.0.0.0", IP},
    {"::", IP},
    {"::1", IP},
    {"fd00::1", IP},
    {"::ffff:1.2.3.4", IP},
    {"1:2:3:4:5:6:7:8", IP},
    {".", GAP},
    {"..", GAP},
    {".a", GAP},
    {"a.", GAP},
    {"a..b", GAP},
    {"puppet.example.com.", GAP},
    {"*.", GAP},
    {"*..a", GAP},
    {"*.a.", GAP},
    {L63 "d", LABEL},
    {"a." L63 "d", LABEL},
    {"*." L63 "d", LABEL},
    {"A", UPPER},
    {"puppet.Example.com", UPPER},
    {"puppeT", UPPER},
    {"*.A", UPPER},
    {"*", STAR},
    {"*a.b", STAR},
    {"a*.b", STAR},
    {"a.*", STAR},
    {"a.*.b", STAR},
    {"*.*.a", STAR},
    {"**.a", STAR},
    {"a_b", OTHER},
    {"a b", OTHER},
    {" a", OTHER},
    {"a\n", OTHER},
    {"a\tb", OTHER},
    {"a/b", OTHER},
    {"a:8140", OTHER},
    {"https://a", OTHER},
    {"[::1]", OTHER},
    {"a@b", OTHER},
    {"a\\b", OTHER},
    {"a\"b", OTHER},
    {"m\xc3\xbcnchen", OTHER},
    {"\xff", OTHER},
    {"a\x01", OTHER},
    {"a\x7f", OTHER},
    {"-", DASH},
    {"-a", DASH},
    {"a-", DASH},
    {"a.-b", DASH},
    {"a-.b", DASH},
    {"a.b-", DASH},
    {"*.-a", DASH},
};

static void test_hostname(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW_TEXT(rows[i].name, hostname_problem(rows[i].name), rows[i].problem);
}

/* Every single byte, alone and inside a name: only [a-z0-9] and the inner dash are good. */
static void test_every_byte(void **state)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char alone[] = {(char)byte, '\0'};
        const char inside[] = {'a', (char)byte, 'b', '\0'};
        const bool is_good = strchr(good, byte) != NULL;

        assert_true((hostname_problem(alone) == NULL) == is_good);
        assert_true((hostname_problem(inside) == NULL) == (is_good || byte == '-' || byte == '.'));
    }
}

static void test_covers(void **state)
{
    static const struct {
        const char *wildcard, *name;
        bool covers, intersects;
    } pairs[] = {
        {"*.b.c", "a.b.c", true, true},
        {"*.b.c", "x.a.b.c", true, true}, /* more than one label */
        {"*.b.c", "*.a.b.c", true, true}, /* a narrower wildcard */
        {"*.c", "*.b.c", true, true},
        {"*.c", "b.c", true, true},
        {"*.b.c", "b.c", false, false}, /* at least one label */
        {"*.b.c", "*.b.c", false, true},
        {"*.a.b.c", "*.b.c", false, true}, /* the other way round */
        {"*.b.c", "*.d.c", false, false},
        {"*.b.c", "xb.c", false, false}, /* no label of its own */
        {"*.b.c", "a.xb.c", false, false},
        {"*.b.c", ".b.c", false, false},
        {"*.b.c", "a.b.c.d", false, false},
        {"*.b.c", "c", false, false},
        {"*.b.c", "", false, false},
        {"*.b.c", "A.B.C", false, false}, /* an upper-case name is none */
        {"a.b.c", "a.b.c", false, true},
        {"a.b.c", "b.b.c", false, false},
        {"a.b.c", "*.b.c", false, true},
        {"b.c", "a.b.c", false, false},
        {"*", "a.b", false, false}, /* not a wildcard that a route could have */
        {"*a.b", "xa.b", false, false},
        {"", "a", false, false},
        {"", "", false, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char *row = memory_format("%s and %s", pairs[i].wildcard, pairs[i].name);

        CHECK_ROW(row, hostname_covers(pairs[i].wildcard, pairs[i].name) == pairs[i].covers);
        CHECK_ROW(row,
                  hostname_intersects(pairs[i].wildcard, pairs[i].name) == pairs[i].intersects);
        CHECK_ROW(row,
                  hostname_intersects(pairs[i].name, pairs[i].wildcard) == pairs[i].intersects);
        free(row);
    }
}

/* Names of objects: subdomains whose labels may be of any length, and labels. */
static void test_object_names(void **state)
{
    static const struct {
        const char *name, *object, *label;
    } names[] = {
        {"a", NULL, NULL},
        {"0", NULL, NULL},
        {"gw-1", NULL, NULL},
        {"1.2.3.4", NULL, "contains a dot"},
        {"a.b", NULL, "contains a dot"},
        {L63, NULL, NULL},
        {L63 "d", NULL, LABEL},
        {N192 TEN TEN TEN TEN TEN TEN "a", NULL, "contains a dot"},
        {N192 L62, LONG, "contains a dot"},
        {"", GAP, GAP},
        {".", GAP, "contains a dot"},
        {"a..b", GAP, "contains a dot"},
        {"a.", GAP, "contains a dot"},
        {"A", UPPER, UPPER},
        {"*.a", STAR, "contains a dot"},
        {"*", STAR, STAR},
        {"a_b", OTHER, OTHER},
        {"a/b", OTHER, OTHER},
        {"m\xc3\xbcnchen", OTHER, OTHER},
        {"-a", DASH, DASH},
        {"a-", DASH, DASH},
        {"a.-b", DASH, "contains a dot"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_ROW_TEXT(names[i].name, object_name_problem(names[i].name), names[i].object);
        CHECK_ROW_TEXT(names[i].name, label_name_problem(names[i].name), names[i].label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostname),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_object_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
