/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of an answer: each object on exactly one, in the order of keys, whatever happens between.
 */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "reconciler/view/page.h"

#include <stdio.h>

enum {
    MANY = 1000
};

struct fixture {
    struct object *objects;
};

static void add(struct fixture *fixture, const char *key)
{
    struct object *object = memory_new(sizeof(*object) + strlen(key) + 1, 1);

    object->key = strcpy((char *)object + sizeof(*object), key);
    HASH_ADD_KEYPTR(hh, fixture->objects, object->key, strlen(object->key), object);
}

static void take_away(struct fixture *fixture, const char *key)
{
    struct object *object;

    HASH_FIND_STR(fixture->objects, key, object);
    HASH_DEL(fixture->objects, object);
    free(object);
}

static void empty(struct fixture *fixture)
{
    while (fixture->objects != NULL)
        take_away(fixture, fixture->objects->key);
}

/* In an order that is not that of the keys. */
static void add_many(struct fixture *fixture)
{
    char key[32];

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "ns-%u/p%03u", i % 3, i * 7 % MANY);
        add(fixture, key);
    }
}

static void test_all_once(void **state)
{
    struct fixture fixture = {0};
    char last[64] = "";
    size_t seen = 0, pages = 0;
    struct page page;

    (void)state;
    add_many(&fixture);
    do {
        page = page_select(fixture.objects, "", last);
        assert_in_range(page.count, 1, PAGE_OBJECTS);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(strcmp(last, page.objects[i]->key) < 0);
            snprintf(last, sizeof(last), "%s", page.objects[i]->key);
        }
        seen += page.count;
        pages++;
    } while (page.more);
    assert_int_equal(seen, MANY);
    assert_int_equal(pages, (MANY + PAGE_OBJECTS - 1) / PAGE_OBJECTS);
    empty(&fixture);
}

static void test_namespaces(void **state)
{
    static const char *const keys[] = {"a/1", "a/2", "a-b/1", "ab/1", "b/1"};
    static const struct {
        const char *namespace, *after, *first;
        size_t count;
    } rows[] = {
        {"", "", "a-b/1", 5},  {"a", "", "a/1", 2},     {"a", "a/1", "a/2", 1},
        {"a", "a/2", NULL, 0}, {"a-b", "", "a-b/1", 1}, {"ab", "", "ab/1", 1},
        {"c", "", NULL, 0},    {"", "a/9", "ab/1", 2},  {"", "b/1", NULL, 0},
    };
    struct fixture fixture = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        add(&fixture, keys[i]);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct page page = page_select(fixture.objects, rows[i].namespace, rows[i].after);

        CHECK_ROW(rows[i].namespace, page.count == rows[i].count);
        CHECK_ROW(rows[i].namespace, !page.more);
        if (page.count > 0)
            CHECK_ROW_TEXT(rows[i].namespace, page.objects[0]->key, rows[i].first);
    }
    empty(&fixture);
}

/* The object that the next page was to begin behind may be gone by then. */
static void test_changes_between(void **state)
{
    struct fixture fixture = {0};
    struct page page;
    char after[64], next[64];

    (void)state;
    add_many(&fixture);
    page = page_select(fixture.objects, "ns-1", "");
    snprintf(after, sizeof(after), "%s", page.objects[PAGE_OBJECTS - 1]->key);
    page = page_select(fixture.objects, "ns-1", after);
    snprintf(next, sizeof(next), "%s", page.objects[0]->key);
    take_away(&fixture, after);
    add(&fixture, "ns-1/a-new-one-before");
    page = page_select(fixture.objects, "ns-1", after);
    assert_string_equal(page.objects[0]->key, next);
    empty(&fixture);
}

/* Whether there is more is known exactly, not guessed from a full page. */
static void test_full_page(void **state)
{
    struct fixture fixture = {0};
    char key[32];

    (void)state;
    for (unsigned i = 0; i < PAGE_OBJECTS; i++) {
        snprintf(key, sizeof(key), "ns/p%03u", PAGE_OBJECTS - i);
        add(&fixture, key);
    }
    assert_false(page_select(fixture.objects, "", "").more);
    add(&fixture, "ns/p000");
    assert_true(page_select(fixture.objects, "", "").more);
    assert_string_equal(page_select(fixture.objects, "", "").objects[0]->key, "ns/p000");
    add(&fixture, "ns/p999");
    assert_true(page_select(fixture.objects, "", "").more);
    empty(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_once),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_changes_between),
        cmocka_unit_test(test_full_page),
    };

    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
