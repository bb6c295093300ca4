/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON builds all of a text, and gives up all of it for one value that is nested too
 * deep. This scanner decides before it builds: it follows the paths that are wanted with a stack as
 * deep as the longest of them, and builds only the values at their ends. */
#include "common/base/projection.h"

#include "common/base/memory.h"
#include "common/base/path_tree.h"

#include <string.h>

enum {
    REPEATED_MAX = 1024 /* members; the API server repeats none, and each takes memory */
};

/* What is read of a text, and how far it has been. */
struct reader {
    struct scanner scanner;
    struct projected *projected;
    size_t repeated;        /* members in all */
    struct arena unescaped; /* the name of the member, if it had backslashes in it */
};

/* Where the value is that is read next. */
struct place {
    const struct path_step *step; /* NULL: nothing is wanted of it */
    const char *name;             /* of a member; lasts until the next one is read */
    size_t size;                  /* bytes of the name */
};

/* An object or array on the way to a wanted value. */
struct frame {
    struct value *container;
    const struct path_step *step; /* to it */
    bool is_array;
};

static struct value *read_value(struct reader *, const struct path_step *);
static struct value *read_containers(struct reader *, const struct path_step *);
static bool is_on_the_way(struct reader *, const struct path_step *);
static bool may_build(const struct projected *, size_t containers);
static struct frame open_container(struct reader *, const struct path_step *);
static bool next_place(struct reader *, const struct frame *, bool is_first, struct place *);
static void attach(struct reader *, const struct frame *, const struct path_step *, struct value *);
static bool remove_member(struct value *object, const char *name);
static struct value *read_leaf(struct reader *, const struct path_step *);
static struct value *true_value(struct arena *);
static bool read_name(struct reader *, struct place *);
static void unescape(struct reader *, const char *start, struct place *);

const char *projection_read(const struct projection *projection, const char *bytes, size_t size,
                            struct projected *projected)
{
    struct scanner scanner = {.at = bytes, .end = bytes + size};

    projection_read_next(projection, &scanner, projected);
    scanner_finish(&scanner);
    if (scanner.problem != NULL)
        projected_clear(projected);
    return scanner.problem;
}

void projection_read_next(const struct projection *projection, struct scanner *scanner,
                          struct projected *projected)
{
    struct reader reader = {.scanner = *scanner, .projected = projected};

    *projected = (struct projected){0};
    projected->object = read_value(&reader, path_tree(projection));
    arena_clear(&reader.unescaped);
    if (reader.scanner.problem != NULL)
        projected_clear(projected);
    *scanner = reader.scanner;
}

void projected_clear(struct projected *projected)
{
    arena_clear(&projected->arena);
    *projected = (struct projected){0};
}

/* What is wanted of the value that comes next; NULL for nothing. */
static struct value *read_value(struct reader *reader, const struct path_step *step)
{
    if (step != NULL && step->path >= 0)
        return read_leaf(reader, step);
    if (is_on_the_way(reader, step) && may_build(reader->projected, 1))
        return read_containers(reader, step);
    scanner_pass_value(&reader->scanner);
    return NULL;
}

/* The container that comes next and those in it that wanted values are in, with a stack instead of
 * recursion. */
static struct value *read_containers(struct reader *reader, const struct path_step *step)
{
    struct frame stack[PROJECTION_DEPTH_MAX + 1];
    struct place place = {.step = step};
    unsigned depth = 0;
    bool is_first;

    for (;;) {
        is_first = is_on_the_way(reader, place.step) && may_build(reader->projected, 1);
        if (is_first)
            stack[depth++] = open_container(reader, place.step);
        else
            attach(reader, &stack[depth - 1], place.step, read_value(reader, place.step));
        while (!next_place(reader, &stack[depth - 1], is_first, &place)) {
            const struct frame *done = &stack[--depth];

            if (depth == 0)
                return done->container;
            attach(reader, &stack[depth - 1], done->step, done->container);
            is_first = false;
        }
    }
}

static bool is_on_the_way(struct reader *reader, const struct path_step *step)
{
    char first = scanner_peek(&reader->scanner);

    if (step == NULL || step->path >= 0)
        return false;
    return first == '{' || (first == '[' && step->element != NULL);
}

static bool may_build(const struct projected *projected, size_t containers)
{
    return containers <= PROJECTION_CONTAINERS_MAX - projected->containers;
}

