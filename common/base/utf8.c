/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's functions depend on the locale and let too much pass for text that is shown on
 * terminals. */
#include "common/base/utf8.h"

#include <string.h>

static bool has_only(const char *text, size_t size, bool line);
static size_t plain_words(const char *text, size_t size);
static size_t replace(char *text, size_t size, bool line);

size_t utf8_length(const char *bytes, size_t size)
{
    const unsigned char *text = (const unsigned char *)bytes;
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

    if (length == 1)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4 || size < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

uint32_t utf8_code_point(const char *bytes, size_t length)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *text = (const unsigned char *)bytes;
    uint32_t code_point = text[0] & first_bits[length];

    for (size_t i = 1; i < length; i++)
        code_point = code_point << 6 | (text[i] & 0x3f);
    return code_point;
}

bool utf8_is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}

bool utf8_is_control(const char *bytes, size_t length)
{
    const unsigned char *text = (const unsigned char *)bytes;

    if (length == 1)
        return text[0] < ' ' || text[0] == 0x7f;
    return length == 2 && text[0] == 0xc2 && text[1] < 0xa0;
}

size_t utf8_prefix(const char *text, size_t max)
{
    size_t length = strnlen(text, max);

    if (length < max || text[length] == '\0')
        return length;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

bool utf8_is_text(const char *text, size_t size)
{
    return has_only(text, size, false);
}

bool utf8_is_line(const char *text, size_t size)
{
    return has_only(text, size, true);
}

size_t utf8_make_text(char *text, size_t size)
{
    return replace(text, size, false);
}

size_t utf8_make_line(char *text, size_t size)
{
    return replace(text, size, true);
}

/* Valid characters and, for a LINE, no control characters. Nearly all are printable ASCII. */
static bool has_only(const char *text, size_t size, bool line)
{
    for (size_t at = plain_words(text, size), length; at < size; at += length) {
        length = 1;
        if (text[at] >= ' ' && text[at] <= '~')
            continue;
        length = utf8_length(text + at, size - at);
        if (length == 0 || (line && utf8_is_control(text + at, length)))
            return false;
    }
    return true;
}

/* How many bytes of TEXT, eight at a time, are printable ASCII: from 0x20 to 0x7e. Of others the
 * highest bit is set, or becomes so by one of two sums; and perhaps of the byte after them. */
static size_t plain_words(const char *text, size_t size)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t at = 0;
    uint64_t word;

    for (; size - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if (((word | (word - 0x20 * ones) | (word + ones)) & 0x80 * ones) != 0)
            break;
    }
    return at;
}

/* What is replaced becomes shorter or stays as long, so the rest only moves to the front. */
static size_t replace(char *text, size_t size, bool line)
{
    size_t to = 0;

    for (size_t at = 0, length; at < size; at += length) {
        length = utf8_length(text + at, size - at);
        if (length == 0 || (line && utf8_is_control(text + at, length))) {
            text[to++] = '?';
            length = length > 0 ? length : 1;
        } else {
            memmove(text + to, text + at, length);
            to += length;
        }
    }
    text[to] = text[size];
    return to;
}
