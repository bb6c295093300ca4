/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a Pool, in words for the person who can put it right. */
#ifndef TLSROUTED_RECONCILER_PLAN_FINDING_H
#define TLSROUTED_RECONCILER_PLAN_FINDING_H

#include "common/message/findings.h"
#include "common/message/kind.h"

#include <stdbool.h>
#include <stddef.h>

#define FINDING_REASON(ID, ...) FINDING_##ID,
enum finding_reason {
    FINDINGS(FINDING_REASON) FINDING_REASONS
};
#undef FINDING_REASON

enum {
    FINDINGS_MAX = 16
};

struct finding {
    enum finding_reason reason;
    char *text; /* one sentence, for the administrator: it may name whatever it is about; owned */
    char *note; /* the same for whoever may read the Pool's namespace, without a name of another
                   one; owned; NULL: it is the text */
};

/* Zero-initialised: none, and no memory for any, as of most Pools. */
struct findings {
    struct finding *list; /* owned */
    size_t count;         /* at most FINDINGS_MAX */
};

/* Adds one, whose TEXT is taken over; beyond FINDINGS_MAX it is dropped. REASON is not one of those
 * whose text may name objects of other namespaces. */
void findings_add(struct findings *findings, enum finding_reason reason, char *text);

/* The same for any reason. NOTE, which is taken over too, says it to those who may read the Pool's
 * namespace and no other; NULL if TEXT names nothing of another namespace. */
void findings_add_noted(struct findings *findings, enum finding_reason reason, char *text,
                        char *note);

/* Adds a copy of FINDING. */
void findings_copy(struct findings *findings, const struct finding *finding);

/* The text of FINDING for an Event; borrowed. */
const char *finding_note(const struct finding *finding);

/* Adds all of FROM, which is cleared. */
void findings_move(struct findings *findings, struct findings *from);

/* Where FINDING is among FINDINGS, with the same text unless its reason is reported ONCE; their
 * number if it is not. */
size_t findings_find(const struct findings *findings, const struct finding *finding);

/* Whether it is. */
bool findings_has(const struct findings *findings, const struct finding *finding);

/* Whether there is one with REASON among FINDINGS, whatever its text. */
bool findings_has_reason(const struct findings *findings, enum finding_reason reason);

void findings_clear(struct findings *findings);

/* The following is what the table of findings says about REASON. */

/* "HostnameInvalid". */
const char *finding_name(enum finding_reason reason);

/* Whether a Pool with such a finding does not have what it asks for. */
bool finding_is_warning(enum finding_reason reason);

/* Whether it may resolve itself within moments: it is about an object that may have been created
 * together with the Pool, and that comes on a stream of its own. */
bool finding_is_held(enum finding_reason reason);

/* Whether it is read from the list of KIND: while that is being read again, it is not known whether
 * the finding still holds. */
bool finding_is_read_from(enum finding_reason reason, enum kind kind);

/* Whether the object of KIND that it is about gets an Event. */
bool finding_has_event(enum finding_reason reason, enum kind kind);

#endif
