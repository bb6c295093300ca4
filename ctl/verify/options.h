/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tlsroutectl verify`. */
#ifndef TLSROUTED_CTL_VERIFY_OPTIONS_H
#define TLSROUTED_CTL_VERIFY_OPTIONS_H

#include <stdbool.h>

enum {
    VERIFY_SECONDS = 10, /* where --timeout does not say otherwise */
    VERIFY_SECONDS_MAX = 3600
};

/* Texts are borrowed from the command line but for NAMESPACE; NULL for what is not given. */
struct verify_options {
    char *namespace;  /* owned: of --namespace or of NS/POOL */
    const char *pool; /* NULL: all that have a route */
    const char *connect, *hostname, *ca_file, *kubeconfig, *context;
    unsigned seconds;
    bool json, help;
};

/* Reads ARGV, of which the first word is the command's name. Returns NULL and fills *OPTIONS, to be
 * released with verify_options_clear(); or says what is wrong, in one line that the caller frees,
 * or "" where getopt has said it. */
char *verify_options_read(int argc, char **argv, struct verify_options *options);

void verify_options_clear(struct verify_options *options);

#endif
