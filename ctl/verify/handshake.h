/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS handshake as an agent makes it, to see the certificate that it is sent. */
#ifndef TLSROUTED_CTL_VERIFY_HANDSHAKE_H
#define TLSROUTED_CTL_VERIFY_HANDSHAKE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* What came of a handshake. All zero: nothing. */
struct handshake {
    X509 *certificate;                /* the peer's, owned; NULL if it has sent none */
    const char *version;              /* "TLSv1.3", a constant; NULL without a certificate */
    const char *alert;                /* the alert that the peer has sent, a constant; or NULL */
    bool requests_client_certificate; /* the peer does; none is sent */
    int trust;     /* X509_V_OK, or why the chain does not verify; see handshake_verifies_chain() */
    bool was_cut;  /* the peer closed the connection without a word */
    char *problem; /* one line, owned: why the handshake was not completed; or NULL */
};

/* A context for handshakes: TLS 1.2 or later, with the authorities in the PEM file CA_FILE, or none
 * for NULL. On success returns it, to be released with SSL_CTX_free(). Otherwise returns NULL, and
 * *PROBLEM is one line that says why (the caller frees it). */
SSL_CTX *handshake_context(const char *ca_file, char **problem);

/* Whether CONTEXT has authorities to verify a chain against. */
bool handshake_verifies_chain(const SSL_CTX *context);

/* Makes a handshake over DESCRIPTOR, a non-blocking socket, with SERVER_NAME as SNI, until DEADLINE
 * (clock_milliseconds()). Fills *HANDSHAKE, to be released with handshake_clear(). There is a
 * certificate even if the peer aborts the handshake after sending it, as a server does in TLS 1.2
 * that requires client certificates. */
void handshake_run(SSL_CTX *context, int descriptor, const char *server_name, int64_t deadline,
                   struct handshake *handshake);

/* Frees what HANDSHAKE holds and empties it. */
void handshake_clear(struct handshake *handshake);

#endif
