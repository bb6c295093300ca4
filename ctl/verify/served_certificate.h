/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that is served for a name at one of several endpoints. */
#ifndef TLSROUTED_CTL_VERIFY_SERVED_CERTIFICATE_H
#define TLSROUTED_CTL_VERIFY_SERVED_CERTIFICATE_H

#include "ctl/connect/endpoint.h"
#include "ctl/verify/handshake.h"

/* All texts are owned. All zero: nothing was tried. */
struct served_certificate {
    char *address;              /* "192.0.2.1:8140": where a certificate was served, or NULL */
    struct handshake handshake; /* the one with it */
    char *problem;              /* without a certificate: what happened at each address instead */
    bool was_cut;               /* likewise: one of them closed the connection without a word */
    unsigned times;             /* that all of them were tried */
};

/* Requests SERVER_NAME at each address of ENDPOINTS in turn until a certificate is served.
 * MILLISECONDS is the time limit in all; each address gets its share of what is left. A handshake
 * that was cut is made again for some seconds: the data plane of a Gateway that is just getting a
 * route may be loading it. Fills *SERVED, to be released with served_certificate_clear(). */
void served_certificate_fetch(SSL_CTX *context, const struct endpoints *endpoints,
                              const char *server_name, unsigned milliseconds,
                              struct served_certificate *served);

/* Frees what SERVED holds and empties it. */
void served_certificate_clear(struct served_certificate *served);

#endif
