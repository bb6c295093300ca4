/* SPDX-License-Identifier: Apache-2.0 */
/* An identity in the form in which libcurl takes it, shared by the requests that were sent with
 * it, and wiped when the last of them has ended. */
#ifndef TLSROUTED_COMMON_API_CREDENTIAL_H
#define TLSROUTED_COMMON_API_CREDENTIAL_H

#include "common/api/api.h"

#include <curl/curl.h>

struct api_credential;

/* A copy of IDENTITY with one holder, the caller, who gives it back with api_credential_release().
 * A token that cannot stand in a header is logged and left out. */
struct api_credential *api_credential_new(const struct api_identity *identity);

/* One holder more; the result is CREDENTIAL. */
struct api_credential *api_credential_hold(struct api_credential *credential);

/* One holder less; wiped and freed with the last. CREDENTIAL may be NULL. */
void api_credential_release(struct api_credential *credential);

/* Sets the client certificate and key of EASY, or none. What EASY is given is borrowed: the
 * credential must be held until EASY is given another or cleaned up. */
void api_credential_apply(const struct api_credential *credential, CURL *easy);

/* The headers of every request, as the end of a list: a node of the caller's own may point here.
 * Owned by the credential. */
struct curl_slist *api_credential_headers(struct api_credential *credential);

#endif
