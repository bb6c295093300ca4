/* SPDX-License-Identifier: Apache-2.0 */
/* Findings come from several planners and end in one list for each Pool. The list is kept here, and
 * so is the knowledge of what its reasons mean, made from the table of findings. */
#include "reconciler/plan/finding.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum severity {
    INFO,
    WARNING
};

enum hold {
    AT_ONCE,
    HELD,
    ONCE
};

/* Sets of kinds. */
#define LIST(KIND)     (1U << KIND_##KIND)
#define NO_EVENT       0
#define ON_POOL        LIST(POOL)
#define ON_CERTIFICATE (LIST(POOL) | LIST(CERTIFICATE))
#define NAMES_OTHERS   (1U << KIND_COUNT) /* beside the kinds */

#define FINDING_ROW(ID, its_name, SEVERITY, HOLD, LISTS, EVENT, ...)                               \
    [FINDING_##ID] = {its_name, SEVERITY, HOLD, LISTS, EVENT},
static const struct {
    const char *name;
    enum severity severity;
    enum hold hold;
    unsigned lists, events; /* sets of kinds */
} reasons[FINDING_REASONS] = {FINDINGS(FINDING_ROW)};

void findings_add(struct findings *findings, enum finding_reason reason, char *text)
{
    if ((reasons[reason].events & NAMES_OTHERS) != 0)
        abort(); /* an Event must not have this text */
    findings_add_noted(findings, reason, text, NULL);
}

void findings_add_noted(struct findings *findings, enum finding_reason reason, char *text,
                        char *note)
{
    utf8_make_line(text, strlen(text));
    if (note != NULL)
        utf8_make_line(note, strlen(note));
    if (findings->count < FINDINGS_MAX) {
        findings->list =
            memory_resize(findings->list, findings->count + 1, sizeof(*findings->list));
        findings->list[findings->count++] = (struct finding){reason, text, note};
        return;
    }
    free(text);
    free(note);
}

void findings_copy(struct findings *findings, const struct finding *finding)
{
    findings_add_noted(findings, finding->reason, memory_text(finding->text),
                       finding->note != NULL ? memory_text(finding->note) : NULL);
}

const char *finding_note(const struct finding *finding)
{
    return finding->note != NULL ? finding->note : finding->text;
}

void findings_move(struct findings *findings, struct findings *from)
{
    for (size_t i = 0; i < from->count; i++)
        findings_add_noted(findings, from->list[i].reason, from->list[i].text, from->list[i].note);
    free(from->list);
    *from = (struct findings){0};
}

size_t findings_find(const struct findings *findings, const struct finding *finding)
{
    size_t i = 0;

    while (i < findings->count && (findings->list[i].reason != finding->reason ||
                                   (reasons[finding->reason].hold != ONCE &&
                                    strcmp(findings->list[i].text, finding->text) != 0)))
        i++;
    return i;
}

bool findings_has(const struct findings *findings, const struct finding *finding)
{
    return findings_find(findings, finding) < findings->count;
}

bool findings_has_reason(const struct findings *findings, enum finding_reason reason)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].reason == reason)
            return true;
    }
    return false;
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].text);
        free(findings->list[i].note);
    }
    free(findings->list);
    *findings = (struct findings){0};
}

const char *finding_name(enum finding_reason reason)
{
    return reasons[reason].name;
}

bool finding_is_warning(enum finding_reason reason)
{
    return reasons[reason].severity == WARNING;
}

bool finding_is_held(enum finding_reason reason)
{
    return reasons[reason].hold == HELD;
}

bool finding_is_read_from(enum finding_reason reason, enum kind kind)
{
    return (reasons[reason].lists & 1U << kind) != 0;
}

bool finding_has_event(enum finding_reason reason, enum kind kind)
{
    return (reasons[reason].events & 1U << kind) != 0;
}
