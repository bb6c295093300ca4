/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629), as far as untrusted text has to be looked at before it is shown. */
#ifndef TLSROUTED_COMMON_BASE_UTF8_H
#define TLSROUTED_COMMON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at the start of the SIZE bytes at TEXT (1 or more), 0 if it is not valid
 * (cut off, overlong and surrogates included). */
size_t utf8_length(const char *text, size_t size);

/* The code point of the valid character of LENGTH bytes at TEXT. */
uint32_t utf8_code_point(const char *text, size_t length);

/* Whether all of the SIZE bytes at TEXT are below 0x80. */
bool utf8_is_ascii(const char *text, size_t size);

/* The length of TEXT, or where to cut it so that at most MOST bytes are left and no character is in
 * two parts. */
size_t utf8_prefix(const char *text, size_t most);

/* Whether the character of LENGTH bytes at TEXT is a control: C0, DEL, or C1 (U+0080 to U+009F),
 * which a terminal obeys too. */
bool utf8_is_control(const char *text, size_t length);

#endif
