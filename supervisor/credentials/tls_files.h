/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate and the key that the exporter shows its clients. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_TLS_FILES_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_TLS_FILES_H

#include "supervisor/config/config.h"

#include <stdbool.h>

/* PEM as text, or both NULL: no TLS. */
struct tls_files {
    char *certificate_pem, *key_pem;
};

/* Reads the files that CONFIG names, if it names any. On success returns NULL and fills *FILES, to
 * be released with tls_files_clear(). Otherwise returns one line that says what is wrong (the
 * caller frees it) and leaves *FILES empty. */
char *tls_files_read(const struct config *config, struct tls_files *files);

bool tls_files_same(const struct tls_files *a, const struct tls_files *b);

/* Wipes and frees. */
void tls_files_clear(struct tls_files *files);

#endif
