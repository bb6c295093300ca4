/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON builds all of a text, and gives up all of it for one value that is nested too
 * deep. This scanner decides before it builds: it follows the paths that are wanted with a stack as
 * deep as the longest of them, and builds only the values at their ends. */
#include "common/base/projection.h"

#include "common/base/memory.h"
#include "common/base/path_tree.h"

#include <stdlib.h>
#include <string.h>

enum {
    REPEATED_MAX = 1024 /* members; the API server repeats none, and each takes memory */
};

/* The text, and how far it has been read. */
struct scanner {
    const char *at, *end;
    const char *problem;       /* a constant, or NULL */
    size_t containers, values; /* passed over since the wanted value began */
    size_t repeated;           /* members in all */
    struct arena unescaped;    /* the name of the member, if it had backslashes in it */
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

/* The kinds of the containers that are passed over, a bit each: 1 for an object. */
struct nesting {
    unsigned char *bits;
    unsigned char few[64];
    size_t depth, room;
};

static void read_items(struct scanner *, const struct projection *, projection_item *,
                       void *context);
static struct value *read_value(struct scanner *, const struct path_step *, struct projected *);
static struct value *read_containers(struct scanner *, const struct path_step *,
                                     struct projected *);
static bool is_on_the_way(struct scanner *, const struct path_step *);
static bool may_build(const struct projected *, size_t containers);
static struct frame open_container(struct scanner *, const struct path_step *, struct projected *);
static bool next_place(struct scanner *, const struct frame *, bool is_first, struct place *);
static void attach(struct scanner *, const struct frame *, const struct path_step *,
                   struct value *);
static bool remove_member(struct value *object, const char *name);
static struct value *read_leaf(struct scanner *, const struct path_step *, struct projected *);
static struct value *true_value(struct arena *);
static bool read_name(struct scanner *, struct place *);
static void unescape(struct scanner *, const char *start, struct place *);
static bool is_called(const struct place *, const char *name);
static bool read_separator(struct scanner *, char end, bool is_first);
static void pass_over(struct scanner *);
static void pass_over_containers(struct scanner *);
static void pass_over_name(struct scanner *);
static void pass_over_text(struct scanner *);
static void pass_over_number(struct scanner *);
static bool pass_over_word(struct scanner *, const char *word);
static void enter(struct nesting *, bool is_object);
static bool is_in_object(const struct nesting *);
static bool is_space(char);
static char peek(struct scanner *);
static void fail(struct scanner *, const char *problem);
static void finish(struct scanner *);

const char *projection_read(const struct projection *projection, const char *bytes, size_t size,
                            struct projected *projected)
{
    struct scanner scanner = {.at = bytes, .end = bytes + size};

    *projected = (struct projected){0};
    projected->object = read_value(&scanner, path_tree(projection), projected);
    finish(&scanner);
    if (scanner.problem != NULL)
        projected_clear(projected);
    return scanner.problem;
}

const char *projection_read_list(const struct projection *projection, const struct projection *item,
                                 const char *bytes, size_t size, projection_item *on_item,
                                 void *context, struct projected *list, bool *has_items)
{
    struct scanner scanner = {.at = bytes, .end = bytes + size};
    struct place place;
    struct frame top;

    if (peek(&scanner) != '{')
        fail(&scanner, "it is not an object");
    *list = (struct projected){0};
    top = open_container(&scanner, path_tree(projection), list);
    list->object = top.container;
    *has_items = false;
    for (bool is_first = true; next_place(&scanner, &top, is_first, &place); is_first = false) {
        if (is_called(&place, "items") && peek(&scanner) == '[') {
            *has_items = true;
            read_items(&scanner, item, on_item, context);
        } else {
            attach(&scanner, &top, place.step, read_value(&scanner, place.step, list));
        }
    }
    finish(&scanner);
    if (scanner.problem != NULL)
        projected_clear(list);
    return scanner.problem;
}

void projected_clear(struct projected *projected)
{
    arena_clear(&projected->arena);
    *projected = (struct projected){0};
}

static void read_items(struct scanner *scanner, const struct projection *item,
                       projection_item *on_item, void *context)
{
    scanner->at++;
    for (bool is_first = true; read_separator(scanner, ']', is_first); is_first = false) {
        struct projected projected = {0};
        const char *start = scanner->at;

        projected.object = read_value(scanner, path_tree(item), &projected);
        if (scanner->problem == NULL)
            on_item(&projected, (size_t)(scanner->at - start), context);
        projected_clear(&projected);
    }
}

/* What is wanted of the value that comes next; NULL for nothing. */
static struct value *read_value(struct scanner *scanner, const struct path_step *step,
                                struct projected *projected)
{
    if (step != NULL && step->path >= 0)
        return read_leaf(scanner, step, projected);
    if (is_on_the_way(scanner, step) && may_build(projected, 1))
        return read_containers(scanner, step, projected);
    pass_over(scanner);
    return NULL;
}

/* The container that comes next and those in it that wanted values are in, with a stack instead of
 * recursion. */
static struct value *read_containers(struct scanner *scanner, const struct path_step *step,
                                     struct projected *projected)
{
    struct frame stack[PROJECTION_DEPTH_MAX + 1];
    struct place place = {.step = step};
    unsigned depth = 0;
    bool is_first;

