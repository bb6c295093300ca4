/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate says: whose it is, for which names, until when. */
#ifndef TLSROUTED_CTL_VERIFY_SERVED_H
#define TLSROUTED_CTL_VERIFY_SERVED_H

#include "common/base/text_list.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

/* All texts are fit for a terminal and owned. All zero is nothing. */
struct served {
    char *subject, *issuer; /* RFC 2253 */
    char *certname;         /* the subject's last CN, "" if it has none */
    char *serial;           /* hexadecimal */
    struct text_list names; /* the DNS names of its subjectAltName */
    time_t not_before, not_after;
};

/* Reads CERTIFICATE. The caller releases the result with served_clear(). */
struct served served_read(X509 *certificate);

/* Frees what it holds and empties it. */
void served_clear(struct served *served);

/* Whether CERTIFICATE is for the host NAME, by the DNS names of its subjectAltName alone: a "*" is
 * the whole first label and stands for one label, the CN counts nothing, case does not matter
 * (RFC 6125, 6.4; RFC 9525, 6.3). */
bool served_carries(X509 *certificate, const char *name);

/* TIME as "2031-01-02T03:04:05Z". The caller frees it. */
char *served_time(time_t time);

#endif
