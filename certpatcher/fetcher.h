/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches the wanted Certificates and the Servers and Pools around them, once for all of them:
 * single objects where few are wanted, whole lists where many are. It serves one batch. */
#ifndef TLSROUTED_CERTPATCHER_FETCHER_H
#define TLSROUTED_CERTPATCHER_FETCHER_H

#include "certpatcher/certificate.h"
#include "common/api/api.h"
#include "common/objects/injection.h"

struct fetcher;

/* Everything has been fetched, or could not be. Called once, from the loop. */
typedef void fetcher_done(void *context);

/* A fetcher that uses API. ALL_NAMESPACES: the account may list all namespaces at once. */
struct fetcher *fetcher_new(struct api *api, bool all_namespaces, fetcher_done *done,
                            void *context);

/* Wants the Certificate NAME; false if it is wanted already, for it can be taken only once. To be
 * called before fetcher_begin(), which begins to fetch. */
bool fetcher_want(struct fetcher *fetcher, const char *namespace, const char *name);
void fetcher_begin(struct fetcher *fetcher);

/* Why the objects of NAMESPACE could not be fetched: an error, its status and its retry_after, with
 * a message that is the fetcher's; the error is API_OK if they could. */
struct api_result fetcher_failure(const struct fetcher *fetcher, const char *namespace);

/* Moves the wanted Certificate NAME to *CERTIFICATE, which the caller clears; false if it does not
 * exist. */
bool fetcher_take(struct fetcher *fetcher, const char *namespace, const char *name,
                  struct certificate *certificate);

/* Adds to DEMANDS what the Servers and Pools around CERTIFICATE demand. The texts are the
 * fetcher's. */
void fetcher_gather(const struct fetcher *fetcher, const struct certificate_message *certificate,
                    struct injection_demands *demands);

/* Ends it, also while it is fetching. */
void fetcher_free(struct fetcher *fetcher);

#endif
