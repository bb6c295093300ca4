/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through a JSON text value by value, at any depth, without building anything: a bit a level
 * is all that it needs. (RFC 8259) */
#ifndef TLSROUTED_COMMON_BASE_SCANNER_H
#define TLSROUTED_COMMON_BASE_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

/* The text, and how far it has been read. */
struct scanner {
    const char *at, *end;
    const char *problem;       /* what is wrong with the text: a constant, or NULL */
    bool is_cut;               /* it ends too early, and is right as far as it goes */
    size_t containers, values; /* passed over so far; the reader may set them to zero */
};

/* The next byte that is no white space; NUL at the end of the text, or when it is wrong. */
static inline char scanner_peek(struct scanner *scanner)
{
    while (scanner->at < scanner->end && (*scanner->at == ' ' || *scanner->at == '\n' ||
                                          *scanner->at == '\t' || *scanner->at == '\r'))
        scanner->at++;
    return scanner->at < scanner->end && scanner->problem == NULL ? *scanner->at : '\0';
}

/* Passes the comma before a member or element of a container, unless it is the first one; or the
 * END of the container, ']' or '}'. Returns whether there is something more in it. */
bool scanner_next(struct scanner *scanner, char end, bool is_first);

/* Passes over the value that comes next; over the name of a member, and the colon after it; over a
 * string. */
void scanner_pass_value(struct scanner *scanner);
void scanner_pass_name(struct scanner *scanner);
void scanner_pass_text(struct scanner *scanner);

/* The text has to end here, but for white space. */
void scanner_finish(struct scanner *scanner);

/* The text is wrong because of PROBLEM, or ends too early if it ends here. Nothing is read any
 * more. */
void scanner_fail(struct scanner *scanner, const char *problem);

#endif
