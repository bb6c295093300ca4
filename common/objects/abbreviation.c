/* SPDX-License-Identifier: Apache-2.0 */
/* In JSON a control character is always escaped ("\u0001"; RFC 8259, section 7), and no text that
 * we keep has white space between its tokens. So there are 31 bytes that can stand for something
 * else: for what tlsrouted writes into every TLSRoute and Service. */
#include "common/objects/abbreviation.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define PHRASE(json) {json, sizeof(json) - 1}

/* Each is the byte of its number, from 1 on. What begins like another one stands before it. */
static const struct phrase {
    const char *json;
    size_t size;
} phrases[] = {
    /* the normal form of a Service (service_spec.h) */
    PHRASE("{\"labels\":{\"app.kubernetes.io/managed-by\":\"openvox-operator\","
           "\"app.kubernetes.io/name\":\"openvox\",\"openvox.voxpupuli.org/pool-"),
    PHRASE("\":\"true\"},\"annotations\":{"),
    PHRASE("},\"spec\":{\"type\":\""),
    PHRASE("\",\"selector\":{\"openvox.voxpupuli.org/pool-"),
    PHRASE("\":\"true\"},\"ports\":[{\"name\":\"https\",\"protocol\":\"TCP\",\"port\":"),
    PHRASE(",\"targetPort\":8140"),
    /* whose its fields are (managers.h) */
    PHRASE("{\"ours\":{\"labels\":{\"app.kubernetes.io/managed-by\":\"\","
           "\"app.kubernetes.io/name\":\"\",\"openvox.voxpupuli.org/pool-"),
    PHRASE("\":\"\"},\"annotations\":{"),
    PHRASE("\":\"\"},\"spec\":{\"ports\":\"\",\"selector\":\"\",\"type\":\"\"},\""),
    PHRASE("/TCP\":{\"name\":\"\",\"port\":\"\",\"protocol\":\"\",\"targetPort\":\"\"}},"
           "\"others\":{"),
    /* the spec of a TLSRoute (route_spec.h) */
    PHRASE("{\"hostnames\":[\""),
    PHRASE("\"],\"parentRefs\":[{\"name\":\""),
    PHRASE("\",\"namespace\":\""),
    PHRASE("\",\"sectionName\":\""),
    PHRASE("\"}],\"rules\":[{\"backendRefs\":[{\"name\":\""),
    PHRASE("\",\"port\":"),
    PHRASE("}]}]}"),
    /* spec.service of a Pool */
    PHRASE("{\"port\":"),
    PHRASE(",\"type\":\"ClusterIP\""),
};
/* clang-format on */

enum {
    PHRASES = sizeof(phrases) / sizeof(phrases[0])
};

_Static_assert(PHRASES < ' ', "only control characters are free");

static size_t phrase_at(const char *json, size_t *length);
static bool may_begin_phrase(char byte);
static const char *part_of(const char *byte, size_t *length);

void abbreviate(char *json)
{
    char *to = json;
    size_t length;

    for (const char *from = json; *from != '\0'; from += length) {
        size_t number = phrase_at(from, &length);

        *to++ = number > 0 ? (char)number : *from;
    }
    *to = '\0';
}

bool abbreviation_is_of(const char *text, const char *json)
{
    size_t length;

    for (; *text != '\0'; text++, json += length) {
        const char *part = part_of(text, &length);

        if (strncmp(part, json, length) != 0)
            return false;
    }
    return *json == '\0';
}

char *abbreviation_text(const char *text)
{
    size_t size = 1, length;
    char *json, *to;

    for (const char *byte = text; *byte != '\0'; byte++) {
        part_of(byte, &length);
        size += length;
    }
    json = to = memory_new(size, 1);
    for (const char *byte = text; *byte != '\0'; byte++) {
        const char *part = part_of(byte, &length);

        memcpy(to, part, length);
        to += length;
    }
    return json;
}

struct json_object *abbreviation_decode(const char *text)
{
    char *json = abbreviation_text(text);
    const char *problem;
    struct json_object *object = json_decode(json, strlen(json), &problem);

    free(json);
    return object;
}

/* The number of the phrase that JSON begins with, or 0, and how many bytes that is of. */
static size_t phrase_at(const char *json, size_t *length)
{
    *length = 1;
    if (!may_begin_phrase(json[0]))
        return 0;
    for (size_t i = 0; i < PHRASES; i++) {
        if (phrases[i].json[0] == json[0] && phrases[i].json[1] == json[1] &&
            strncmp(phrases[i].json, json, phrases[i].size) == 0) {
            *length = phrases[i].size;
            return i + 1;
        }
    }
    return 0;
}

/* No other byte begins one of the phrases, and most bytes of a text are others. */
static bool may_begin_phrase(char byte)
{
    return byte == '"' || byte == ',' || byte == '{' || byte == '}' || byte == '/';
}

/* What the BYTE of an abbreviation stands for: so many bytes. */
static const char *part_of(const char *byte, size_t *length)
{
    const struct phrase *phrase = *byte > 0 && *byte <= PHRASES ? &phrases[*byte - 1] : NULL;

    *length = phrase != NULL ? phrase->size : 1;
    return phrase != NULL ? phrase->json : byte;
}
