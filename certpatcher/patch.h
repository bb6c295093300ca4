/* The patch that adds a name to a Certificate. Pure. */
#ifndef TLSROUTED_CERTPATCHER_PATCH_H
#define TLSROUTED_CERTPATCHER_PATCH_H

#include <json-c/json.h>

/* The JSON Patch that adds HOSTNAME to spec.dnsAltNames of CERTIFICATE, the object as it was read,
 * and keeps what is there. It tests that the Certificate is still that one and that its list is
 * still that list, so a change in between makes it fail. A new reference. */
struct json_object *patch_add_name(struct json_object *certificate, const char *hostname);

#endif
