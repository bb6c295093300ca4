/* SPDX-License-Identifier: Apache-2.0 */
/* An identity in the form that libcurl takes, shared by the requests that were started with it, and
 * wiped when the last of them has ended. */
#ifndef TLSROUTED_COMMON_API_CREDENTIAL_H
#define TLSROUTED_COMMON_API_CREDENTIAL_H

#include "common/api/settings.h"

#include <curl/curl.h>

struct api_credential;

/* A copy of IDENTITY with one holder, the caller, who releases it with api_credential_release(). A
 * token that cannot be put into a header is logged and left out. */
struct api_credential *api_credential_new(const struct api_identity *identity);

/* Adds a holder and returns CREDENTIAL. */
struct api_credential *api_credential_hold(struct api_credential *credential);

/* Removes a holder; with the last one CREDENTIAL is wiped and freed. CREDENTIAL may be NULL. */
void api_credential_release(struct api_credential *credential);

/* Sets the client certificate and key of EASY, or none. EASY borrows them: the credential must be
 * held until EASY is given another one or cleaned up. */
void api_credential_apply(const struct api_credential *credential, CURL *easy);

/* The headers of every request, owned by the credential. Nodes of the caller's own may be put in
 * front. */
struct curl_slist *api_credential_headers(struct api_credential *credential);

#endif
