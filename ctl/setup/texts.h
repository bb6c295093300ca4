/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the files that `setup` writes. Pure. */
#ifndef TLSROUTED_CTL_SETUP_TEXTS_H
#define TLSROUTED_CTL_SETUP_TEXTS_H

#include "ctl/connect/connection.h"
#include "ctl/setup/compose.h"

/* The files of one tlsrouted. */
enum texts_file {
    TEXTS_KUBECONFIG, /* of the minter */
    TEXTS_TOKEN,      /* of the minter */
    TEXTS_CONFIG,
};

/* INSTANCE is the NAME of tlsrouted@NAME.service, or NULL for tlsrouted.service. */

/* The name of FILE in their folder. The caller frees it. */
char *texts_name(enum texts_file file, const char *instance);

/* The minter's kubeconfig, for SERVER and an account in the namespace HOME. Its token is in a file
 * beside it. The caller frees it. */
char *texts_kubeconfig(const struct connection_server *server, const char *home,
                       const char *instance);

/* The configuration of a tlsrouted with the rights of CHOICE. The caller frees it. */
char *texts_config(const struct compose_choice *choice, const char *instance);

/* What a configuration that does not name the minter's credential needs: one line for people. The
 * caller frees it. */
char *texts_missing(const struct compose_choice *choice, const char *instance);

/* Whether TEXT, of a file, was written by `setup`. */
bool texts_is_ours(const char *text);

/* Whether TEXT, a configuration, says where the credential of a minter in HOME is. */
bool texts_names_minter(const char *text, const char *home);

#endif
