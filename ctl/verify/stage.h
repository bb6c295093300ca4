/* SPDX-License-Identifier: Apache-2.0 */
/* How far a name has come on its way into a certificate, and what is left to do. Pure. */
#ifndef TLSROUTED_CTL_VERIFY_STAGE_H
#define TLSROUTED_CTL_VERIFY_STAGE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Of a name and a Certificate, in the order in which they follow. */
enum stage {
    STAGE_NOT_INJECTED, /* the Certificate's spec does not have the name */
    STAGE_NOT_ISSUED,   /* it has, and its certificate is still on its way */
    STAGE_REISSUE,      /* it has, but what was issued before it had is still in use */
    STAGE_SERVED,       /* the certificate that is served is this one and has the name */
    STAGE_UNKNOWN,      /* a spec that has the name, and another certificate was looked at */
    STAGES,
};

/* A Certificate that a Server of the Pool uses. All texts are owned. */
struct stage_certificate {
    char *name, *server, *certname, *secret, *phase; /* "": not known */
    bool in_spec;                                    /* spec.dnsAltNames has the name */
    bool derived; /* status.effectiveDNSAltNames has it: its operator sees to it by itself */
    bool exists;  /* false: the Server refers to a Certificate that is not there */
    enum stage stage;
};

/* What the Pool says about injection. */
struct stage_pool {
    const char *namespace, *name, *hostname;
    bool inject, paused;
};

/* What a person has to do next; COMMAND may be NULL and has a line end at each place where it may
 * be broken. Both are owned. */
struct stage_step {
    char *text, *command;
};
struct stage_steps {
    struct stage_step *items;
    size_t count;
};

/* The name of STAGE for JSON, and as the end of a sentence about a Certificate; constants. */
const char *stage_name(enum stage stage);
const char *stage_text(enum stage stage);

/* What OBJECT, a Certificate or NULL for one called NAME that does not exist, says about HOSTNAME,
 * when a certificate of the certname SERVED ("": of none) was served that CARRIES the hostname or
 * does not. SERVER is the Server that uses it. Released with stage_certificate_clear(). */
struct stage_certificate stage_read(struct json_object *object, const char *name,
                                    const char *server, const char *hostname, const char *served,
                                    bool carries);
void stage_certificate_clear(struct stage_certificate *certificate);

/* Adds to STEPS what has CERTIFICATE, which is at a stage before STAGE_SERVED, get the Pool's
 * hostname. */
void stage_add_steps(struct stage_steps *steps, const struct stage_pool *pool,
                     const struct stage_certificate *certificate);

/* Adds what is to be done about the certificate of CERTNAME, of which no Certificate is known. */
void stage_add_plain_steps(struct stage_steps *steps, const char *certname, const char *hostname);

/* Adds one step; COMMAND, or NULL, is taken over, TEXT is copied. */
void stage_add_step(struct stage_steps *steps, const char *text, char *command);

void stage_steps_clear(struct stage_steps *steps);

#endif
