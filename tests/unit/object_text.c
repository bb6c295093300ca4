/* SPDX-License-Identifier: Apache-2.0 */
/* What is decoded is sent on in the program; so it has to be within the bounds of its message. */
#include "tests/unit/check.h"

#include "tests/unit/object_text.h"

#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/object.h"

struct message decoded(enum kind kind, const char *text)
{
    struct message message;
    char *problem = object_read(kind, text, strlen(text), &message);

    CHECK_ROW_TEXT(text, problem, NULL);
    return message;
}

void expect_unreadable(const char *row, enum kind kind, const char *text, const char *problem)
{
    struct message message;
    char *found = object_read(kind, text, strlen(text), &message), *unsendable;

    CHECK_ROW_TEXT(row, found, problem);
    CHECK_ROW(row, message.type == MESSAGE_UNREADABLE);
    CHECK_ROW(row, message.unreadable.kind == kind);
    CHECK_ROW_TEXT(row, message.unreadable.namespace, "n");
    CHECK_ROW_TEXT(row, message.unreadable.name, "m");
    CHECK_ROW_TEXT(row, message.unreadable.problem, problem);
    unsendable = message_check(&message);
    CHECK_ROW_TEXT(row, unsendable, NULL);
    message_clear(&message);
    free(found);
}

void expect_json(const char *row, const char *text, const char *json)
{
    char *found = abbreviation_text(text);

    CHECK_ROW_TEXT(row, found, json);
    CHECK_ROW(row, abbreviation_is_of(text, json));
    free(found);
}

char *repeated(const char *before, const char *item, size_t count, const char *after)
{
    size_t length = strlen(item), used = strlen(before);
    char *text = memory_new(used + count * length + strlen(after) + 1, 1);

    strcpy(text, before);
    for (size_t i = 0; i < count; i++, used += length)
        memcpy(text + used, item, length);
    strcpy(text + used, after);
    return text;
}
