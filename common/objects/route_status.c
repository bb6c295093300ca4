/* SPDX-License-Identifier: Apache-2.0 */
/* Several controllers may report on one route, on parents that it no longer has, and on generations
 * that are past; one that is gone leaves its report behind. Only what is about the route as it is
 * now, and by who serves the Gateway now, counts. */
#include "common/objects/route_status.h"

#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/conditions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWERS_MAX = 16 /* entries that are passed on */
};

static conditions_writer write_answers;
static bool is_named(const struct value *route, const struct value *parent);
static bool same_member(const struct value *a, const struct value *b, const char *member,
                        const char *fallback);
static bool same_section(const struct value *wanted, const struct value *reported);
static bool counts(const struct value *answers, const struct value *entry, const char *controller);
static const char *newest_time(const struct value *answers);
static void add_refusals(const struct value *entry, struct text_list *refusals);

char *route_answers(const struct value *route, size_t bytes)
{
    return conditions_text(route, write_answers, bytes);
}

struct route_answer route_answer_of(const char *text, const char *controller)
{
    struct arena arena = {0};
    const struct value *answers = value_array(value_read(&arena, text, strlen(text)));
    const char *waiting = "there is no report of it";
    struct route_answer answer = {0};

    VALUE_FOREACH (entry, answers) {
        if (!counts(answers, entry, controller))
            continue;
        add_refusals(entry, &answer.refusals);
        if (value_at(entry, CONDITIONS_WAITING) == NULL)
            waiting = NULL;
        else if (waiting != NULL)
            waiting = value_text_at(entry, CONDITIONS_WAITING);
    }
    memory_replace(&answer.waiting, waiting);
    arena_clear(&arena);
    return answer;
}

void route_answer_clear(struct route_answer *answer)
{
    text_list_clear(&answer->refusals);
    free(answer->waiting);
    *answer = (struct route_answer){0};
}

static struct value *write_answers(struct arena *arena, const struct value *route, size_t bytes)
{
    const int64_t generation = value_number_at(route, "metadata.generation");
    struct value *answers = value_new(arena, json_type_array);

    VALUE_FOREACH (parent, value_array(value_at(route, "status.parents"))) {
        struct value *entry;

        if (answers->size == ANSWERS_MAX || !is_named(route, value_at(parent, "parentRef")))
            continue;
        entry = conditions_read(arena, value_at(parent, "conditions"), CONDITIONS_ROUTE, generation,
                                bytes);
        value_put(entry, "controller",
                  value_new_text(arena, value_text_at(parent, "controllerName")));
        value_append(answers, entry);
    }
    return answers->size > 0 ? answers : NULL;
}

/* Controllers fill defaults into the parentRef, even a sectionName that the spec does not have. */
static bool is_named(const struct value *route, const struct value *reported)
{
    const char *namespace = value_text_at(route, "metadata.namespace");

    VALUE_FOREACH (wanted, value_array(value_at(route, "spec.parentRefs"))) {
        if (same_member(wanted, reported, "group", GATEWAY_GROUP) &&
            same_member(wanted, reported, "kind", "Gateway") &&
            same_member(wanted, reported, "namespace", namespace) &&
            same_member(wanted, reported, "name", "") && same_section(wanted, reported))
            return true;
    }
    return false;
}

static bool same_member(const struct value *a, const struct value *b, const char *member,
                        const char *fallback)
{
    const char *text_a = value_at(a, member) != NULL ? value_text_at(a, member) : fallback;
    const char *text_b = value_at(b, member) != NULL ? value_text_at(b, member) : fallback;

    return strcmp(text_a, text_b) == 0;
}

static bool same_section(const struct value *wanted, const struct value *reported)
{
    const char *section = value_text_at(wanted, "sectionName");

    return section[0] == '\0' || value_text_at(reported, "sectionName")[0] == '\0' ||
           strcmp(section, value_text_at(reported, "sectionName")) == 0;
}

/* A controller may report on each listener of its own; who is the newest is the newest in all. */
static bool counts(const struct value *answers, const struct value *entry, const char *controller)
{
    const char *own = value_text_at(entry, "controller"), *newest;

    if (controller != NULL && controller[0] != '\0')
        return strcmp(own, controller) == 0;
    newest = newest_time(answers);
    VALUE_FOREACH (other, answers) {
        if (strcmp(value_text_at(other, "controller"), own) == 0 &&
            strcmp(value_text_at(other, CONDITIONS_TIME), newest) == 0)
            return true;
    }
    return false;
}

/* The times have one format, so they can be compared as texts. */
static const char *newest_time(const struct value *answers)
{
    const char *newest = "";

    VALUE_FOREACH (entry, answers) {
        const char *time = value_text_at(entry, CONDITIONS_TIME);

        if (strcmp(time, newest) > 0)
            newest = time;
    }
    return newest;
}

static void add_refusals(const struct value *entry, struct text_list *refusals)
{
    VALUE_FOREACH (problem, value_array(value_at(entry, CONDITIONS_PROBLEMS))) {
        const char *text = value_text_at(problem, "");

        if (!text_list_has(refusals, text))
            text_list_add(refusals, text);
    }
}
