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

/* How much of TEXT fits into MAX bytes, without cutting a character in two. */
size_t utf8_prefix(const char *text, size_t max);

/* Whether the character of LENGTH bytes at TEXT is a control character: C0, DEL, or C1 (U+0080 to
 * U+009F), which terminals obey too. */
bool utf8_is_control(const char *text, size_t length);

#endif
