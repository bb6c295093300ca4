/* SPDX-License-Identifier: Apache-2.0 */
/* ExecCredential (client.authentication.k8s.io, v1 and v1beta1, which differ in their names only):
 * what an exec plugin is given and what it prints. Pure: the time is an argument. */
#ifndef TLSROUTED_PLUGIN_EXEC_CREDENTIAL_H
#define TLSROUTED_PLUGIN_EXEC_CREDENTIAL_H

#include "common/message/message.h"

#include <json-c/json.h>
#include <stddef.h>
#include <time.h>

enum exec_credential_limit {
    EXEC_CREDENTIAL_MAX = 256 * 1024, /* bytes that a plugin may print */
};

/* The value of KUBERNETES_EXEC_INFO for REQUEST: that nobody can be asked for input, and the
 * cluster if the plugin wants it. The caller frees it. */
char *exec_credential_info(const struct exec_request_message *request);

/* Reads the SIZE bytes at BYTES, which the plugin has printed at the time NOW (since 1970) in the
 * apiVersion that it was told, VERSION, into RESULT, whose texts last as long as *OBJECT, which the
 * caller releases. Returns NULL, or what is wrong (a constant), without a word of what was printed.
 */
const char *exec_credential_read(const char *bytes, size_t size, time_t now, const char *version,
                                 struct exec_result_message *result, struct json_object **object);

/* TEXT (RFC 3339) as seconds since 1970, -1 if it is not a time. */
time_t exec_credential_time(const char *text);

#endif
