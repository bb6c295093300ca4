/* SPDX-License-Identifier: Apache-2.0 */
/* Good news is True for some types of conditions and False for others, and what a controller said
 * of an earlier spec is no news at all. That is said here, once for all objects. */
#include "common/objects/conditions.h"

#include "common/base/json.h"
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
    unsigned owner; /* as a set */
    int64_t generation;
    size_t bytes;
    struct json_object *problems;
    char *waiting;
    const char *newest;
    bool has_accepted;
};

static void read_condition(struct reading *, struct json_object *condition);
static const struct rule *rule_of(const struct reading *, const char *type);
static bool is_current(const struct reading *, struct json_object *condition);
static void wait_for_generation(struct reading *, struct json_object *condition);
static void judge(struct reading *, const struct rule *, struct json_object *condition);
static bool has_problem(const struct reading *, const char *text);
static char *text_of(const struct reading *, struct json_object *condition);
static struct json_object *result_of(const struct reading *);

struct json_object *conditions_read(struct json_object *list, enum condition_owner owner,
                                    int64_t generation, size_t bytes)
{
    struct reading reading = {.owner = 1U << owner,
                              .generation = generation,
                              .bytes = bytes,
                              .problems = json_object_new_array(),
                              .newest = ""};
    struct json_object *result;

    for (size_t i = 0; i < json_count(list); i++)
        read_condition(&reading, json_item(list, i));
    if (!reading.has_accepted && (rules[0].required & reading.owner) != 0)
        memory_replace(&reading.waiting, "it has no condition Accepted");
    result = result_of(&reading);
    json_object_put(reading.problems);
    free(reading.waiting);
    return result;
}

char *conditions_text(struct json_object *object, conditions_writer *write, size_t max)
{
    for (size_t bytes = TEXT_BYTES_MAX;; bytes /= CUT_FACTOR) {
        struct json_object *value = write(object, bytes);
        const char *text = value != NULL ? json_encode(value) : "";
        char *result = strlen(text) <= max ? memory_text(text) : NULL;

        json_object_put(value);
        if (result != NULL || bytes == 0)
            return result != NULL ? result : memory_text("");
    }
}

static void read_condition(struct reading *reading, struct json_object *condition)
{
    const struct rule *rule = rule_of(reading, json_text_at(condition, "type"));
    const char *time = json_text_at(condition, "lastTransitionTime");

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

static bool is_current(const struct reading *reading, struct json_object *condition)
{
    struct json_object *observed = json_at(condition, "observedGeneration");

    return observed == NULL || json_object_get_int64(observed) >= reading->generation;
}

static void wait_for_generation(struct reading *reading, struct json_object *condition)
{
    int64_t observed = json_object_get_int64(json_at(condition, "observedGeneration"));

    free(reading->waiting);
    reading->waiting =
        memory_format("its condition %s is about generation %" PRId64 ", and it has %" PRId64,
                      json_text_at(condition, "type"), observed, reading->generation);
}

static void judge(struct reading *reading, const struct rule *rule, struct json_object *condition)
{
    const char *status = json_text_at(condition, "status");
    bool is_bad = strcmp(status, rule->bad) == 0;
    bool is_awaited = (rule->awaited & reading->owner) != 0 && strcmp(status, "Unknown") == 0;
    char *text;

    if ((!is_bad && !is_awaited) ||
        (rule->except != NULL && strcmp(json_text_at(condition, "reason"), rule->except) == 0))
        return;
    text = text_of(reading, condition);
    if (is_bad && json_count(reading->problems) < PROBLEMS_MAX && !has_problem(reading, text))
        json_object_array_add(reading->problems, json_object_new_string(text));
    else if (is_awaited && reading->waiting == NULL)
        reading->waiting = memory_text(text);
    free(text);
}

static bool has_problem(const struct reading *reading, const char *text)
{
    for (size_t i = 0; i < json_count(reading->problems); i++) {
        if (strcmp(json_object_get_string(json_item(reading->problems, i)), text) == 0)
            return true;
    }
    return false;
}

static char *text_of(const struct reading *reading, struct json_object *condition)
{
    const char *reason = json_text_at(condition, "reason");
    const char *message = json_text_at(condition, "message");
    size_t reason_max = reading->bytes < REASON_BYTES_MAX ? reading->bytes : REASON_BYTES_MAX;
    char *text = memory_format("%s %.*s: %.*s", json_text_at(condition, "type"),
                               (int)utf8_prefix(reason, reason_max), reason,
                               (int)utf8_prefix(message, reading->bytes), message);
    char *line = line_of(text, SIZE_MAX);

    free(text);
    return line;
}

static struct json_object *result_of(const struct reading *reading)
{
    struct json_object *result = json_object_new_object();

    if (json_count(reading->problems) > 0)
        json_object_object_add(result, CONDITIONS_PROBLEMS, json_object_get(reading->problems));
    if (reading->waiting != NULL)
        json_put_text(result, CONDITIONS_WAITING, reading->waiting);
    if (reading->newest[0] != '\0')
        json_put_text(result, CONDITIONS_TIME, reading->newest);
    return result;
}
