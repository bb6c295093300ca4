/* SPDX-License-Identifier: Apache-2.0 */
/* A decision finds the same things again each time. People are to read of each one once, so the
 * findings are compared with those that were reported before. */
#include "reconciler/write/report.h"

#include "common/base/log.h"
#include "common/objects/key.h"

#include <stdlib.h>

static void report_new(const struct object *pool, const struct finding *, struct events *);
static void report_resolved(const struct object *pool, const struct finding *);

size_t report_findings(const struct object *pool, struct findings *reported, struct findings *found,
                       struct events *events)
{
    size_t differences = 0;

    for (size_t i = 0; i < found->count; i++) {
        if (findings_has(reported, &found->list[i]))
            continue;
        report_new(pool, &found->list[i], events);
        differences++;
    }
    for (size_t i = 0; i < reported->count; i++) {
        if (findings_has(found, &reported->list[i]))
            continue;
        report_resolved(pool, &reported->list[i]);
        differences++;
    }
    findings_clear(reported);
    findings_move(reported, found);
    return differences;
}

static void report_new(const struct object *pool, const struct finding *finding,
                       struct events *events)
{
    char *namespace = key_namespace(pool->key);
    bool warning = finding_is_warning(finding->reason);

    LOG_EVENT(warning ? LOG_WARNING : LOG_INFO, finding->text, LOG_TEXT("namespace", namespace),
              LOG_TEXT("name", key_name(pool->key)),
              LOG_TEXT("reason", finding_name(finding->reason)), (struct log_field){.name = NULL});
    if (events != NULL && finding_has_event(finding->reason, KIND_POOL) &&
        object_message(pool, MESSAGE_POOL) != NULL)
        events_record(events, &(struct event_details){.kind = KIND_POOL,
                                                      .object = message_head(&pool->message),
                                                      .warning = warning,
                                                      .reason = finding_name(finding->reason),
                                                      .note = finding_note(finding)});
    free(namespace);
}

static void report_resolved(const struct object *pool, const struct finding *finding)
{
    char *namespace = key_namespace(pool->key);

    log_info("resolved", LOG_TEXT("namespace", namespace), LOG_TEXT("name", key_name(pool->key)),
             LOG_TEXT("reason", finding_name(finding->reason)), LOG_TEXT("was", finding->text));
    free(namespace);
}
