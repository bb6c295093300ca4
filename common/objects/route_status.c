/* SPDX-License-Identifier: Apache-2.0 */
/* Several controllers may report on one route, on parents that it no longer has, and on generations
 * that are past; one that is gone leaves its report behind. Only what is about the route as it is
 * now, and by who serves the Gateway now, counts. */
#include "common/objects/route_status.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/message/kind.h"
#include "common/objects/conditions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWERS_MAX = 16 /* entries that are passed on */
};

static struct json_object *write_answers(struct json_object *route, size_t bytes);
static bool is_named(struct json_object *route, struct json_object *parent);
static bool same_member(struct json_object *a, struct json_object *b, const char *member,
                        const char *fallback);
static bool same_section(struct json_object *wanted, struct json_object *reported);
static bool counts(struct json_object *answers, struct json_object *entry, const char *controller);
static const char *newest_time(struct json_object *answers);
static void add_refusals(struct json_object *entry, struct text_list *refusals);

char *route_answers(struct json_object *route, size_t bytes)
{
    return conditions_text(route, write_answers, bytes);
}

struct route_answer route_answer_of(const char *text, const char *controller)
{
    const char *problem;
    struct json_object *answers = json_decode(text, strlen(text), &problem);
    struct route_answer answer = {.waiting = memory_text("there is no report of it")};
    bool has_answered = false;

    for (size_t i = 0; i < json_count(answers); i++) {
        struct json_object *entry = json_item(answers, i);
        struct json_object *waiting = json_at(entry, CONDITIONS_WAITING);

        if (!counts(answers, entry, controller))
            continue;
        add_refusals(entry, &answer.refusals);
        has_answered = has_answered || waiting == NULL;
        memory_replace(&answer.waiting, has_answered ? NULL : json_object_get_string(waiting));
    }
    json_object_put(answers);
    return answer;
}

void route_answer_clear(struct route_answer *answer)
{
    text_list_clear(&answer->refusals);
    free(answer->waiting);
    *answer = (struct route_answer){0};
}

static struct json_object *write_answers(struct json_object *route, size_t bytes)
{
    struct json_object *parents = json_at(route, "status.parents"), *answers = NULL;
    int64_t generation = json_object_get_int64(json_at(route, "metadata.generation"));

    for (size_t i = 0; i < json_count(parents) && json_count(answers) < ANSWERS_MAX; i++) {
        struct json_object *parent = json_item(parents, i), *entry;

        if (!is_named(route, json_at(parent, "parentRef")))
            continue;
        entry = conditions_read(json_at(parent, "conditions"), CONDITIONS_ROUTE, generation, bytes);
        json_put_text(entry, "controller", json_text_at(parent, "controllerName"));
        answers = answers != NULL ? answers : json_object_new_array();
        json_object_array_add(answers, entry);
    }
    return answers;
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

/* A controller may report on each listener of its own; who is the newest is the newest in all. */
static bool counts(struct json_object *answers, struct json_object *entry, const char *controller)
{
    const char *own = json_text_at(entry, "controller"), *newest;

    if (controller != NULL && controller[0] != '\0')
        return strcmp(own, controller) == 0;
    newest = newest_time(answers);
    for (size_t i = 0; i < json_count(answers); i++) {
        struct json_object *other = json_item(answers, i);

        if (strcmp(json_text_at(other, "controller"), own) == 0 &&
            strcmp(json_text_at(other, CONDITIONS_TIME), newest) == 0)
            return true;
    }
    return false;
}

/* The times have one format, so they can be compared as texts. */
static const char *newest_time(struct json_object *answers)
{
    const char *newest = "";

    for (size_t i = 0; i < json_count(answers); i++) {
        const char *time = json_text_at(json_item(answers, i), CONDITIONS_TIME);

        if (strcmp(time, newest) > 0)
            newest = time;
    }
    return newest;
}

static void add_refusals(struct json_object *entry, struct text_list *refusals)
{
    struct json_object *problems = json_at(entry, CONDITIONS_PROBLEMS);

    for (size_t i = 0; i < json_count(problems); i++) {
        const char *problem = json_object_get_string(json_item(problems, i));

        if (!text_list_has(refusals, problem))
            text_list_add(refusals, problem);
    }
}
