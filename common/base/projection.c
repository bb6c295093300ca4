/* SPDX-License-Identifier: Apache-2.0 */
/* json-c builds some hundred bytes for each "{}" and gives up a whole text for one value that is
 * nested too deep. This scanner decides before it builds: it follows the paths that are wanted with
 * a stack as deep as the longest of them, and gives json-c only the values at their ends. */
#include "common/base/projection.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_SIZE = 128,  /* of a name in a path, with its NUL */
    NUMBER_SIZE = 32, /* bytes of a number that is wanted, with its NUL */
    INT64_DIGITS = 18 /* so many always fit */
};

/* The text, and how far it has been read. */
struct scanner {
    const char *at, *end;
    const char *problem;       /* a constant, or NULL */
    size_t containers, values; /* passed over since the wanted value began */
};

/* What is known of the value that is read next. */
struct wanted {
    const struct projection *projection;
    uint64_t paths; /* bits: those that lead here */
    unsigned depth; /* names of them that have been followed, */
    size_t at;      /* and their bytes: the same ones in each of them */
};

/* The name of a member; "" for one that no path goes on with, and for an element of an array. */
struct name {
    char text[NAME_SIZE];
};

/* An object or array on the way to a wanted value. */
struct frame {
    struct json_object *container;
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
static struct json_object *read_value(struct scanner *, struct wanted, struct projected *);
static struct json_object *read_containers(struct scanner *, struct wanted, struct projected *);
static bool is_on_the_way(struct scanner *, const struct wanted *);
static bool may_build(const struct projected *, size_t containers);
static struct frame open_container(struct scanner *, const struct wanted *, const struct name *,
                                   struct projected *);
static bool next_place(struct scanner *, struct frame *, bool is_first, struct wanted *,
                       struct name *);
static void attach(struct frame *, const struct name *, struct json_object *value);
static void follow(struct wanted *next, const struct wanted *, const char *name, size_t length);
static size_t size_of_name(const char *path, const char *name, size_t length);
static int ending(const struct wanted *);
static const char *after_name(const char *path, size_t *length);
static struct json_object *read_leaf(struct scanner *, const struct wanted *, unsigned path,
                                     struct projected *);
static struct json_object *build(const char *text, size_t size);
static bool is_plain(const char *text, size_t size);
static bool has_bare_control(const char *value, size_t size);
static struct json_object *build_number(const char *text, size_t size);
static bool read_name(struct scanner *, struct name *);
static void unescape(const char *text, size_t size, struct name *);
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
static void expect_end(struct scanner *);

const char *projection_read(const struct projection *projection, const char *bytes, size_t size,
                            struct projected *projected)
{
    struct scanner scanner = {.at = bytes, .end = bytes + size};

