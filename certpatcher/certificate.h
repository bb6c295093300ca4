/* SPDX-License-Identifier: Apache-2.0 */
/* A Certificate as it was fetched: what a decision and a patch need of it. */
#ifndef TLSROUTED_CERTPATCHER_CERTIFICATE_H
#define TLSROUTED_CERTPATCHER_CERTIFICATE_H

#include "common/base/projection.h"
#include "common/message/message.h"
#include "common/objects/managers.h"

struct certificate {
    struct message message; /* of type CERTIFICATE, or what object_decode() leaves */
    char *problem;          /* why it cannot be understood, or NULL */
    bool has_names;         /* spec.dnsAltNames is a list */
    bool has_annotations;   /* metadata.annotations is an object */
    bool is_signed;         /* status.phase is Signed */
    bool is_requested;      /* its certificate has been requested, or issued: names that come now
                               may not be in it */
    char *manager;          /* who else last wrote the list, by managedFields; "": nobody */
    uint64_t manager_time, own_time; /* when they did, and tlsrouted; see struct managers */
};

/* What certificate_decode() wants of an object; a constant. */
const struct projection *certificate_projection(void);

/* Fills *CERTIFICATE from PROJECTED, of which nothing is kept. The caller clears it. */
void certificate_decode(const struct projected *projected, struct certificate *certificate);

/* The same for the JSON text of an object, of SIZE bytes at TEXT. */
void certificate_read(const char *text, size_t size, struct certificate *certificate);

/* Who has written the list; borrowed from CERTIFICATE. */
struct managers certificate_managers(const struct certificate *certificate);

/* An empty one, of which nothing is known. */
struct certificate certificate_none(void);

void certificate_clear(struct certificate *certificate);

#endif
