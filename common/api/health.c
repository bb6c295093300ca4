/* SPDX-License-Identifier: Apache-2.0 */
/* Hundreds of requests fail for one cause: people see one line about it, and what to do. */
#include "common/api/health.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"

static bool is_repeated(struct api_health *);
static const char *explain(const struct api_failure *, CURLcode code);

void api_health_failed(struct api_health *health, const struct api_failure *failure, CURLcode code)
{
    /* Only API_UNREACHABLE may pass by itself; the others need somebody to act. */
    enum log_level level = failure->error == API_UNREACHABLE || failure->error == API_FOREIGN
                               ? LOG_WARNING
                               : LOG_ERROR;

    if (failure->error == health->failure || (failure->error == API_FOREIGN && is_repeated(health)))
        return;
    if (health->failure == API_OK)
        health->since = clock_seconds();
    health->failure = failure->error;
    LOG_EVENT(level, explain(failure, code), LOG_TEXT("server", health->server),
              LOG_TEXT("reason", failure->message), (struct log_field){.name = NULL});
}

void api_health_answered(struct api_health *health)
{
    if (health->failure == API_OK)
        return;
    health->failure = API_OK;
    health->returned = clock_seconds();
    log_info("the API server answers again", LOG_TEXT("server", health->server),
             LOG_NUMBER("seconds", clock_seconds() - health->since));
}

void api_health_judge(const struct api_health *health, struct api_failure *failure)
{
    if (api_is_rbac_refusal(failure->status, failure->message) && health->returned != 0 &&
        clock_seconds() - health->returned < API_RBAC_SECONDS)
        failure->error = API_STARTING;
}

/* What stands before the API server may answer some requests itself, and pass the others on. */
static bool is_repeated(struct api_health *health)
{
    time_t now = clock_seconds();

    if (health->foreign_logged != 0 && now - health->foreign_logged < API_FOREIGN_SECONDS)
        return true;
    health->foreign_logged = now;
    return false;
}

static const char *explain(const struct api_failure *failure, CURLcode code)
{
    if (failure->error == API_UNREACHABLE)
        return "cannot reach the API server; still trying";
    if (failure->error == API_FOREIGN)
        return "something else answers in place of the API server; still trying";
    if (failure->is_of_proxy)
        return "cannot establish a TLS connection to the proxy: check that it speaks TLS, and that "
               "its certificate is for the name in its address and verifies against the CA that is "
               "configured for the API server";
    if (failure->error == API_UNAUTHORIZED)
        return "the API server refuses the credential (401): the token has expired or was revoked, "
               "or belongs to another cluster; renew it";
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_SSL_ISSUER_ERROR)
        return "the API server's certificate does not verify against the configured CA, or is for "
               "another name: check certificate-authority-data / caFile, and the server's address "
               "or tls-server-name";
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CLIENTCERT)
        return "the client certificate or its key cannot be used: check client-certificate-data "
               "and client-key-data, and that they belong together";
    return "cannot establish a TLS connection to the API server: check that the address is that of "
           "an HTTPS server with TLS 1.2 or later";
}
