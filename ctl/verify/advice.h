/* SPDX-License-Identifier: Apache-2.0 */
/* Advice: what is left to do until a certificate with the hostname is served, step by step. Pure.
 */
#ifndef TLSROUTED_CTL_VERIFY_ADVICE_H
#define TLSROUTED_CTL_VERIFY_ADVICE_H

#include "ctl/verify/stage.h"

#include <stddef.h>

/* COMMAND may be NULL; it has a newline wherever it can be broken. Both are owned. */
struct advice_step {
    char *text, *command;
};

/* All zero: nothing to do. */
struct advice {
    struct advice_step *steps;
    size_t count;
};

/* What the Pool says about injection. */
struct advice_pool {
    const char *namespace, *name;
    bool inject, paused;
};

/* Adds what gets the Pool's hostname from the stage of CERTIFICATE to STAGE_SERVED. */
void advice_add_for_certificate(struct advice *advice, const struct advice_pool *pool,
                                const struct stage_certificate *certificate);

/* Adds what gets HOSTNAME into the certificate of CERTNAME, of which no Certificate is known. */
void advice_add_general(struct advice *advice, const char *certname, const char *hostname);

/* Adds what gets a TLSRoute for HOSTNAME into effect: that of POOL (NULL: it is not known whose).
 * WHY says, in a sentence, what shows that there is none. */
void advice_add_for_route(struct advice *advice, const struct advice_pool *pool,
                          const char *hostname, const char *why);

/* Adds one step. TEXT is copied; COMMAND, or NULL, is taken over. */
void advice_add(struct advice *advice, const char *text, char *command);

/* Frees what ADVICE holds and empties it. */
void advice_clear(struct advice *advice);

#endif
