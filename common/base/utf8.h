/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629): what has to be checked before untrusted text is shown. */
#ifndef TLSROUTED_COMMON_BASE_UTF8_H
#define TLSROUTED_COMMON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of bytes of the first character in the SIZE bytes at TEXT (1 or more); 0 if it is not
 * valid: cut off, overlong, a surrogate, beyond Unicode. */
size_t utf8_length(const char *text, size_t size);

/* The code point of the valid character of LENGTH bytes at TEXT. */
uint32_t utf8_code_point(const char *text, size_t length);

/* Whether all SIZE bytes at TEXT are below 0x80. */
bool utf8_is_ascii(const char *text, size_t size);

/* Whether the SIZE bytes at TEXT are valid characters; whether they are so without control
 * characters and can stand in a line of whatever is written. */
bool utf8_is_text(const char *text, size_t size);
bool utf8_is_line(const char *text, size_t size);

/* Replaces each of the SIZE bytes at TEXT that is no part of a valid character by '?', and, to make
 * a line, also each control character and NUL. Returns the new size, which is not larger; what
 * TEXT[SIZE] holds (a NUL) is moved there. */
size_t utf8_make_text(char *text, size_t size);
size_t utf8_make_line(char *text, size_t size);

/* How much of TEXT fits into MAX bytes, without cutting a character in two. */
size_t utf8_prefix(const char *text, size_t max);

/* Whether the character of LENGTH bytes at TEXT is a control character: C0, DEL, or C1 (U+0080 to
 * U+009F), which terminals obey too. */
bool utf8_is_control(const char *text, size_t length);

#endif
