/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner of JSON texts against json-c: where both accept a text, they find the same in it. But
 * json-c ends the name of a member at a NUL, so that it takes "a\u0000b" for "a". And the reader of
 * lists against itself, whether a text comes as a whole or in parts. */
#include "tests/fuzz/fuzz.h"

#include "common/base/json.h"
#include "common/base/list_reader.h"

#include <string.h>

enum {
    VALUE_MAX = 64,
    PART_MAX = 16, /* bytes */
};

static const struct projection_path paths[] = {
    {"a", VALUE_MAX},
    {"b.c", VALUE_MAX},
    {"b.d[e]", VALUE_MAX},
    {"l[].a", VALUE_MAX},
    {"l[].b.c", 0},
    {"type", VALUE_MAX},
    {"object.metadata.name", VALUE_MAX},
    {"object.metadata.managedFields[].manager", VALUE_MAX},
    {"object.spec", VALUE_MAX},
};
static const struct projection projection = {paths, sizeof(paths) / sizeof(paths[0])};

static void check_path(unsigned path, struct json_object *all, struct json_object *part,
                       const struct projected *);
static void compare(unsigned path, const char *rest, struct json_object *all,
                    struct json_object *part, const struct projected *);
static bool read_list(const char *text, size_t size, size_t part, size_t *items);
static void take_item(const struct projected *, size_t size, void *items);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes, *problem;
    struct json_object *all = json_decode(text, size, &problem);
    const bool is_comparable =
        json_object_is_type(all, json_type_object) && memmem(text, size, "\\u0000", 6) == NULL;
    struct projected projected;
    size_t items = 0, again = 0;
    bool is_list;

    if (projection_read(&projection, text, size, &projected) == NULL) {
        struct json_object *part = value_to_json(projected.object);

        for (unsigned i = 0; i < projection.count && is_comparable; i++)
            check_path(i, all, part, &projected);
        json_object_put(part);
    } else {
        FUZZ_REQUIRE(projected.object == NULL);
    }
    projected_clear(&projected);
    is_list = read_list(text, size, size, &items);
    for (size_t part = 1; part <= PART_MAX; part += 3, again = 0)
        FUZZ_REQUIRE(read_list(text, size, part, &again) == is_list && again == items);
    if (is_comparable && json_object_is_type(json_at(all, "items"), json_type_array))
        FUZZ_REQUIRE(!is_list || items == json_count(json_at(all, "items")));
    else
        FUZZ_REQUIRE(!is_list || !is_comparable);
    json_object_put(all);
    return 0;
}

static void check_path(unsigned path, struct json_object *all, struct json_object *part,
                       const struct projected *projected)
{
    FUZZ_REQUIRE(part != NULL);
    compare(path, paths[path].path, all, part, projected);
}

/* ALL and PART, of which one may be NULL, at the place where REST of the path begins. */
static void compare(unsigned path, const char *rest, struct json_object *all,
                    struct json_object *part, const struct projected *projected)
{
    bool in_brackets = rest[0] == '[';
    size_t length = strcspn(rest += in_brackets, in_brackets ? "]" : ".[");
    const char *next = rest + length + in_brackets;
    char name[VALUE_MAX];

    next += *next == '.';
    if (*rest == '\0') {
        if (((projected->too_long | projected->malformed) >> path & 1) != 0)
            return;
        FUZZ_REQUIRE((all == NULL) == (part == NULL));
        FUZZ_REQUIRE(all == NULL || paths[path].max == 0 || json_object_equal(all, part));
        return;
    }
    if (length == 0) {
        for (size_t i = 0; i < json_count(all) && i < PROJECTION_ITEMS_MAX; i++)
            compare(path, next, json_item(all, i), json_item(part, i), projected);
        return;
    }
    memcpy(name, rest, length);
    name[length] = '\0';
    if (json_object_is_type(all, json_type_object))
        compare(path, next, json_at(all, name), json_at(part, name), projected);
}

static bool read_list(const char *text, size_t size, size_t part, size_t *items)
{
    const struct list_use use = {&projection, take_item, items};
    struct list_reader reader = {0};
    struct projected list = {0};
    const char *problem = NULL;

    for (size_t at = 0; at < size && problem == NULL; at += part)
        problem = list_reader_add(&reader, text + at, part < size - at ? part : size - at, &use);
    if (problem == NULL)
        problem = list_reader_end(&reader, &use, &projection, &list);
    FUZZ_REQUIRE(problem == NULL || list.object == NULL);
    projected_clear(&list);
    list_reader_clear(&reader);
    return problem == NULL;
}

static void take_item(const struct projected *item, size_t size, void *items)
{
    ++*(size_t *)items;
    FUZZ_REQUIRE(size > 0);
    FUZZ_REQUIRE(item->object == NULL || value_is(item->object, json_type_object));
}
