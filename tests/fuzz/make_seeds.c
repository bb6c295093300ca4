/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what follows from the table of messages, so that it cannot become stale: packets to begin
 * with, and a dictionary for libFuzzer.
 *
 *     make_seeds FOLDER DICTIONARY
 *
 * Of each type FOLDER gets a packet without anything in its fields, one with something in all of
 * them, and one with the most that fits into each (less in lists); of each field one in which it
 * alone is just too large. */
#include "common/base/memory.h"
#include "common/message/message.h"

#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_BYTES = 2000 /* of a full list: longer ones are slow to decode with sanitizers */
};

/* How full the fields are: so many bytes of text at most, so large numbers. */
struct filling {
    const char *label;
    uint64_t most;
};

static const struct filling fillings[] = {{"empty", 0}, {"some", 3}, {"full", UINT64_MAX}};

static const char *text_of(uint64_t most, uint64_t bound);
static struct text_list texts_of(uint64_t most, uint64_t bound);
static struct text_list text_list_of(const char *text);
static void write_packet(const char *folder, const char *name, const struct message *);
static void write_text_header(FILE *dictionary, const char *name, uint64_t bound);
static void write_number(FILE *dictionary, const char *name, uint64_t number);
static void write_word(FILE *dictionary, const char *name, const void *bytes, size_t size);

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#define FILL_TEXT(value, most, bound)   (value) = text_of(most, bound)
#define FILL_TEXTS(value, most, bound)  (value) = texts_of(most, bound)
#define FILL_LINE                       FILL_TEXT
#define FILL_LINES                      FILL_TEXTS
#define FILL_NUMBER(value, most, bound) (value) = smaller(most, bound)
#define FILL_FLAG(value, most, bound)   (value) = (most) > 0

#define FILL(M, KIND, field, bound) FILL_##KIND(message.M.field, filling->most, bound);
#define WRITE_PACKET(NAME, name, from, to, descriptors, when)                                      \
    static void write_##name(const char *folder, const struct filling *filling)                    \
    {                                                                                              \
        struct message message = message_of(MESSAGE_##NAME);                                       \
        char *file = memory_format(#name "-%s", filling->label);                                   \
                                                                                                   \
        NAME##_FIELDS(FILL, name) write_packet(folder, file, &message);                            \
        free(file);                                                                                \
    }
MESSAGES(WRITE_PACKET)

/* The encoder does not look at bounds. */
#define BEYOND_TEXT(value, bound)   (value) = text_of(UINT64_MAX, (bound) + 1)
#define BEYOND_TEXTS(value, bound)  (value) = text_list_of(text_of(UINT64_MAX, bound))
#define BEYOND_LINE                 BEYOND_TEXT
#define BEYOND_LINES                BEYOND_TEXTS
#define BEYOND_NUMBER(value, bound) (value) = (uint64_t)(bound) + 1 /* 0 after the largest */
#define BEYOND_FLAG(value, bound)   (value) = true
#define BEYOND(M, KIND, field, bound)                                                              \
    message = message_of(message.type);                                                            \
    BEYOND_##KIND(message.M.field, bound);                                                         \
    write_packet(folder, #M "-beyond-" #field, &message);
#define WRITE_BEYOND(NAME, name, from, to, descriptors, when)                                      \
    message.type = MESSAGE_##NAME;                                                                 \
    NAME##_FIELDS(BEYOND, name)

static void write_beyond(const char *folder)
{
    struct message message;

    MESSAGES(WRITE_BEYOND)
}

#define WRITE_ALL(NAME, name, from, to, descriptors, when) write_##name(folder, &fillings[i]);

#define TOKEN_TEXT   write_text_header
#define TOKEN_TEXTS  write_number
#define TOKEN_LINE   write_text_header
#define TOKEN_LINES  write_number
#define TOKEN_NUMBER write_number
#define TOKEN_FLAG   write_number
#define WRITE_BOUND(M, KIND, field, bound)                                                         \
    TOKEN_##KIND(dictionary, #M "_" #field, (uint64_t)(bound));
#define WRITE_TOKENS(NAME, name, from, to, descriptors, when)                                      \
    write_number(dictionary, #name, MESSAGE_##NAME);                                               \
    NAME##_FIELDS(WRITE_BOUND, name)

int main(int count, char **arguments)
{
    const char *folder = count == 3 ? arguments[1] : NULL;
    FILE *dictionary = count == 3 ? fopen(arguments[2], "we") : NULL;

    if (dictionary == NULL) {
        fprintf(stderr, "usage: make_seeds FOLDER DICTIONARY\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++) {
        MESSAGES(WRITE_ALL)
    }
    write_beyond(folder);
    MESSAGES(WRITE_TOKENS)
    return fclose(dictionary) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A piece of the end of one long text. */
static const char *text_of(uint64_t most, uint64_t bound)
{
    static char letters[MESSAGE_BYTES_MAX + 1];

    if (letters[0] == '\0')
        memset(letters, 't', MESSAGE_BYTES_MAX);
    return letters + MESSAGE_BYTES_MAX - smaller(smaller(most, bound), MESSAGE_BYTES_MAX);
}

/* Texts of one letter, of which each takes two bytes. */
static struct text_list texts_of(uint64_t most, uint64_t bound)
{
    static char letters[LIST_BYTES];
    size_t size =
        (size_t)smaller(2 * smaller(most, LIST_BYTES), smaller(bound, LIST_BYTES)) / 2 * 2;

    for (size_t i = 0; i < LIST_BYTES; i += 2)
        letters[i] = 't';
    return (struct text_list){.count = size / 2, .size = size, .bytes = size > 0 ? letters : NULL};
}

/* The list of TEXT alone. */
static struct text_list text_list_of(const char *text)
{
    return (struct text_list){.count = 1, .size = strlen(text) + 1, .bytes = text};
}

static void write_packet(const char *folder, const char *name, const struct message *message)
{
    char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    msgpack_sbuffer buffer;

    msgpack_sbuffer_init(&buffer);
    message_encode(message, &buffer);
    if (file == NULL || fwrite(buffer.data, 1, buffer.size, file) != buffer.size ||
        fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    msgpack_sbuffer_destroy(&buffer);
    free(path);
}

/* What a text of BOUND bytes begins with (msgpack specification, "str format family"). */
static void write_text_header(FILE *dictionary, const char *name, uint64_t bound)
{
    const uint8_t header[] = {0xda, (uint8_t)(bound >> 8), (uint8_t)bound};

    write_word(dictionary, name, header, sizeof(header));
}

static void write_number(FILE *dictionary, const char *name, uint64_t number)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    msgpack_pack_uint64(&packer, number);
    write_word(dictionary, name, buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
}

static void write_word(FILE *dictionary, const char *name, const void *bytes, size_t size)
{
    fprintf(dictionary, "%s=\"", name);
    for (size_t i = 0; i < size; i++)
        fprintf(dictionary, "\\x%02x", ((const uint8_t *)bytes)[i]);
    fprintf(dictionary, "\"\n");
}
