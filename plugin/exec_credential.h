/* SPDX-License-Identifier: Apache-2.0 */
/* ExecCredential (client.authentication.k8s.io/v1): what a plugin is told and what it prints. Pure
 * but for the time, which is an argument. */
#ifndef TLSROUTED_PLUGIN_EXEC_CREDENTIAL_H
#define TLSROUTED_PLUGIN_EXEC_CREDENTIAL_H

#include "common/message/message.h"

#include <json-c/json.h>
#include <stddef.h>
#include <time.h>

enum exec_credential_limit {
    EXEC_CREDENTIAL_MAX = 256 * 1024, /* bytes that a plugin may print */
};

/* The value of KUBERNETES_EXEC_INFO for ASK: that we are not interactive, and the cluster if it is
 * wanted. The caller frees it. */
char *exec_credential_info(const struct exec_request_message *ask);

/* Reads the SIZE bytes at BYTES, what the plugin has printed at the time NOW (since 1970), into
 * DONE, whose texts last as long as *OBJECT, which the caller puts back. Returns NULL, or what is
 * wrong with it (a constant), without a word of what was printed. */
const char *exec_credential_read(const char *bytes, size_t size, time_t now,
                                 struct exec_result_message *done, struct json_object **object);

/* The seconds since 1970 of TEXT (RFC 3339), -1 if it is no time. */
time_t exec_credential_time(const char *text);

#endif
