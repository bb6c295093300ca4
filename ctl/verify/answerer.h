/* SPDX-License-Identifier: Apache-2.0 */
/* Who answered a handshake: what has to be known before anything is said about the certificate.
 * Pure. */
#ifndef TLSROUTED_CTL_VERIFY_ANSWERER_H
#define TLSROUTED_CTL_VERIFY_ANSWERER_H

#include "ctl/verify/x509.h"

#include <stdbool.h>

enum answerer {
    ANSWERER_NOBODY,
    ANSWERER_PUPPET,  /* a Puppet server */
    ANSWERER_GATEWAY, /* the Gateway itself, with its default certificate */
    ANSWERER_OTHER,   /* somebody else */
    ANSWERERS,
};

/* What was seen of a handshake. */
struct answerer_evidence {
    const struct x509_info *info;     /* of the certificate; all zero: none was served */
    bool is_of_pool;                  /* one of the Pool's Certificates has its certname */
    bool is_trusted;                  /* its chain verifies against the given CA */
    bool requests_client_certificate; /* as every Puppet server does */
};

enum answerer answerer_judge(const struct answerer_evidence *evidence);

/* ANSWERER for scripts, "puppet-server"; and for people, as an object of "answered by". Constants.
 */
const char *answerer_name(enum answerer answerer);
const char *answerer_text(enum answerer answerer);

#endif
