/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says of a failure often names the object and the port, so that no two texts are the
 * same: here they are compared by what is left. */
#include "common/base/cause_words.h"

#include "common/base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    MORE_FIELDS = 5 /* remedy, now (or was), count, times, seconds */
};

struct cause_words {
    enum log_level level;
    char *text, *over, *remedy;
    struct log_field fields[2 * CAUSE_FIELDS + 1]; /* who, then why; the texts are owned */
    size_t count;
};

static void copy_fields(struct cause_words *, const struct log_field *);
static size_t add_extent(struct log_field *, const struct cause_extent *);
static char *add_masked(char *to, const char *text, const struct log_field *who, bool numbers);
static size_t name_at(const char *text, const char *start, const struct log_field *who);
static bool is_edge(char);

struct cause_words *cause_words_new(const struct cause_details *details)
{
    struct cause_words *words = memory_new(1, sizeof(*words));

    words->level = details->level;
    words->text = memory_text(details->text);
    words->over = memory_text(details->over);
    words->remedy = memory_text(details->remedy);
    copy_fields(words, details->who);
    copy_fields(words, details->why);
    return words;
}

void cause_words_free(struct cause_words *words)
{
    if (words == NULL)
        return;
    for (size_t i = 0; i < words->count; i++)
        free((char *)words->fields[i].text);
    free(words->text);
    free(words->over);
    free(words->remedy);
    free(words);
}

char *cause_words_key(const struct cause_details *details)
{
    size_t size = 2 + strlen(details->text);
    char *key, *end;

    for (size_t i = 0; i < CAUSE_FIELDS && details->why[i].name != NULL; i++)
        size += 1 + (details->why[i].text != NULL ? strlen(details->why[i].text) : 0);
    key = end = memory_new(size + 1, 1);
    *end++ = (char)('0' + details->level);
    end = add_masked(end, details->text, details->who, false);
    for (size_t i = 0; i < CAUSE_FIELDS && details->why[i].name != NULL; i++) {
        *end++ = '\n';
        if (details->why[i].text != NULL)
            end = add_masked(end, details->why[i].text, details->who, true);
    }
    return key;
}

void cause_words_say(const struct cause_words *words, const struct cause_extent *extent,
                     cause_say *say)
{
    struct log_field fields[2 * CAUSE_FIELDS + MORE_FIELDS + 1] = {0};
    size_t count = words->count;

    memcpy(fields, words->fields, count * sizeof(*fields));
    fields[count++] = LOG_TEXT("remedy", words->remedy);
    fields[count++] = LOG_TEXT("now", extent->is_past ? words->over : NULL);
    add_extent(fields + count, extent);
    say(words->level, words->text, fields);
}

void cause_words_say_over(const struct cause_words *words, const struct cause_extent *extent,
                          cause_say *say)
{
    struct log_field fields[2 * CAUSE_FIELDS + MORE_FIELDS + 1] = {0};
    size_t count = words->count;

    if (words->over == NULL)
        return;
    memcpy(fields, words->fields, count * sizeof(*fields));
    fields[count++] = LOG_TEXT("was", words->text);
    add_extent(fields + count, extent);
    say(LOG_INFO, words->over, fields);
}

static void copy_fields(struct cause_words *words, const struct log_field *fields)
{
    for (size_t i = 0; i < CAUSE_FIELDS && fields[i].name != NULL; i++)
        words->fields[words->count++] = LOG_TEXT(fields[i].name, memory_text(fields[i].text));
}

static size_t add_extent(struct log_field *fields, const struct cause_extent *extent)
{
    size_t count = 0;

    if (extent->count > 1)
        fields[count++] = LOG_NUMBER("count", extent->count);
    if (extent->times > 1)
        fields[count++] = LOG_NUMBER("times", extent->times);
    if (extent->seconds >= 0)
        fields[count++] = LOG_NUMBER("seconds", extent->seconds);
    return count;
}

/* Writes TEXT to TO, each name in it as '*' and, where NUMBERS are masked, each number as '#'. What
 * is written is never longer. Returns its end. */
static char *add_masked(char *to, const char *text, const struct log_field *who, bool numbers)
{
    const char *at = text;

    while (*at != '\0') {
        size_t length = name_at(at, text, who);

        if (length > 0) {
            *to++ = '*';
            at += length;
        } else if (numbers && isdigit((unsigned char)*at)) {
            *to++ = '#';
            at += strspn(at, "0123456789");
        } else {
            *to++ = *at++;
        }
    }
    return to;
}

/* The length of the longest name of WHO that stands at TEXT, which is part of the text from START
 * on; 0 if there is none. */
static size_t name_at(const char *text, const char *start, const struct log_field *who)
{
    size_t found = 0;

    if (text > start && !is_edge(text[-1]))
        return 0;
    for (size_t i = 0; i < CAUSE_FIELDS && who[i].name != NULL; i++) {
        size_t length = who[i].text != NULL ? strlen(who[i].text) : 0;

        if (length > found && strncmp(text, who[i].text, length) == 0 && is_edge(text[length]))
            found = length;
    }
    return found;
}

static bool is_edge(char character)
{
    return !isalnum((unsigned char)character) && character != '-';
}
