/* SPDX-License-Identifier: Apache-2.0 */
/* The exec plugin of a kubeconfig, run for the person who uses it. */
#ifndef TLSROUTED_CTL_CONNECT_LOGIN_H
#define TLSROUTED_CTL_CONNECT_LOGIN_H

#include "common/kubeconfig/credential.h"

/* Runs the plugin of CREDENTIAL, with the environment of this process, and gives CREDENTIAL the
 * identity that it prints. Takes EXEC_PLUGIN_RUN_SECONDS at most. Returns NULL, or one line that
 * says why there is none (the caller frees it). */
char *login_run(struct credential *credential);

#endif
