/* SPDX-License-Identifier: Apache-2.0 */
/* A decision finds the same things again each time. People are to read of each one once, so the
 * findings are compared with those that were reported before. */
#include "reconciler/write/report.h"

#include "common/base/memory.h"
#include "common/objects/key.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMED_MAX = 3 /* Pools with a line each, before there is one for all */
};

static struct cause_member *report_new(const struct object *pool, const struct finding *);
static void record_event(const struct object *pool, const struct finding *, struct events *);
static void leave(struct cause_member *, enum cause_end);

size_t report_findings(const struct object *pool, struct findings *reported,
                       struct cause_member ***logged, struct findings *found, struct events *events)
{
    struct cause_member **before = *logged, **members = NULL;
    size_t differences = 0;

    if (found->count > 0)
        members = memory_new(found->count, sizeof(members[0]));
    for (size_t i = 0; i < found->count; i++) {
        size_t place = findings_find(reported, &found->list[i]);

        if (place < reported->count && before[place] != NULL) {
            members[i] = before[place];
            before[place] = NULL;
        } else if (place == reported->count) {
            members[i] = report_new(pool, &found->list[i]);
            record_event(pool, &found->list[i], events);
            differences++;
        }
    }
    for (size_t i = 0; i < reported->count; i++) {
        differences += !findings_has(found, &reported->list[i]);
        leave(before[i], CAUSE_OVER);
    }
    free(before);
    *logged = members;
    findings_clear(reported);
    findings_move(reported, found);
    return differences;
}

void report_forget(struct findings *reported, struct cause_member ***logged)
{
    for (size_t i = 0; i < reported->count; i++)
        leave((*logged)[i], CAUSE_GONE);
    free(*logged);
    *logged = NULL;
    findings_clear(reported);
}

static struct cause_member *report_new(const struct object *pool, const struct finding *finding)
{
    struct cause_member *member = memory_new(1, sizeof(*member));
    char *namespace = key_namespace(pool->key);

    cause_log_join(
        member,
        &(struct cause_details){
            .level = finding_is_warning(finding->reason) ? LOG_WARNING : LOG_INFO,
            .text = finding->text,
            .over = "resolved",
            .who = {LOG_TEXT("namespace", namespace), LOG_TEXT("name", key_name(pool->key))},
            .why = {LOG_TEXT("reason", finding_name(finding->reason))},
            .named_max = NAMED_MAX,
        });
    free(namespace);
    return member;
}

static void record_event(const struct object *pool, const struct finding *finding,
                         struct events *events)
{
    if (events != NULL && finding_has_event(finding->reason, KIND_POOL) &&
        object_message(pool, MESSAGE_POOL) != NULL)
        events_record(events,
                      &(struct event_details){.kind = KIND_POOL,
                                              .object = message_head(&pool->message),
                                              .warning = finding_is_warning(finding->reason),
                                              .reason = finding_name(finding->reason),
                                              .note = finding_note(finding)});
}

/* MEMBER, which is freed, may be NULL. */
static void leave(struct cause_member *member, enum cause_end end)
{
    if (member != NULL)
        cause_log_leave(member, end);
    free(member);
}
