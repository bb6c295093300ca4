/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that come from exec plugins: a plugin is run, and run again before the credential
 * expires and when it was refused. */
#ifndef TLSROUTED_SUPERVISOR_CREDENTIALS_EXEC_PLUGINS_H
#define TLSROUTED_SUPERVISOR_CREDENTIALS_EXEC_PLUGINS_H

#include "common/kubeconfig/credential.h"
#include "supervisor/processes/helpers.h"

struct exec_plugins;

/* The plugin of ROLE gave a credential: RESULT is borrowed. */
typedef void exec_plugins_result(enum role role, const struct exec_result_message *result,
                                 void *context);

/* Runs nothing yet. To be released with exec_plugins_free(). */
struct exec_plugins *exec_plugins_new(struct event_base *base, struct helpers *helpers,
                                      exec_plugins_result *on_result, void *context);

/* EXEC_PLUGINS may be NULL. */
void exec_plugins_free(struct exec_plugins *exec_plugins);

/* Runs the plugin of CREDENTIAL for ROLE, now and again after 80 % of the life of what it gave. It
 * is tried until it succeeds; a failure is logged once. Without a plugin nothing is run for ROLE
 * any more. CREDENTIAL is borrowed until the next call for ROLE. */
void exec_plugins_use(struct exec_plugins *exec_plugins, enum role role,
                      const struct credential *credential);

/* The API server refused what the plugin of ROLE gave: it is run again soon. */
void exec_plugins_refused(struct exec_plugins *exec_plugins, enum role role);

#endif
