/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON builds all of a text, and gives up all of it for one value that is nested too
 * deep. This scanner decides before it builds: it follows the paths that are wanted with a stack as
 * deep as the longest of them, and builds only the values at their ends. */
#include "common/base/projection.h"

#include "common/base/memory.h"

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

/* What is known of the value that is read next. */
struct wanted {
    const struct projection *projection;
    uint64_t paths; /* bits: those that lead here */
    unsigned depth; /* names of them that have been followed, */
    size_t at;      /* and their bytes: the same ones in each of them */
};

/* The name of a member, of no bytes for an element of an array. It is that in a path if any goes on
 * with it, or else lasts until the next name is read. */
struct name {
    const char *text;
    size_t size;
};

/* An object or array on the way to a wanted value. */
struct frame {
    struct value *container;
    struct name name; /* of the container, in the one around it */
    struct wanted inside;
    bool is_array;
};

/* The kinds of the containers that are passed over, a bit each: 1 for an object. */
struct nesting {
    unsigned char *bits;
    unsigned char few[64];
    size_t depth, room;
};

static struct wanted all_of(const struct projection *);
static void read_items(struct scanner *, const struct projection *, projection_item *,
                       void *context);
static struct value *read_value(struct scanner *, struct wanted, struct projected *);
static struct value *read_containers(struct scanner *, struct wanted, struct projected *);
static bool is_on_the_way(struct scanner *, const struct wanted *);
static bool may_build(const struct projected *, size_t containers);
static struct frame open_container(struct scanner *, const struct wanted *, const struct name *,
                                   struct projected *);
static bool next_place(struct scanner *, struct frame *, bool is_first, struct wanted *,
                       struct name *);
static void attach(struct scanner *, struct frame *, const struct name *, struct value *,
                   struct arena *);
static bool remove_member(struct value *object, const struct name *);
static void follow(struct wanted *next, const struct wanted *, struct name *);
static size_t size_of_name(const char *path, const char *name, size_t length);
static int ending(const struct wanted *);
static struct value *read_leaf(struct scanner *, const struct wanted *, unsigned path,
                               struct projected *);
