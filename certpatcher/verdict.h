/* SPDX-License-Identifier: Apache-2.0 */
/* The decision about one request, given what was fetched: what to write, and what to refuse. Pure
 * but for the state of the Certificate, which is brought up to date. */
#ifndef TLSROUTED_CERTPATCHER_VERDICT_H
#define TLSROUTED_CERTPATCHER_VERDICT_H

#include "certpatcher/certificate_state.h"

/* Everything that the verdict depends on, besides the demands. */
struct verdict_inputs {
    const struct inject_message *request;
    const struct certificate_message *certificate;
    const struct settings_message *settings;
    struct certificate_states *states;
    struct certificate_state *state; /* of the Certificate */
    int64_t now;                     /* milliseconds of a monotonic clock */
};

struct verdict {
    struct injection_plan plan;
    bool writes;                 /* the plan is to be written */
    enum inject_outcome outcome; /* of the request, once that is done */
    unsigned contested_seconds;  /* for so long it must not be written; 0: it may */
    char *contention_inputs;     /* for name_contention_written() */
    size_t refused;              /* names in the request that are refused */
    const char *refusal;         /* why the first of them is, or NULL */
};

/* Decides. DEMANDS are those around the Certificate. The caller clears the verdict. */
struct verdict verdict_of(const struct verdict_inputs *inputs,
                          const struct injection_demands *demands);

void verdict_clear(struct verdict *verdict);

#endif
