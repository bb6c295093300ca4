/* SPDX-License-Identifier: Apache-2.0 */
/* Where a Pool's hostname is served, according to its Gateway. Pure. */
#ifndef TLSROUTED_CTL_VERIFY_GATEWAY_H
#define TLSROUTED_CTL_VERIFY_GATEWAY_H

#include "ctl/connect/endpoint.h"

#include <json-c/json.h>

/* Adds to ENDPOINTS each address in GATEWAY's status with the port of its listener SECTION or, if
 * that is "", with the port of each TLS listener that accepts HOSTNAME. The order is that of the
 * listeners, then that of the addresses. Returns NULL, or one line that says why there are none
 * (the caller frees it). */
char *gateway_endpoints(struct json_object *gateway, const char *section, const char *hostname,
                        struct endpoints *endpoints);

/* The name to request from a server: HOSTNAME or, if it is a wildcard, a name that it covers. The
 * caller frees it. */
char *gateway_server_name(const char *hostname);

#endif
