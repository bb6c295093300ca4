/* SPDX-License-Identifier: Apache-2.0 */
/* Several controllers may report on one route, on parents that it no longer has, and on generations
 * that are past: only what is about the route as it is now counts. */
#include "common/objects/route_status.h"

#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/message/kind.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    REFUSALS_MAX = 16,
    REASON_BYTES_MAX = 128,
    TEXT_BYTES_MAX = 512 /* of a condition's message */
};

static bool is_named(struct json_object *route, struct json_object *parent);
static bool same_member(struct json_object *a, struct json_object *b, const char *member,
                        const char *fallback);
static bool same_section(struct json_object *wanted, struct json_object *reported);
static void add_refusals(struct json_object *route, struct json_object *conditions,
                         struct text_list *refusals);
static bool is_refusal(struct json_object *condition, int64_t generation);

struct text_list route_refusals(struct json_object *route)
{
    struct json_object *parents = json_at(route, "status.parents");
    struct text_list refusals = {0};

    for (size_t i = 0; i < json_count(parents); i++) {
        struct json_object *parent = json_item(parents, i);

        if (is_named(route, json_at(parent, "parentRef")))
            add_refusals(route, json_at(parent, "conditions"), &refusals);
    }
    return refusals;
}

/* Controllers fill defaults into the parentRef, even a sectionName that the spec does not have. */
static bool is_named(struct json_object *route, struct json_object *reported)
{
    struct json_object *parents = json_at(route, "spec.parentRefs");
    const char *namespace = json_text_at(route, "metadata.namespace");

    for (size_t i = 0; i < json_count(parents); i++) {
        struct json_object *wanted = json_item(parents, i);

        if (same_member(wanted, reported, "group", GATEWAY_GROUP) &&
            same_member(wanted, reported, "kind", "Gateway") &&
            same_member(wanted, reported, "namespace", namespace) &&
            same_member(wanted, reported, "name", "") && same_section(wanted, reported))
            return true;
    }
    return false;
}

static bool same_member(struct json_object *a, struct json_object *b, const char *member,
                        const char *fallback)
{
    const char *text_a = json_at(a, member) != NULL ? json_text_at(a, member) : fallback;
    const char *text_b = json_at(b, member) != NULL ? json_text_at(b, member) : fallback;

    return strcmp(text_a, text_b) == 0;
}

static bool same_section(struct json_object *wanted, struct json_object *reported)
{
    const char *section = json_text_at(wanted, "sectionName");

    return section[0] == '\0' || json_text_at(reported, "sectionName")[0] == '\0' ||
           strcmp(section, json_text_at(reported, "sectionName")) == 0;
}

static void add_refusals(struct json_object *route, struct json_object *conditions,
                         struct text_list *refusals)
{
    int64_t generation = json_object_get_int64(json_at(route, "metadata.generation"));

    for (size_t i = 0; i < json_count(conditions) && refusals->count < REFUSALS_MAX; i++) {
        struct json_object *condition = json_item(conditions, i);
        const char *reason = json_text_at(condition, "reason");
        const char *message = json_text_at(condition, "message");
        char *text, *line;

        if (!is_refusal(condition, generation))
            continue;
        text = memory_format("%s %.*s: %.*s", json_text_at(condition, "type"),
                             (int)utf8_prefix(reason, REASON_BYTES_MAX), reason,
                             (int)utf8_prefix(message, TEXT_BYTES_MAX), message);
        line = line_of(text, SIZE_MAX);
        if (!text_list_has(refusals, line))
            text_list_add(refusals, line);
        free(line);
        free(text);
    }
}

static bool is_refusal(struct json_object *condition, int64_t generation)
{
    const char *type = json_text_at(condition, "type");
    struct json_object *observed = json_at(condition, "observedGeneration");

    return (strcmp(type, "Accepted") == 0 || strcmp(type, "ResolvedRefs") == 0) &&
           strcmp(json_text_at(condition, "status"), "False") == 0 &&
           (observed == NULL || json_object_get_int64(observed) >= generation);
}
