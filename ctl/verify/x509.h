/* SPDX-License-Identifier: Apache-2.0 */
/* What an X.509 certificate says: whose it is, for which names, how long it is valid. */
#ifndef TLSROUTED_CTL_VERIFY_X509_H
#define TLSROUTED_CTL_VERIFY_X509_H

#include "common/base/text_list.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

/* All texts are owned and safe for a terminal. All zero: nothing is known. */
struct x509_info {
    char *subject, *issuer; /* RFC 2253 */
    char *certname;         /* the subject's last CN, "" if it has none */
    char *serial;           /* hexadecimal */
    struct text_list names; /* the DNS names of its subjectAltName */
    time_t not_before, not_after;
    bool is_self_signed; /* its subject is its issuer */
};

/* Reads CERTIFICATE. The caller releases the result with x509_info_clear(). */
struct x509_info x509_info_of(X509 *certificate);

/* Frees what INFO holds and empties it. */
void x509_info_clear(struct x509_info *info);

/* Whether CERTIFICATE is valid for the host NAME. Only the DNS names of its subjectAltName count,
 * not the CN; case does not matter; a wildcard is the whole first label and stands for exactly one
 * (RFC 6125, 6.4; RFC 9525, 6.3). */
bool x509_has_name(X509 *certificate, const char *name);

/* TIME as "2031-01-02T03:04:05Z". The caller frees it. */
char *x509_time(time_t time);

#endif
