/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a request before anything is fetched for it. Pure. */
#ifndef TLSROUTED_CERTPATCHER_REQUEST_H
#define TLSROUTED_CERTPATCHER_REQUEST_H

#include "common/message/message.h"

/* Why nothing is done for the Certificate NAME, whatever the API server holds: a constant text for
 * people, or NULL. */
const char *request_refusal(const char *namespace, const char *name,
                            const struct settings_message *settings);

/* Whether REQUEST asks for nothing: no name of the Certificate waits for its withdrawal any more.
 */
bool request_is_empty(const struct inject_message *request);

#endif
