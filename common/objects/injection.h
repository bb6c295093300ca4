/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a Certificate needs, which of the injected ones may go, and when. Pure: no I/O, no
 * clock, no global. The reconciler decides with it what to request; the certpatcher decides again
 * from what it has fetched itself. First injection_gather(), then injection_plan(). */
#ifndef TLSROUTED_COMMON_OBJECTS_INJECTION_H
#define TLSROUTED_COMMON_OBJECTS_INJECTION_H

#include "common/objects/injection_demands.h"

/* For how long NAME has not been needed. */
struct injection_age {
    const char *name;
    unsigned seconds;
};

/* Everything that the plan depends on. */
struct injection_inputs {
    const struct certificate_message *certificate;
    const struct injection_demands *demands; /* sorted */
    const struct text_list *add;             /* only these may be added; NULL: all */
    const struct text_list *withdraw;        /* only these may be withdrawn; NULL: all */
    const struct text_list *adopt;           /* names that may be adopted; NULL: none */
    const struct injection_age *ages; /* of names that are not needed, sorted by name (strcmp); 0
                                         where missing */
    size_t age_count;
    bool never;         /* names are never withdrawn */
    unsigned grace;     /* seconds that a name stays after it was last needed */
    unsigned max_names; /* nothing is added to a list of so many */
};

/* One decision: its inputs, borrowed, and their lists as sets. */
struct injection {
    const struct injection_inputs *inputs;
    struct text_set names;         /* of the Certificate */
    struct text_set effective;     /* likewise */
    struct text_set add, withdraw; /* empty where all may be */
    struct text_set adopt;         /* empty where none may be */
};

/* Begins a decision from INPUTS; the caller ends it with injection_end(). */
struct injection injection_begin(const struct injection_inputs *inputs);
void injection_end(struct injection *injection);

/* What to write. All of it is owned, but for the problem. */
struct injection_plan {
    struct text_list names;     /* the new spec.dnsAltNames */
    char *ledger;               /* the new annotation; "": none */
    struct text_list added;     /* names that are new in it */
    struct text_list removed;   /* names that are no longer in it */
    struct text_list waiting;   /* injected, no longer needed, and still within the grace */
    struct text_list left_out;  /* needed, but the list or the ledger is full */
    struct text_list adopted;   /* names that were there, and are new in the ledger */
    unsigned recheck_seconds;   /* until the first waiting name may be removed; 0: none waits */
    size_t wanted, present;     /* names that Pools demand; those of them that are there */
    size_t injected;            /* names that are there because tlsrouted injected them */
    bool ledger_changes;        /* it has to be written, even where no name changes */
    const char *ledger_problem; /* why it cannot be understood, so that it counts as empty; or NULL:
                                   see ledger_read() */
};

/* Decides. A Certificate that is being deleted is left alone. Names keep their order, new ones come
 * last; DNS names compare without regard to case (RFC 4343). Only a name that a Pool demands is
 * adopted, and only if it is there and the ledger has room. Where a needed name finds no room, as
 * many names as have to go for it are removed without the rest of their grace, the oldest first;
 * none goes where that makes no room. The caller clears the plan. */
struct injection_plan injection_plan(const struct injection *injection);

/* Whether there is anything to write. */
bool injection_is_due(const struct injection_plan *plan);

/* The refusal of a withdrawal while a Pool needs the name. */
#define INJECTION_NEEDED "a Pool needs the name, or is paused"

/* Why NAME may not be added, or not be withdrawn: a constant text for people. NULL if it may, or if
 * there is nothing to do. */
const char *injection_refuses_add(const struct injection *injection, const char *name);
const char *injection_refuses_withdrawal(const struct injection *injection, const char *name);

/* Likewise, why NAME may not be adopted: taken into the ledger as it is written in the
 * Certificate. */
const char *injection_refuses_adoption(const struct injection *injection, const char *name);

void injection_plan_clear(struct injection_plan *plan);

#endif