    for (;;) {
        is_first = is_on_the_way(scanner, place.step) && may_build(projected, 1);
        if (is_first)
            stack[depth++] = open_container(scanner, place.step, projected);
        else
            attach(scanner, &stack[depth - 1], place.step,
                   read_value(scanner, place.step, projected));
        while (!next_place(scanner, &stack[depth - 1], is_first, &place)) {
            const struct frame *done = &stack[--depth];

            if (depth == 0)
                return done->container;
            attach(scanner, &stack[depth - 1], done->step, done->container);
            is_first = false;
        }
    }
}

static bool is_on_the_way(struct scanner *scanner, const struct path_step *step)
{
    char first = peek(scanner);

    if (step == NULL || step->path >= 0)
        return false;
    return first == '{' || (first == '[' && step->element != NULL);
}

static bool may_build(const struct projected *projected, size_t containers)
{
    return containers <= PROJECTION_CONTAINERS_MAX - projected->containers;
}

static struct frame open_container(struct scanner *scanner, const struct path_step *step,
                                   struct projected *projected)
{
    const bool is_array = peek(scanner) == '[';

    projected->containers++;
    if (scanner->problem == NULL)
        scanner->at++;
    return (struct frame){
        value_new(&projected->arena, is_array ? json_type_array : json_type_object), step,
        is_array};
}

/* Goes to the next member or element of FRAME; false at the end of the container, which is passed,
 * or when the text is wrong. */
static bool next_place(struct scanner *scanner, const struct frame *frame, bool is_first,
                       struct place *place)
{
    *place = (struct place){0};
    if (!read_separator(scanner, frame->is_array ? ']' : '}', is_first))
        return false;
    if (frame->is_array && frame->container->size < PROJECTION_ITEMS_MAX)
        place->step = frame->step->element;
    else if (!frame->is_array && read_name(scanner, place))
        place->step = path_tree_member(frame->step, place->name, place->size);
    return scanner->problem == NULL;
}

/* Puts VALUE, or NULL, where STEP leads. A repeated member replaces the one before it; an element
 * keeps its index. */
static void attach(struct scanner *scanner, const struct frame *frame, const struct path_step *step,
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
    if (step != NULL && remove_member(container, step->name) && ++scanner->repeated > REPEATED_MAX)
        fail(scanner, "members that are repeated too often");
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

static struct value *read_leaf(struct scanner *scanner, const struct path_step *step,
                               struct projected *projected)
{
    const bool is_null = peek(scanner) == 'n';
    const char *start = scanner->at;
    struct value *value = NULL;
    size_t size;

    scanner->containers = scanner->values = 0;
    pass_over(scanner);
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
static bool read_name(struct scanner *scanner, struct place *place)
{
    const char *start;

    peek(scanner);
    start = scanner->at;
    pass_over_name(scanner);
    if (scanner->problem != NULL)
        return false;
    place->name = start + 1;
    for (place->size = 0; place->name[place->size] != '"'; place->size++) {
        if (place->name[place->size] == '\\') {
            unescape(scanner, start, place);
            break;
        }
    }
    return true;
}

/* At START is a name in quotation marks that has backslashes in it. */
static void unescape(struct scanner *scanner, const char *start, struct place *place)
{
    struct scanner one = {.at = start, .end = scanner->end};
    const struct value *decoded;

    arena_clear(&scanner->unescaped);
    pass_over_text(&one);
    decoded = value_read(&scanner->unescaped, start, (size_t)(one.at - start));
    place->name = decoded != NULL ? decoded->text : "";
    place->size = decoded != NULL ? decoded->size : 0;
}

static bool is_called(const struct place *place, const char *name)
{
    return place->size == strlen(name) && memcmp(place->name, name, place->size) == 0;
}

/* Passes the comma, or the END of the container. Returns whether there is something more in it. */
static bool read_separator(struct scanner *scanner, char end, bool is_first)
{
    char next = peek(scanner);

    if (next == end) {
        scanner->at++;
        return false;
    }
    if (!is_first && next != ',')
        fail(scanner, "values without a comma between them");
    else if (!is_first)
        scanner->at++;
    return scanner->problem == NULL;
}

static void pass_over(struct scanner *scanner)
{
    char first = peek(scanner);

    scanner->values++;
    if (first == '{' || first == '[')
        pass_over_containers(scanner);
    else if (first == '"')
        pass_over_text(scanner);
    else if (first == '-' || (first >= '0' && first <= '9'))
        pass_over_number(scanner);
    else if (!pass_over_word(scanner, "true") && !pass_over_word(scanner, "false") &&
             !pass_over_word(scanner, "null"))
        fail(scanner, "something that is no value");
}

/* To the end of the container that begins here; a bit a level is all that it needs. */
static void pass_over_containers(struct scanner *scanner)
{
    struct nesting nesting = {.bits = nesting.few, .room = sizeof(nesting.few)};

    do {
        char next = peek(scanner);
        bool is_first = next == '{' || next == '[';

        if (is_first) {
            enter(&nesting, next == '{');
            scanner->containers++;
            scanner->at++;
        } else {
            pass_over(scanner);
        }
        while (nesting.depth > 0 &&
               !read_separator(scanner, is_in_object(&nesting) ? '}' : ']', is_first)) {
            nesting.depth = scanner->problem == NULL ? nesting.depth - 1 : 0;
            is_first = false;
        }
        if (nesting.depth > 0 && is_in_object(&nesting))
            pass_over_name(scanner);
    } while (nesting.depth > 0 && scanner->problem == NULL);
    if (nesting.bits != nesting.few)
        free(nesting.bits);
}

/* The name of a member, and the colon after it. */
static void pass_over_name(struct scanner *scanner)
{
    if (peek(scanner) == '"')
        pass_over_text(scanner);
    else
        fail(scanner, "a member without a name");
    if (peek(scanner) == ':')
        scanner->at++;
    else
        fail(scanner, "a member without a value");
}

/* To the quotation mark that ends it: the next one with an even number of backslashes before. */
static void pass_over_text(struct scanner *scanner)
{
    const char *start = scanner->at + 1, *quote = start - 1;
    size_t backslashes;

    do {
        quote = memchr(quote + 1, '"', (size_t)(scanner->end - quote - 1));
        if (quote == NULL) {
            fail(scanner, "a text without an end");
            return;
        }
        backslashes = 0;
        while (quote - backslashes > start && quote[-1 - (ptrdiff_t)backslashes] == '\\')
            backslashes++;
    } while (backslashes % 2 == 1);
    scanner->at = quote + 1;
}

static void pass_over_number(struct scanner *scanner)
{
    while (scanner->at < scanner->end && memchr("+-.0123456789eE", *scanner->at, 15) != NULL)
        scanner->at++;
}

static bool pass_over_word(struct scanner *scanner, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(scanner->end - scanner->at) < length || memcmp(scanner->at, word, length) != 0)
        return false;
    scanner->at += length;
    return true;
}

static void enter(struct nesting *nesting, bool is_object)
{
    size_t byte = nesting->depth / 8;
    unsigned char bit = (unsigned char)(1U << nesting->depth % 8);

    if (byte == nesting->room) {
        bool is_first = nesting->bits == nesting->few;
        unsigned char *more = memory_resize(is_first ? NULL : nesting->bits, 2 * nesting->room, 1);

        if (is_first)
            memcpy(more, nesting->few, sizeof(nesting->few));
        nesting->bits = more;
        nesting->room *= 2;
    }
    if (is_object)
        nesting->bits[byte] |= bit;
    else
        nesting->bits[byte] &= (unsigned char)~bit;
    nesting->depth++;
}

static bool is_in_object(const struct nesting *nesting)
{
    size_t inner = nesting->depth - 1;

    return (nesting->bits[inner / 8] >> inner % 8 & 1) != 0;
}

/* (RFC 8259, section 2) */
static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* The next byte that is no white space; NUL at the end of the text, or when it is wrong. */
static char peek(struct scanner *scanner)
{
    while (scanner->at < scanner->end && *scanner->at <= ' ' && is_space(*scanner->at))
        scanner->at++;
    return scanner->at < scanner->end && scanner->problem == NULL ? *scanner->at : '\0';
}

/* Nothing is read any more. */
static void fail(struct scanner *scanner, const char *problem)
{
    if (scanner->problem == NULL)
        scanner->problem = scanner->at < scanner->end ? problem : "it ends too early";
    scanner->at = scanner->end;
}

/* The text has to end here. */
static void finish(struct scanner *scanner)
{
    peek(scanner);
    if (scanner->at < scanner->end)
        fail(scanner, "bytes after the end");
    arena_clear(&scanner->unescaped);
}