static struct frame open_container(struct reader *reader, const struct path_step *step)
{
    const bool is_array = scanner_peek(&reader->scanner) == '[';
    struct arena *arena = &reader->projected->arena;

    reader->projected->containers++;
    if (reader->scanner.problem == NULL)
        reader->scanner.at++;
    return (struct frame){value_new(arena, is_array ? json_type_array : json_type_object), step,
                          is_array};
}

/* Goes to the next member or element of FRAME; false at the end of the container, which is passed,
 * or when the text is wrong. */
static bool next_place(struct reader *reader, const struct frame *frame, bool is_first,
                       struct place *place)
{
    *place = (struct place){0};
    if (!scanner_next(&reader->scanner, frame->is_array ? ']' : '}', is_first))
        return false;
    if (frame->is_array && frame->container->size < PROJECTION_ITEMS_MAX)
        place->step = frame->step->element;
    else if (!frame->is_array && read_name(reader, place))
        place->step = path_tree_member(frame->step, place->name, place->size);
    return reader->scanner.problem == NULL;
}

/* Puts VALUE, or NULL, where STEP leads. A repeated member replaces the one before it; an element
 * keeps its index. */
static void attach(struct reader *reader, const struct frame *frame, const struct path_step *step,
                   struct value *value)
{
    struct value *container = frame->container;

    if (frame->is_array) {
        if (value != NULL && container->size < PROJECTION_ITEMS_MAX)
            value_append(container, value);
        else if (container->size < PROJECTION_ITEMS_MAX)
            container->size++;
        return;
    }
    if (step != NULL && remove_member(container, step->name) && ++reader->repeated > REPEATED_MAX)
        scanner_fail(&reader->scanner, "members that are repeated too often");
    if (value != NULL)
        value_put(container, step->name, value);
}

/* Returns whether it was there, with the NAME of its step. */
static bool remove_member(struct value *object, const char *name)
{
    struct value *before = NULL;

    for (struct value *member = object->first; member != NULL; member = member->next) {
        if (member->name == name) {
            *(before != NULL ? &before->next : &object->first) = member->next;
            object->last = object->last == member ? before : object->last;
            object->size--;
            return true;
        }
        before = member;
    }
    return false;
}

static struct value *read_leaf(struct reader *reader, const struct path_step *step)
{
    struct scanner *scanner = &reader->scanner;
    struct projected *projected = reader->projected;
    const bool is_null = scanner_peek(scanner) == 'n';
    const char *start = scanner->at;
    struct value *value = NULL;
    size_t size;

    scanner->containers = scanner->values = 0;
    scanner_pass_value(scanner);
    size = (size_t)(scanner->at - start);
    if (scanner->problem != NULL || is_null)
        return NULL;
    if (step->max > 0 && size > step->max) {
        projected->too_long |= UINT64_C(1) << step->path;
        return NULL;
    }
    if (step->max == 0)
        return true_value(&projected->arena);
    if (scanner->values <= PROJECTION_VALUES_MAX && may_build(projected, scanner->containers))
        value = value_read(&projected->arena, start, size);
    if (value == NULL)
        projected->malformed |= UINT64_C(1) << step->path;
    else
        projected->containers += (unsigned)scanner->containers;
    return value;
}

static struct value *true_value(struct arena *arena)
{
    struct value *value = value_new(arena, json_type_boolean);

    value->is_true = true;
    return value;
}

/* The name of a member, and the colon after it. */
static bool read_name(struct reader *reader, struct place *place)
{
    struct scanner *scanner = &reader->scanner;
    const char *start;

    scanner_peek(scanner);
    start = scanner->at;
    scanner_pass_name(scanner);
    if (scanner->problem != NULL)
        return false;
    place->name = start + 1;
    for (place->size = 0; place->name[place->size] != '"'; place->size++) {
        if (place->name[place->size] == '\\') {
            unescape(reader, start, place);
            break;
        }
    }
    return true;
}

/* At START is a name in quotation marks that has backslashes in it. */
static void unescape(struct reader *reader, const char *start, struct place *place)
{
    struct scanner one = {.at = start, .end = reader->scanner.end};
    const struct value *decoded;

    arena_clear(&reader->unescaped);
    scanner_pass_text(&one);
    decoded = value_read(&reader->unescaped, start, (size_t)(one.at - start));
    place->name = decoded != NULL ? decoded->text : "";
    place->size = decoded != NULL ? decoded->size : 0;
}
