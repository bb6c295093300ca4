/* SPDX-License-Identifier: Apache-2.0 */
/* Good news is True for some types of conditions and False for others, and what a controller said
 * of an earlier spec is no news at all. That is said here, once for all objects. */
#include "common/objects/conditions.h"

#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROBLEMS_MAX = 16, /* the API allows 8 conditions */
    REASON_BYTES_MAX = 128,
    TEXT_BYTES_MAX = 512, /* of a condition's message */
    CUT_FACTOR = 4,
};

#define OF(OWNER) (1U << CONDITIONS_##OWNER)

/* Types that are not here mean nothing to a TLSRoute: OverlappingTLSConfig is about certificates
 * that a Gateway has itself, Ready and Scheduled are not used (any more). */
static const struct rule {
    const char *type;
    const char *bad;    /* the status that is a problem */
    unsigned owners;    /* that it counts for */
    unsigned awaited;   /* of these: Unknown means that the controller is not done yet */
    unsigned required;  /* of these: so does its absence */
    const char *except; /* with this reason it is about others only; or NULL */
} rules[] = {
    {"Accepted", "False", OF(GATEWAY_CLASS) | OF(GATEWAY) | OF(LISTENER) | OF(ROUTE),
     OF(GATEWAY_CLASS) | OF(GATEWAY) | OF(LISTENER) | OF(ROUTE), OF(GATEWAY) | OF(ROUTE), NULL},
    {"Programmed", "False", OF(GATEWAY) | OF(LISTENER), OF(GATEWAY) | OF(LISTENER), 0, NULL},
    {"ResolvedRefs", "False", OF(GATEWAY) | OF(LISTENER) | OF(ROUTE), 0, 0, "ListenersNotResolved"},
    {"Conflicted", "True", OF(LISTENER), 0, 0, NULL},
    {"Detached", "True", OF(LISTENER), 0, 0, NULL}, /* Accepted, in releases before 1.0 */
    {"PartiallyInvalid", "True", OF(ROUTE), 0, 0, NULL},
};

/* What has been read so far. */
struct reading {
    struct arena *arena; /* for all that is said */
    unsigned owner;      /* as a set */
    int64_t generation;
    size_t bytes;
    struct value *problems;
    const char *waiting;
    const char *newest;
    bool has_accepted;
};

static void read_condition(struct reading *, const struct value *condition);
static const struct rule *rule_of(const struct reading *, const char *type);
static bool is_current(const struct reading *, const struct value *condition);
static void wait_for_generation(struct reading *, const struct value *condition);
static void judge(struct reading *, const struct rule *, const struct value *condition);
static bool has_problem(const struct reading *, const char *text);
static const char *text_of(const struct reading *, const struct value *condition);
static struct value *result_of(const struct reading *);
static const char *take(struct arena *, char *text);

struct value *conditions_read(struct arena *arena, const struct value *list,
                              enum condition_owner owner, int64_t generation, size_t bytes)
{
    struct reading reading = {.arena = arena,
                              .owner = 1U << owner,
                              .generation = generation,
                              .bytes = bytes,
                              .problems = value_new(arena, json_type_array),
                              .newest = ""};

    VALUE_FOREACH (condition, value_array(list))
        read_condition(&reading, condition);
    if (!reading.has_accepted && (rules[0].required & reading.owner) != 0)
        reading.waiting = "it has no condition Accepted";
    return result_of(&reading);
}

char *conditions_text(const struct value *object, conditions_writer *write, size_t max)
{
    for (size_t bytes = TEXT_BYTES_MAX;; bytes /= CUT_FACTOR) {
        struct arena arena = {0};
        char *text = value_encode(write(&arena, object, bytes));

        arena_clear(&arena);
        if (strlen(text) <= max)
            return text;
        free(text);
        if (bytes == 0)
            return memory_text("");
    }
}

static void read_condition(struct reading *reading, const struct value *condition)
{
    const struct rule *rule = rule_of(reading, value_text_at(condition, "type"));
    const char *time = value_text_at(condition, "lastTransitionTime");

    if (rule == NULL)
        return;
    reading->has_accepted = reading->has_accepted || rule == &rules[0];
    if (!is_current(reading, condition)) {
        if ((rule->required & reading->owner) != 0)
            wait_for_generation(reading, condition);
        return;
    }
    if (strcmp(time, reading->newest) > 0)
        reading->newest = time;
    judge(reading, rule, condition);
}

static const struct rule *rule_of(const struct reading *reading, const char *type)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].type, type) == 0)
            return (rules[i].owners & reading->owner) != 0 ? &rules[i] : NULL;
    }
    return NULL;
}

static bool is_current(const struct reading *reading, const struct value *condition)
{
    return value_at(condition, "observedGeneration") == NULL ||
           value_number_at(condition, "observedGeneration") >= reading->generation;
}

static void wait_for_generation(struct reading *reading, const struct value *condition)
{
    reading->waiting =
        take(reading->arena,
             memory_format("its condition %s is about generation %" PRId64 ", and it has %" PRId64,
                           value_text_at(condition, "type"),
                           value_number_at(condition, "observedGeneration"), reading->generation));
}

static void judge(struct reading *reading, const struct rule *rule, const struct value *condition)
{
    const char *status = value_text_at(condition, "status");
    bool is_bad = strcmp(status, rule->bad) == 0;
    bool is_awaited = (rule->awaited & reading->owner) != 0 && strcmp(status, "Unknown") == 0;
    const char *text;

    if ((!is_bad && !is_awaited) ||
        (rule->except != NULL && strcmp(value_text_at(condition, "reason"), rule->except) == 0))
        return;
    text = text_of(reading, condition);
    if (is_bad && reading->problems->size < PROBLEMS_MAX && !has_problem(reading, text))
        value_append(reading->problems, value_new_text(reading->arena, text));
    else if (is_awaited && reading->waiting == NULL)
        reading->waiting = text;
}

static bool has_problem(const struct reading *reading, const char *text)
{
    VALUE_FOREACH (problem, reading->problems) {
        if (strcmp(problem->text, text) == 0)
            return true;
    }
    return false;
}

static const char *text_of(const struct reading *reading, const struct value *condition)
{
    const char *reason = value_text_at(condition, "reason");
    const char *message = value_text_at(condition, "message");
    size_t reason_max = reading->bytes < REASON_BYTES_MAX ? reading->bytes : REASON_BYTES_MAX;
    char *text = memory_format("%s %.*s: %.*s", value_text_at(condition, "type"),
                               (int)utf8_prefix(reason, reason_max), reason,
                               (int)utf8_prefix(message, reading->bytes), message);
    char *line = line_of(text, SIZE_MAX);

    free(text);
    return take(reading->arena, line);
}

static struct value *result_of(const struct reading *reading)
{
    struct value *result = value_new(reading->arena, json_type_object);

    if (reading->problems->size > 0)
        value_put(result, CONDITIONS_PROBLEMS, reading->problems);
    if (reading->waiting != NULL)
        value_put(result, CONDITIONS_WAITING, value_new_text(reading->arena, reading->waiting));
    if (reading->owner == OF(ROUTE) && reading->newest[0] != '\0')
        value_put(result, CONDITIONS_TIME, value_new_text(reading->arena, reading->newest));
    return result;
}

/* TEXT is released. */
static const char *take(struct arena *arena, char *text)
{
    const char *copy = arena_text(arena, text, strlen(text));

    free(text);
    return copy;
}
