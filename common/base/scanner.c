/* SPDX-License-Identifier: Apache-2.0 */
/* Most of a text is passed over, much of it in strings: their ends are looked for by memchr(). */
#include "common/base/scanner.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The kinds of the containers that are passed over, a bit each: 1 for an object. */
struct nesting {
    unsigned char *bits;
    unsigned char few[64];
    size_t depth, room;
};

static void pass_containers(struct scanner *);
static void pass_number(struct scanner *);
static bool pass_word(struct scanner *, const char *word);
static void enter(struct nesting *, bool is_object);
static bool is_in_object(const struct nesting *);
static void fail_cut(struct scanner *);

bool scanner_next(struct scanner *scanner, char end, bool is_first)
{
    char next = scanner_peek(scanner);

    if (next == end) {
        scanner->at++;
        return false;
    }
    if (!is_first && next != ',')
        scanner_fail(scanner, "values without a comma between them");
    else if (!is_first)
        scanner->at++;
    return scanner->problem == NULL;
}

void scanner_pass_value(struct scanner *scanner)
{
    char first = scanner_peek(scanner);

    scanner->values++;
    if (first == '{' || first == '[')
        pass_containers(scanner);
    else if (first == '"')
        scanner_pass_text(scanner);
    else if (first == '-' || (first >= '0' && first <= '9'))
        pass_number(scanner);
    else if (!pass_word(scanner, "true") && !pass_word(scanner, "false") &&
             !pass_word(scanner, "null"))
        scanner_fail(scanner, "something that is no value");
}

void scanner_pass_name(struct scanner *scanner)
{
    if (scanner_peek(scanner) == '"')
        scanner_pass_text(scanner);
    else
        scanner_fail(scanner, "a member without a name");
    if (scanner_peek(scanner) == ':')
        scanner->at++;
    else
        scanner_fail(scanner, "a member without a value");
}

/* To the next quotation mark with an even number of backslashes before. */
void scanner_pass_text(struct scanner *scanner)
{
    const char *start = scanner->at + 1, *quote = start - 1;
    size_t backslashes;

    do {
        quote = memchr(quote + 1, '"', (size_t)(scanner->end - quote - 1));
        if (quote == NULL) {
            fail_cut(scanner);
            return;
        }
        backslashes = 0;
        while (quote - backslashes > start && quote[-1 - (ptrdiff_t)backslashes] == '\\')
            backslashes++;
    } while (backslashes % 2 == 1);
    scanner->at = quote + 1;
}

void scanner_finish(struct scanner *scanner)
{
    scanner_peek(scanner);
    if (scanner->at < scanner->end)
        scanner_fail(scanner, "bytes after the end");
}

void scanner_fail(struct scanner *scanner, const char *problem)
{
    if (scanner->problem != NULL)
        return;
    if (scanner->at < scanner->end)
        scanner->problem = problem;
    else
        fail_cut(scanner);
    scanner->at = scanner->end;
}

/* To the end of the container that begins here. */
static void pass_containers(struct scanner *scanner)
{
    struct nesting nesting = {.bits = nesting.few, .room = sizeof(nesting.few)};

    do {
        char next = scanner_peek(scanner);
        bool is_first = next == '{' || next == '[';

        if (is_first) {
            enter(&nesting, next == '{');
            scanner->containers++;
            scanner->at++;
        } else {
            scanner_pass_value(scanner);
        }
        while (nesting.depth > 0 &&
               !scanner_next(scanner, is_in_object(&nesting) ? '}' : ']', is_first)) {
            nesting.depth = scanner->problem == NULL ? nesting.depth - 1 : 0;
            is_first = false;
        }
        if (nesting.depth > 0 && is_in_object(&nesting))
            scanner_pass_name(scanner);
    } while (nesting.depth > 0 && scanner->problem == NULL);
    if (nesting.bits != nesting.few)
        free(nesting.bits);
}

static void pass_number(struct scanner *scanner)
{
    while (scanner->at < scanner->end && memchr("+-.0123456789eE", *scanner->at, 15) != NULL)
        scanner->at++;
}

static bool pass_word(struct scanner *scanner, const char *word)
{
    const size_t length = strlen(word), left = (size_t)(scanner->end - scanner->at);

    if (memcmp(scanner->at, word, left < length ? left : length) != 0)
        return false;
    if (left < length)
        fail_cut(scanner);
    else
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

static void fail_cut(struct scanner *scanner)
{
    if (scanner->problem == NULL) {
        scanner->problem = "it ends too early";
        scanner->is_cut = true;
    }
    scanner->at = scanner->end;
}
