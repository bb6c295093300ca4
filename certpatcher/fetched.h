/* SPDX-License-Identifier: Apache-2.0 */
/* A Certificate as it was read: what a decision and a patch need of it. */
#ifndef TLSROUTED_CERTPATCHER_FETCHED_H
#define TLSROUTED_CERTPATCHER_FETCHED_H

#include "common/message/message.h"

#include <json-c/json.h>

struct fetched {
    struct message message; /* of type CERTIFICATE, or what object_decode() leaves */
    char *problem;          /* why it cannot be understood, or NULL */
    bool has_names;         /* spec.dnsAltNames is a list */
    bool has_annotations;   /* metadata.annotations is an object */
    bool has_ledger;        /* with the ledger in it, whose text is in the message as it is */
    bool is_signed;         /* status.phase is Signed */
    char *manager;          /* who else last wrote the list, by managedFields; "" if nobody did */
};

/* Fills *READING from OBJECT, of which nothing is kept. */
void fetched_of(struct json_object *object, struct fetched *fetched);

void fetched_clear(struct fetched *fetched);

#endif