static struct value *true_value(struct arena *);
static bool read_name(struct scanner *, struct name *);
static void unescape(struct scanner *, const char *start, struct name *);
static bool is_called(const struct name *, const char *text);
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
    projected->object = read_value(&scanner, all_of(projection), projected);
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
    struct wanted wanted = all_of(projection);
    struct frame top;
    struct name name;

    if (peek(&scanner) != '{')
        fail(&scanner, "it is not an object");
    *list = (struct projected){0};
    top = open_container(&scanner, &wanted, &(struct name){0}, list);
    list->object = top.container;
    *has_items = false;
    for (bool is_first = true; next_place(&scanner, &top, is_first, &wanted, &name);
         is_first = false) {
        if (is_called(&name, "items") && peek(&scanner) == '[') {
            *has_items = true;
            read_items(&scanner, item, on_item, context);
        } else {
            attach(&scanner, &top, &name, read_value(&scanner, wanted, list), &list->arena);
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

static struct wanted all_of(const struct projection *projection)
{
    if (projection->count > PROJECTION_PATHS_MAX)
        abort(); /* paths would be taken for others */
    return (struct wanted){projection, (UINT64_C(1) << projection->count) - 1, 0, 0};
}

static void read_items(struct scanner *scanner, const struct projection *item,
                       projection_item *on_item, void *context)
{
    scanner->at++;
    for (bool is_first = true; read_separator(scanner, ']', is_first); is_first = false) {
        struct projected projected = {0};
        const char *start = scanner->at;

        projected.object = read_value(scanner, all_of(item), &projected);
        if (scanner->problem == NULL)
            on_item(&projected, (size_t)(scanner->at - start), context);
        projected_clear(&projected);
    }
}

/* What is wanted of the value that comes next; NULL for nothing. */
static struct value *read_value(struct scanner *scanner, struct wanted wanted,
                                struct projected *projected)
{
    int end = ending(&wanted);

    if (end >= 0)
        return read_leaf(scanner, &wanted, (unsigned)end, projected);
    if (is_on_the_way(scanner, &wanted) && may_build(projected, 1))
        return read_containers(scanner, wanted, projected);
    pass_over(scanner);
    return NULL;
}

/* The container that comes next and those in it that wanted values are in, with a stack instead of
 * recursion. */
static struct value *read_containers(struct scanner *scanner, struct wanted wanted,
                                     struct projected *projected)
{
    struct frame stack[PROJECTION_DEPTH_MAX + 1];
    struct arena *arena = &projected->arena;
    struct name name = {0};
    unsigned depth = 0;
    bool is_first;

    for (;;) {
        is_first = is_on_the_way(scanner, &wanted) && may_build(projected, 1);
        if (is_first)
            stack[depth++] = open_container(scanner, &wanted, &name, projected);
        else
            attach(scanner, &stack[depth - 1], &name, read_value(scanner, wanted, projected),
                   arena);
        while (!next_place(scanner, &stack[depth - 1], is_first, &wanted, &name)) {
            const struct frame *done = &stack[--depth];

            if (depth == 0)
                return done->container;
            attach(scanner, &stack[depth - 1], &done->name, done->container, arena);
            is_first = false;
        }
    }
}

static bool is_on_the_way(struct scanner *scanner, const struct wanted *wanted)
{
    char first = peek(scanner);
    struct wanted inside;

    if (wanted->paths == 0 || wanted->depth >= PROJECTION_DEPTH_MAX || ending(wanted) >= 0)
        return false;
    if (first == '[')
        follow(&inside, wanted, &(struct name){"[]", 2});
    return first == '{' || (first == '[' && inside.paths != 0);
}

static bool may_build(const struct projected *projected, size_t containers)
{
    return containers <= PROJECTION_CONTAINERS_MAX - projected->containers;
}

static struct frame open_container(struct scanner *scanner, const struct wanted *wanted,
                                   const struct name *name, struct projected *projected)
{
    bool is_array = peek(scanner) == '[';

    projected->containers++;
    if (scanner->problem == NULL)
        scanner->at++;
    return (struct frame){
        .container = value_new(&projected->arena, is_array ? json_type_array : json_type_object),
        .name = *name,
        .inside = *wanted,
        .is_array = is_array};
}

/* Goes to the next member or element of FRAME and says what is wanted of it; false at the end of
 * the container, which is passed, or when the text is wrong. */
static bool next_place(struct scanner *scanner, struct frame *frame, bool is_first,
                       struct wanted *wanted, struct name *name)
{
    wanted->projection = frame->inside.projection;
    wanted->depth = frame->inside.depth + 1;
    wanted->at = frame->inside.at;
    wanted->paths = 0;
    *name = (struct name){0};
    if (!read_separator(scanner, frame->is_array ? ']' : '}', is_first))
        return false;
    if (frame->is_array && frame->container->size < PROJECTION_ITEMS_MAX)
        follow(wanted, &frame->inside, &(struct name){"[]", 2});
    else if (!frame->is_array && read_name(scanner, name))
        follow(wanted, &frame->inside, name);
    return scanner->problem == NULL;
}

/* A repeated member replaces the one before it; an element keeps its index. VALUE may be NULL. */
static void attach(struct scanner *scanner, struct frame *frame, const struct name *name,
                   struct value *value, struct arena *arena)
{
    struct value *container = frame->container;

    if (frame->is_array) {
        if (value != NULL && container->size < PROJECTION_ITEMS_MAX)
            value_append(container, value);
        else if (container->size < PROJECTION_ITEMS_MAX)
            container->size++;
        return;
    }
    if (name->size > 0 && remove_member(container, name) && ++scanner->repeated > REPEATED_MAX)
        fail(scanner, "members that are repeated too often");
    if (value != NULL)
        value_put(container, arena_text(arena, name->text, name->size), value);
}

/* Returns whether it was there. */
static bool remove_member(struct value *object, const struct name *name)
{
    struct value *before = NULL;

    for (struct value *member = object->first; member != NULL; member = member->next) {
        if (member->name_size == name->size && memcmp(member->name, name->text, name->size) == 0) {
            *(before != NULL ? &before->next : &object->first) = member->next;
            object->last = object->last == member ? before : object->last;
            object->size--;
            return true;
        }
        before = member;
    }
    return false;
}

/* Leaves in *NEXT those of the paths of WANTED that go on with NAME. */
static void follow(struct wanted *next, const struct wanted *wanted, struct name *name)
{
    next->paths = 0;
    for (uint64_t left = wanted->paths; left != 0; left &= left - 1) {
        const char *rest = wanted->projection->paths[__builtin_ctzll(left)].path + wanted->at;
        size_t size;

        if (name->size == 0 || (rest[0] != name->text[0] && rest[0] != '['))
            continue;
        size = size_of_name(rest, name->text, name->size);
        if (size == 0)
            continue;
        if (next->paths != 0 && next->at != wanted->at + size)
            abort(); /* the table has that name with brackets and without */
        next->paths |= left & -left;
        next->at = wanted->at + size;
        name->text = rest + (rest[0] == '[' && rest[1] != ']');
    }
}

/* The bytes of NAME at the beginning of PATH, with all that separates it from what follows; 0 if
 * there is another name. */
static size_t size_of_name(const char *path, const char *name, size_t length)
{
    const bool in_brackets = path[0] == '[' && path[1] != ']';
    const char *rest = path + in_brackets;

    if (strncmp(rest, name, length) != 0)
        return 0;
    rest += length;
    if (in_brackets ? *rest != ']' : *rest != '.' && *rest != '[' && *rest != '\0')
        return 0;
    rest += in_brackets;
    return (size_t)(rest - path) + (*rest == '.');
}

/* The path that ends here, or -1. No other one goes on from there, so the first one tells. */
static int ending(const struct wanted *wanted)
{
    int first = wanted->paths != 0 ? __builtin_ctzll(wanted->paths) : -1;

    return first >= 0 && wanted->projection->paths[first].path[wanted->at] == '\0' ? first : -1;
}

static struct value *read_leaf(struct scanner *scanner, const struct wanted *wanted, unsigned path,
                               struct projected *projected)
{
    const uint32_t max = wanted->projection->paths[path].max;
    const bool is_null = peek(scanner) == 'n';
    const char *start = scanner->at;
    struct value *value = NULL;
    size_t size;

    scanner->containers = scanner->values = 0;
    pass_over(scanner);
    size = (size_t)(scanner->at - start);
    if (scanner->problem != NULL || is_null)
        return NULL;
    if (max > 0 && size > max) {
        projected->too_long |= UINT64_C(1) << path;
        return NULL;
    }
    if (max == 0)
        return true_value(&projected->arena);
    if (scanner->values <= PROJECTION_VALUES_MAX && may_build(projected, scanner->containers))
        value = value_read(&projected->arena, start, size);
    if (value == NULL)
        projected->malformed |= UINT64_C(1) << path;
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
static bool read_name(struct scanner *scanner, struct name *name)
{
    const char *start;

    peek(scanner);
    start = scanner->at;
    pass_over_name(scanner);
    if (scanner->problem != NULL)
        return false;
    name->text = start + 1;
    for (name->size = 0; name->text[name->size] != '"'; name->size++) {
        if (name->text[name->size] == '\\') {
            unescape(scanner, start, name);
            break;
        }
    }
    return true;
}

/* At START is a name in quotation marks that has backslashes in it. */
static void unescape(struct scanner *scanner, const char *start, struct name *name)
{
    struct scanner one = {.at = start, .end = scanner->end};
    const struct value *decoded;

    arena_clear(&scanner->unescaped);
    pass_over_text(&one);
    decoded = value_read(&scanner->unescaped, start, (size_t)(one.at - start));
    *name = (struct name){0};
    if (decoded != NULL && strlen(decoded->text) == decoded->size) /* no path has a NUL in it */
        *name = (struct name){decoded->text, decoded->size};
}

static bool is_called(const struct name *name, const char *text)
{
    return name->size == strlen(text) && memcmp(name->text, text, name->size) == 0;
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