    *projected = (struct projected){0};
    projected->object = read_value(&scanner, all_of(projection), projected);
    expect_end(&scanner);
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
    top = open_container(&scanner, &wanted, &(struct name){{0}}, list);
    list->object = top.container;
    *has_items = false;
    for (bool is_first = true; next_place(&scanner, &top, is_first, &wanted, &name);
         is_first = false) {
        if (strcmp(name.text, "items") == 0 && peek(&scanner) == '[') {
            *has_items = true;
            read_items(&scanner, item, on_item, context);
        } else {
            attach(&top, &name, read_value(&scanner, wanted, list));
        }
    }
    expect_end(&scanner);
    if (scanner.problem != NULL)
        projected_clear(list);
    return scanner.problem;
}

void projected_clear(struct projected *projected)
{
    json_object_put(projected->object);
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
static struct json_object *read_value(struct scanner *scanner, struct wanted wanted,
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
static struct json_object *read_containers(struct scanner *scanner, struct wanted wanted,
                                           struct projected *projected)
{
    struct frame stack[PROJECTION_DEPTH_MAX + 1];
    struct name name = {{0}};
    unsigned depth = 0;
    bool is_first;

    for (;;) {
        is_first = is_on_the_way(scanner, &wanted) && may_build(projected, 1);
        if (is_first)
            stack[depth++] = open_container(scanner, &wanted, &name, projected);
        else
            attach(&stack[depth - 1], &name, read_value(scanner, wanted, projected));
        while (!next_place(scanner, &stack[depth - 1], is_first, &wanted, &name)) {
            const struct frame *done = &stack[--depth];

            if (depth == 0)
                return done->container;
            attach(&stack[depth - 1], &done->name, done->container);
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
        follow(&inside, wanted, "[]", 2);
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
    return (struct frame){.container =
                              is_array ? json_object_new_array() : json_object_new_object(),
                          .name = *name,
                          .inside = *wanted,
                          .is_array = is_array};
}

/* Goes to the next member or element of FRAME and says what is wanted of it; false at the end of
 * the container, which is passed, or when the text is wrong. */
static bool next_place(struct scanner *scanner, struct frame *frame, bool is_first,
                       struct wanted *wanted, struct name *name)
{
    *wanted = frame->inside;
    wanted->depth++;
    name->text[0] = '\0';
    if (!read_separator(scanner, frame->is_array ? ']' : '}', is_first))
        return false;
    wanted->paths = 0;
    if (frame->is_array && json_object_array_length(frame->container) < PROJECTION_ITEMS_MAX)
        follow(wanted, &frame->inside, "[]", 2);
    else if (!frame->is_array && read_name(scanner, name))
        follow(wanted, &frame->inside, name->text, strlen(name->text));
    return scanner->problem == NULL;
}

/* A repeated member replaces the one before it, as json-c does; an element keeps its index. */
static void attach(struct frame *frame, const struct name *name, struct json_object *value)
{
    if (frame->is_array && json_object_array_length(frame->container) < PROJECTION_ITEMS_MAX)
        json_object_array_add(frame->container, value);
    else if (frame->is_array)
        json_object_put(value);
    else if (value != NULL)
        json_object_object_add(frame->container, name->text, value);
    else
        json_object_object_del(frame->container, name->text);
}

/* Leaves in *NEXT those of the paths of WANTED that go on with NAME. */
static void follow(struct wanted *next, const struct wanted *wanted, const char *name,
                   size_t length)
{
    next->paths = 0;
    for (uint64_t left = wanted->paths; left != 0; left &= left - 1) {
        const char *path = wanted->projection->paths[ffsll((long long)left) - 1].path;
        const size_t size = size_of_name(path + wanted->at, name, length);

        if (size == 0)
            continue;
        if (next->paths != 0 && next->at != wanted->at + size)
            abort(); /* the table has that name with brackets and without */
        next->paths |= left & -left;
        next->at = wanted->at + size;
    }
}

/* The bytes of NAME at the beginning of PATH, with all that separates it from what follows; 0 if
 * there is another name. */
static size_t size_of_name(const char *path, const char *name, size_t length)
{
    const char *first = path + (path[0] == '[' && path[1] != ']'), *rest;
    size_t size;

    if (first[0] != name[0] || strncmp(first, name, length) != 0)
        return 0;
    rest = after_name(path, &size);
    return size == length ? (size_t)(rest - path) : 0;
}

/* The path that ends here, or -1. No other one goes on from there, so the first one tells. */
static int ending(const struct wanted *wanted)
{
    int first = ffsll((long long)wanted->paths) - 1;

    return first >= 0 && wanted->projection->paths[first].path[wanted->at] == '\0' ? first : -1;
}

/* What follows the first name of PATH, which has LENGTH bytes. */
static const char *after_name(const char *path, size_t *length)
{
    bool in_brackets = path[0] == '[' && path[1] != ']';
    const char *name = path + in_brackets;

    *length = strcspn(name, in_brackets ? "]" : ".[");
    if (*length == 0 && *name == '[')
        *length = 2; /* an element of an array */
    path = name + *length + in_brackets;
    return path + (*path == '.');
}

static struct json_object *read_leaf(struct scanner *scanner, const struct wanted *wanted,
                                     unsigned path, struct projected *projected)
{
    const uint32_t max = wanted->projection->paths[path].max;
    const bool is_null = peek(scanner) == 'n';
    const char *start = scanner->at;
    struct json_object *value = NULL;
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
        return json_object_new_boolean(true);
    if (scanner->values <= PROJECTION_VALUES_MAX && may_build(projected, scanner->containers))
        value = build(start, size);
    if (value == NULL)
        projected->malformed |= UINT64_C(1) << path;
    else
        projected->containers += (unsigned)scanner->containers;
    return value;
}

static struct json_object *build(const char *text, size_t size)
{
    const char *problem;

    if (text[0] == 't' || text[0] == 'f')
        return json_object_new_boolean(text[0] == 't');
    if (is_plain(text, size))
        return json_object_new_string_len(text + 1, (int)size - 2);
    if (text[0] == '"' || text[0] == '{' || text[0] == '[')
        return has_bare_control(text, size) ? NULL : json_decode(text, size, &problem);
    return build_number(text, size);
}

/* Whether a text in the value has a control character that is not escaped (RFC 8259, section 7):
 * json-c takes it, and writes it six times as long. */
static bool has_bare_control(const char *value, size_t size)
{
    bool in_text = false;

    for (size_t i = 0; i < size; i++) {
        if (value[i] == '"')
            in_text = !in_text;
        else if (in_text && value[i] == '\\')
            i++;
        else if (in_text && (unsigned char)value[i] < ' ')
            return true;
    }
    return false;
}

/* Whether it is a text of printable ASCII without backslashes, as nearly all are: the bytes between
 * the quotation marks are what it says. */
static bool is_plain(const char *text, size_t size)
{
    if (text[0] != '"')
        return false;
    for (size_t i = 1; i < size - 1; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == '\\')
            return false;
    }
    return size < INT_MAX;
}

/* json-c knows the end of a number only by what follows it. */
static struct json_object *build_number(const char *text, size_t size)
{
    char copy[NUMBER_SIZE + 1], *end;
    double number;

    if (size >= NUMBER_SIZE)
        return NULL;
    memcpy(copy, text, size);
    memcpy(copy + size, " ", 2);
    if (text[0] >= '1' && text[0] <= '9' && size <= INT64_DIGITS &&
        copy[strspn(copy, "0123456789")] == ' ')
        return json_object_new_int64(strtoll(copy, NULL, 10));
    if (copy[strspn(copy, "-0123456789")] == ' ')
        return json_tokener_parse(copy);
    number = strtod(copy, &end);
    return *end == ' ' ? json_object_new_double(number) : NULL;
}

/* The name of a member, and the colon after it. One that is in no path is not kept. */
static bool read_name(struct scanner *scanner, struct name *name)
{
    const char *start;
    size_t size;

    peek(scanner);
    start = scanner->at;
    pass_over_name(scanner);
    if (scanner->problem != NULL)
        return false;
    for (size = 1; start[size] != '"' && start[size] != '\\'; size++)
        ;
    if (start[size] == '\\') {
        unescape(start, (size_t)(scanner->at - start), name);
    } else if (size - 1 < sizeof(name->text)) {
        memcpy(name->text, start + 1, size - 1);
        name->text[size - 1] = '\0';
    }
    return true;
}

/* SIZE bytes at TEXT begin with a name in quotation marks that has backslashes in it. */
static void unescape(const char *text, size_t size, struct name *name)
{
    struct scanner one = {.at = text, .end = text + size};
    struct json_object *decoded;

    pass_over_text(&one);
    decoded = build(text, (size_t)(one.at - text));
    if (decoded != NULL && json_object_get_string_len(decoded) < NAME_SIZE)
        strcpy(name->text, json_object_get_string(decoded));
    json_object_put(decoded);
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
    while (scanner->at < scanner->end && is_space(*scanner->at))
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

static void expect_end(struct scanner *scanner)
{
    peek(scanner);
    if (scanner->at < scanner->end)
        fail(scanner, "bytes after the end");
}
