/* SPDX-License-Identifier: Apache-2.0 */
/* TLS for the exporter's clients. */
#ifndef TLSROUTED_EXPORTER_TLS_H
#define TLSROUTED_EXPORTER_TLS_H

#include <openssl/ssl.h>

/* A context for a server with the certificate (and its chain) in CERTIFICATE_PEM and the key in
 * KEY_PEM, from TLS 1.2 on. NULL if they cannot be used. To be released with SSL_CTX_free(). */
SSL_CTX *tls_context(const char *certificate_pem, const char *key_pem);

#endif
