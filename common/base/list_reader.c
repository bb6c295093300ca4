/* SPDX-License-Identifier: Apache-2.0 */
/* What is no element of the list is kept and read in the end. */
#include "common/base/list_reader.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *read_some(struct list_reader *, struct scanner *, const struct list_use *);
static bool find_items(struct scanner *);
static bool pass_name_of_items(struct scanner *);
static bool read_item(struct list_reader *, struct scanner *, const struct list_use *);
static void keep_rest(struct list_reader *, const char *start, const char *end);
static void keep(char **kept, size_t *size, size_t *room, const char *bytes, size_t more);
static bool is_value(const char *bytes, size_t size);

/* Looked through again only when twice as much has come, what is not whole takes linear time. */
const char *list_reader_add(struct list_reader *reader, const char *bytes, size_t size,
                            const struct list_use *use)
{
    struct scanner scanner = {.at = bytes, .end = bytes + size};
    const char *problem;

    if (reader->size > 0) {
        keep(&reader->bytes, &reader->size, &reader->room, bytes, size);
        return reader->size < 2 * reader->looked && reader->size <= LIST_PART_MAX
                   ? NULL
                   : list_reader_look(reader, use);
    }
    problem = read_some(reader, &scanner, use);
    reader->looked = (size_t)(scanner.end - scanner.at);
    keep(&reader->bytes, &reader->size, &reader->room, scanner.at, reader->looked);
    return problem;
}

const char *list_reader_look(struct list_reader *reader, const struct list_use *use)
{
    struct scanner scanner = {.at = reader->bytes};
    const char *problem;

    if (reader->size == 0 || reader->size == reader->looked)
        return NULL;
    scanner.end = scanner.at + reader->size;
    problem = read_some(reader, &scanner, use);
    reader->size = reader->looked = (size_t)(scanner.end - scanner.at);
    memmove(reader->bytes, scanner.at, reader->size);
    return problem;
}

bool list_reader_is_whole(const struct list_reader *reader)
{
    if (reader->has_all)
        return is_value(reader->rest, reader->rest_size);
    return !reader->has_items && reader->size > 0 && is_value(reader->bytes, reader->size);
}

const char *list_reader_end(struct list_reader *reader, const struct list_use *use,
                            const struct projection *projection, struct projected *list)
{
    const char *problem = list_reader_look(reader, use);

    *list = (struct projected){0};
    if (problem != NULL)
        return problem;
    if (reader->has_items)
        return projection_read(projection, reader->rest, reader->rest_size, list);
    problem =
        projection_read(projection, reader->size > 0 ? reader->bytes : "", reader->size, list);
    projected_clear(list);
    return problem != NULL ? problem : "the response is not a list";
}

void list_reader_clear(struct list_reader *reader)
{
    free(reader->bytes);
    free(reader->rest);
    *reader = (struct list_reader){0};
}

/* From where *SCANNER is on; it then is where the first thing begins that is not whole. */
static const char *read_some(struct list_reader *reader, struct scanner *scanner,
                             const struct list_use *use)
{
    struct scanner ahead = *scanner;

    if (!reader->has_items && find_items(&ahead)) {
        keep_rest(reader, scanner->at, ahead.at);
        reader->has_items = true;
        scanner->at = ahead.at;
    }
    while (reader->has_items && !reader->has_all && read_item(reader, &ahead, use))
        scanner->at = ahead.at;
    if (reader->has_all) {
        keep_rest(reader, ahead.at, ahead.end);
        scanner->at = ahead.end;
    }
    if (ahead.problem != NULL && !ahead.is_cut)
        return ahead.problem;
    return scanner->end - scanner->at > LIST_PART_MAX || reader->rest_size > LIST_PART_MAX
               ? "an object of the list is larger than 8 MiB"
               : NULL;
}

/* Passes over what stands before the first element. */
static bool find_items(struct scanner *scanner)
{
    if (scanner_peek(scanner) == '{')
        scanner->at++;
    else
        scanner_fail(scanner, "it is not an object");
    for (bool is_first = true; scanner_next(scanner, '}', is_first); is_first = false) {
        if (pass_name_of_items(scanner) && scanner_peek(scanner) == '[') {
            scanner->at++;
            return true;
        }
        scanner_pass_value(scanner);
    }
    return false;
}

static bool pass_name_of_items(struct scanner *scanner)
{
    static const char name[] = "\"items\"";
    const size_t size = sizeof(name) - 1;
    const char *start;

    scanner_peek(scanner);
    start = scanner->at;
    scanner_pass_name(scanner);
    return scanner->problem == NULL && (size_t)(scanner->at - start) > size &&
           memcmp(start, name, size) == 0;
}

/* That a value is whole shows by what follows it. */
static bool read_item(struct list_reader *reader, struct scanner *scanner,
                      const struct list_use *use)
{
    struct projected projected;
    const char *start;
    size_t size;

    if (scanner_peek(scanner) == ']') {
        reader->has_all = true;
        return false;
    }
    if (!scanner_next(scanner, ']', !reader->has_first))
        return false;
    start = scanner->at;
    projection_read_next(use->projection, scanner, &projected);
    size = (size_t)(scanner->at - start);
    if (scanner_peek(scanner) == '\0')
        scanner_fail(scanner, "");
    if (scanner->problem == NULL) {
        reader->has_first = true;
        use->on_item(&projected, size, use->context);
    }
    projected_clear(&projected);
    return scanner->problem == NULL;
}

static void keep_rest(struct list_reader *reader, const char *start, const char *end)
{
    keep(&reader->rest, &reader->rest_size, &reader->rest_room, start, (size_t)(end - start));
}

static void keep(char **kept, size_t *size, size_t *room, const char *bytes, size_t more)
{
    if (more == 0)
        return;
    if (*size + more > *room) {
        *room = 2 * (*size + more);
        *kept = memory_resize(*kept, *room, 1);
    }
    memcpy(*kept + *size, bytes, more);
    *size += more;
}

static bool is_value(const char *bytes, size_t size)
{
    static const struct projection nothing = {0};
    struct projected projected;
    const bool is_one = projection_read(&nothing, bytes, size, &projected) == NULL;

    projected_clear(&projected);
    return is_one;
}
