/* SPDX-License-Identifier: Apache-2.0 */
/* One name asked for at several places, in turn, until one shows a certificate. */
#ifndef TLSROUTED_CTL_VERIFY_PROBE_H
#define TLSROUTED_CTL_VERIFY_PROBE_H

#include "ctl/verify/endpoint.h"
#include "ctl/verify/handshake.h"

/* What came of it. All zero is nothing. */
struct probe {
    char *address; /* "192.0.2.1:8140", owned: of the peer that has shown a certificate, or NULL */
    struct handshake handshake; /* with it */
    char *problem; /* owned; if there is no certificate: what each place has answered instead */
};

/* Asks for SERVER_NAME at each address of each of PLACES until a certificate is shown, MILLISECONDS
 * in all: each address has its share of what is left. Fills *PROBE, to be released with
 * probe_clear(). */
void probe_run(SSL_CTX *context, const struct endpoints *places, const char *server_name,
               unsigned milliseconds, struct probe *probe);

/* Frees what it holds and empties it. */
void probe_clear(struct probe *probe);

#endif
