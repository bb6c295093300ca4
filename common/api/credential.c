/* SPDX-License-Identifier: Apache-2.0 */
/* A request goes on with the identity that it was started with, even if another one has come since.
 */
#include "common/api/credential.h"

#include "common/api/handle.h"
#include "common/base/log.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

struct api_credential {
    unsigned holders;
    char *authorization; /* the whole header, or NULL */
    char *certificate_pem;
    char *key_pem;
    struct curl_slist accept, expect, token; /* linked, without memory of their own */
};

static bool is_header_text(const char *token);
static void set_blob(CURL *, CURLoption, char *pem);

/* libcurl only reads these, but its list has no const. The second one takes out "Expect:
 * 100-continue", which costs a round trip with HTTP/1.1. */
static char accept_header[] = "Accept: application/json";
static char expect_header[] = "Expect:";

struct api_credential *api_credential_new(const struct api_identity *identity)
{
    struct api_credential *credential = memory_new(1, sizeof(*credential));

    credential->holders = 1;
    credential->certificate_pem = memory_text(identity->certificate_pem);
    credential->key_pem = memory_text(identity->key_pem);
    credential->accept = (struct curl_slist){.data = accept_header, .next = &credential->expect};
    credential->expect = (struct curl_slist){.data = expect_header};
    if (identity->token == NULL)
        return credential;
    if (!is_header_text(identity->token)) {
        log_error("the bearer token is empty, or contains spaces or control characters, and is not "
                  "sent: check the file or command that it comes from");
        return credential;
    }
    credential->authorization = memory_format("Authorization: Bearer %s", identity->token);
    credential->token.data = credential->authorization;
    credential->expect.next = &credential->token;
    return credential;
}

struct api_credential *api_credential_hold(struct api_credential *credential)
{
    credential->holders++;
    return credential;
}

void api_credential_release(struct api_credential *credential)
{
    if (credential == NULL || --credential->holders > 0)
        return;
    memory_wipe_text(credential->authorization);
    memory_wipe_text(credential->key_pem);
    free(credential->certificate_pem);
    free(credential);
}

void api_credential_apply(const struct api_credential *credential, CURL *easy)
{
    set_blob(easy, CURLOPT_SSLCERT_BLOB, credential->certificate_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, credential->key_pem);
}

struct curl_slist *api_credential_headers(struct api_credential *credential)
{
    return &credential->accept;
}

/* Other characters could end the header and start another one. */
static bool is_header_text(const char *token)
{
    if (*token == '\0')
        return false;
    for (; *token != '\0'; token++) {
        if (*token <= ' ' || *token > '~')
            return false;
    }
    return true;
}

static void set_blob(CURL *easy, CURLoption option, char *pem)
{
    struct curl_blob blob = {.data = pem, .flags = CURL_BLOB_NOCOPY};

    if (pem != NULL)
        blob.len = strlen(pem);
    api_handle_check(curl_easy_setopt(easy, option, pem != NULL ? &blob : NULL), "identity");
}
