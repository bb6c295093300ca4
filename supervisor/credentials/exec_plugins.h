/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that come from exec plugins: run, run again before they expire, and when refused. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_EXEC_PLUGINS_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_EXEC_PLUGINS_H

#include "common/base/delays.h"

#include "common/kubeconfig/credential.h"
#include "supervisor/connections/helpers.h"

struct exec_plugins;

/* A plugin has given ROLE a credential: DONE is borrowed. */
typedef void exec_plugins_given(enum role role, const struct exec_result_message *done,
                                void *context);

/* Runs nothing yet. To be released with exec_plugins_free(). */
struct exec_plugins *exec_plugins_new(struct event_base *base, struct helpers *helpers,
                                      exec_plugins_given *given, void *context);

/* PLUGINS may be NULL. */
void exec_plugins_free(struct exec_plugins *exec_plugins);

/* Gets ROLE a credential by the plugin of CREDENTIAL, which is borrowed and has to last until the
 * next call for ROLE, now, and again after 80 % of its life. It is tried until it succeeds; a
 * failure is logged once. Without a plugin nothing is run for ROLE any more. */
void exec_plugins_use(struct exec_plugins *exec_plugins, enum role role,
                      const struct credential *credential);

/* What the plugin of ROLE has given was refused: it is run again soon. */
void exec_plugins_refused(struct exec_plugins *exec_plugins, enum role role);

#endif
