/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of certificates and keys when they are read, so that a wrong one is named by its file and
 * not by a TLS alert later.
 *
 * Each function returns NULL if all is well, else "what is wrong; what to do" (the caller frees
 * it). PEM is text; other blocks and comments in it are passed over. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_PEM_H
#define TLSROUTED_COMMON_KUBECONFIG_PEM_H

/* PEM holds one certificate at least, and all are whole. */
char *pem_check_authorities(const char *pem);

/* PEM holds a client certificate, which is valid now, and perhaps the chain above it. */
char *pem_check_certificate(const char *pem);

/* PEM holds a private key without a passphrase. */
char *pem_check_key(const char *pem);

/* The key in KEY_PEM belongs to the first certificate in CERTIFICATE_PEM; both passed the above. */
char *pem_check_pair(const char *certificate_pem, const char *key_pem);

#endif
