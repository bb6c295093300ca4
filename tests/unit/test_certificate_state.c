/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of Certificates: the ages of names that are not needed, and the last warning.
 */
#include "tests/unit/check.h"

#include "certpatcher/certificate_state.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"

static struct text_list list_of(const char *a, const char *b)
{
    struct text_list list = {0};

    if (a != NULL)
        text_list_add(&list, a);
    if (b != NULL)
        text_list_add(&list, b);
    return list;
}

/* The seconds of a name in STATE at NOW; -1 if there is none. */
static int age_of(const struct certificate_state *state, const char *name, int64_t now)
{
    size_t count;
    struct injection_age *ages = certificate_state_ages(state, now, &count);
    int found = -1;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(ages[i].name, name) == 0)
            found = (int)ages[i].seconds;
    }
    free(ages);
    return found;
}

static void test_ages(void **state)
{
    struct certificate_states states = {0};
    struct certificate_state *certificate = certificate_state_of(&states, "n/c", "u1");
    struct text_list a = list_of("a", NULL), b = list_of("b", NULL), both = list_of("a", "b");

    (void)state;
    certificate_state_set_unneeded(&states, certificate, &a, 1000);
    assert_int_equal(age_of(certificate, "a", 1000), 0);
    assert_int_equal(age_of(certificate, "a", 1999), 0);
    assert_int_equal(age_of(certificate, "a", 2000), 1);
    certificate_state_set_unneeded(&states, certificate, &both, 5000);
    assert_int_equal(states.unneeded_count, 2);
    assert_int_equal(age_of(certificate, "a", 11000), 10);
    assert_int_equal(age_of(certificate, "b", 11000), 6);
    certificate_state_set_unneeded(&states, certificate, &b, 12000); /* a is needed again */
    certificate_state_set_unneeded(&states, certificate, &both, 13000);
    assert_int_equal(age_of(certificate, "a", 14000), 1);
    assert_int_equal(age_of(certificate, "b", 14000), 9);
    assert_ptr_equal(certificate_state_of(&states, "n/c", ""), certificate);
    assert_int_equal(age_of(certificate, "b", 14000), 9);
    certificate = certificate_state_of(&states, "n/c", "u2"); /* another Certificate of that name */
    assert_int_equal(age_of(certificate, "b", 14000), -1);
    certificate_state_set_unneeded(&states, certificate, &a, 20000);
    certificate_states_forget_ages(&states);
    assert_int_equal(age_of(certificate, "a", 30000), -1);
    assert_int_equal(states.unneeded_count, 0);
    forget_states(&states);
    text_list_clear(&a);
    text_list_clear(&b);
    text_list_clear(&both);
}

/* An age that nobody has confirmed for some minutes is not believed: it begins anew. */
static void test_stale_ages(void **state)
{
    static const struct {
        const char *row;
        int64_t seconds; /* from one look to the next */
        int age;         /* after three of them */
    } rows[] = {{"at once", 0, 0},
                {"in good time", 120, 360},
                {"in the last moment", 300, 900},
                {"too late", 301, -1},
                {"long after", 86400, -1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct certificate_states states = {0};
        struct certificate_state *certificate = certificate_state_of(&states, "n/c", "u1");
        struct text_list names = list_of("b", "a");
        int64_t now = 1000;

        for (unsigned look = 0; look < 3; look++) {
            certificate_state_set_unneeded(&states, certificate, &names, now);
            assert_int_equal(age_of(certificate, "a", now) > 0, look > 0 && rows[i].age > 0);
            now += rows[i].seconds * 1000;
        }
        CHECK_ROW(rows[i].row, age_of(certificate, "a", now) == rows[i].age);
        CHECK_ROW(rows[i].row, age_of(certificate, "b", now) == rows[i].age);
        forget_states(&states);
        text_list_clear(&names);
    }
}

static void test_warnings(void **state)
{
    struct certificate_states states = {0};
    struct certificate_state *certificate = certificate_state_of(&states, "n/c", "");

    (void)state;
    assert_false(certificate_state_warn(certificate, NULL));
    assert_true(certificate_state_warn(certificate, "one"));
    assert_false(certificate_state_warn(certificate, "one"));
    assert_true(certificate_state_warn(certificate, "two"));
    certificate_state_tidy(&states, certificate, 0);
    assert_int_equal(HASH_COUNT(states.all), 1);
    assert_false(certificate_state_warn(certificate, NULL));
    assert_true(certificate_state_warn(certificate, "two"));
    certificate_state_warn(certificate, NULL);
    certificate_state_tidy(&states, certificate, 0);
    assert_int_equal(HASH_COUNT(states.all), 0);
}

/* Whoever invents Certificates does not fill the memory with them. */
static void test_bound(void **state)
{
    struct certificate_states states = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        char *key = memory_format("n/c%d", i);

        certificate_state_warn(certificate_state_of(&states, key, ""), "false");
        free(key);
    }
    assert_int_equal(HASH_COUNT(states.all), 8192);
    assert_false(certificate_state_warn(certificate_state_of(&states, "n/c9999", ""), "false"));
    assert_true(certificate_state_warn(certificate_state_of(&states, "n/c0", ""), "false"));
    forget_states(&states);
    assert_null(states.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_stale_ages),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
