/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates for TLS servers and clients of unit tests, made when they are needed. */
#ifndef TLSROUTED_TESTS_UNIT_IDENTITY_H
#define TLSROUTED_TESTS_UNIT_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    char *key_pem, *certificate_pem;
};

/* One with the common name NAME that is valid for an hour, with the subject alternative names SAN
 * in OpenSSL's notation unless it is NULL; signed by ISSUER, or by itself as a CA if that is NULL.
 * The caller releases it with identity_free(). */
struct identity identity_new(const char *name, const char *san, const struct identity *issuer);

void identity_free(struct identity *identity);

#endif
