/* SPDX-License-Identifier: Apache-2.0 */
/* Where a Pool's hostname is served, by what the Gateway says. Pure. */
#ifndef TLSROUTED_CTL_VERIFY_GATEWAY_H
#define TLSROUTED_CTL_VERIFY_GATEWAY_H

#include "ctl/verify/endpoint.h"

#include <json-c/json.h>

/* Adds to PLACES each address of GATEWAY's status with the port of its listener SECTION, or, where
 * that is "", with the ports of all TLS listeners that take HOSTNAME; port by port, addresses in
 * the Gateway's order. Returns NULL, or one line that says why there are none (the caller frees
 * it). */
char *gateway_places(struct json_object *gateway, const char *section, const char *hostname,
                     struct endpoints *places);

/* The name to ask a server for: HOSTNAME, or, for a wildcard, a name that it covers. The caller
 * frees it. */
char *gateway_server_name(const char *hostname);

#endif
