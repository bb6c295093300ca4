/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS handshake as an agent makes it, to see the certificate that it is shown. */
#ifndef TLSROUTED_CTL_VERIFY_HANDSHAKE_H
#define TLSROUTED_CTL_VERIFY_HANDSHAKE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* What a handshake has shown. All zero shows nothing. */
struct handshake {
    X509 *certificate;    /* the peer's, owned; NULL if it has shown none */
    const char *version;  /* "TLSv1.3", a constant; NULL without a certificate */
    const char *alert;    /* the alert that the peer has sent, a constant; NULL if none came */
    bool asks_api_worker; /* the peer asked for a client certificate; we have none to show */
    int trust;            /* X509_V_OK, or why the chain does not verify; see handshake_trusts() */
    char *problem;        /* one line, owned: why the handshake did not come to its end, or NULL */
};

/* What all handshakes have in common: TLS 1.2 or later, and the authorities in the PEM file
 * CA_FILE, or none for NULL. On success returns it, to be released with SSL_CTX_free(). Otherwise
 * returns NULL and *PROBLEM is one line that says why (the caller frees it). */
SSL_CTX *handshake_context(const char *ca_file, char **problem);

/* Whether CONTEXT has authorities to verify a chain against. */
bool handshake_trusts(const SSL_CTX *context);

/* Makes a handshake over DESCRIPTOR, a non-blocking socket, with SERVER_NAME as SNI, until DEADLINE
 * (clock_milliseconds()). Fills *HANDSHAKE, to be released with handshake_clear(). The certificate
 * is there also if the peer ends the handshake after it has shown it: a server that authenticates
 * its clients does so in TLS 1.2. */
void handshake_run(SSL_CTX *context, int descriptor, const char *server_name, int64_t deadline,
                   struct handshake *handshake);

/* Frees what it holds and empties it. */
void handshake_clear(struct handshake *handshake);

#endif
