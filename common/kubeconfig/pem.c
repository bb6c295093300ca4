/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL would notice a wrong certificate or key during a handshake: it is checked when it is
 * read, where the file can still be named. */
#include "common/kubeconfig/pem.h"

#include "common/base/memory.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *check_dates(const X509 *);
static char *format_date(const ASN1_TIME *);
static X509 *read_certificate(const char *pem);
static EVP_PKEY *read_key(const char *pem);
static BIO *open_text(const char *pem);
static pem_password_cb refuse_passphrase;
static const char *last_reason(void);

char *pem_check_authorities(const char *pem)
{
    BIO *text = open_text(pem);
    X509 *certificate;
    unsigned count = 0;
    bool at_end;
    char *error = NULL;

    ERR_clear_error();
    while ((certificate = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
        X509_free(certificate);
        count++;
    }
    at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end)
        error = memory_format("certificate %u in it is broken (%s); copy it again", count + 1,
                              last_reason());
    else if (count == 0)
        error = memory_text("there is no certificate in it; expected PEM, which begins with "
                            "-----BEGIN CERTIFICATE-----");
    BIO_free(text);
    ERR_clear_error();
    return error;
}

char *pem_check_certificate(const char *pem)
{
    char *error = pem_check_authorities(pem);
    X509 *certificate;

    if (error != NULL)
        return error;
    certificate = read_certificate(pem);
    error = check_dates(certificate);
    X509_free(certificate);
    return error;
}

char *pem_check_key(const char *pem)
{
    EVP_PKEY *key = read_key(pem);
    char *error = NULL;

    if (key == NULL && strstr(pem, "PRIVATE KEY-----") == NULL)
        error = memory_text("there is no private key in it; expected PEM, which begins with "
                            "-----BEGIN PRIVATE KEY----- or similar");
    else if (key == NULL && strstr(pem, "ENCRYPTED") != NULL)
        error = memory_text("the key in it has a passphrase; expected one without");
    else if (key == NULL)
        error = memory_format("the private key in it is broken (%s); copy it again", last_reason());
    EVP_PKEY_free(key);
    ERR_clear_error();
    return error;
}

char *pem_check_pair(const char *certificate_pem, const char *key_pem)
{
    X509 *certificate = read_certificate(certificate_pem);
    EVP_PKEY *key = read_key(key_pem);
    bool match = X509_check_private_key(certificate, key) == 1;

    EVP_PKEY_free(key);
    X509_free(certificate);
    ERR_clear_error();
    return match ? NULL
                 : memory_text("the key does not belong to the client certificate; name the two "
                               "that were made together");
}

/* An expired certificate would only get "bad certificate" from the API server, again and again. */
static char *check_dates(const X509 *certificate)
{
    const ASN1_TIME *begin = X509_get0_notBefore(certificate);
    const ASN1_TIME *end = X509_get0_notAfter(certificate);
    char *date = NULL, *error = NULL;

    if (X509_cmp_current_time(end) < 0) {
        date = format_date(end);
        error = memory_format("the certificate expired on %s; issue a new one", date);
    } else if (X509_cmp_current_time(begin) > 0) {
        date = format_date(begin);
        error = memory_format("the certificate is not valid before %s; check the clock of this "
                              "machine or issue a new one",
                              date);
    }
    free(date);
    return error;
}

static char *format_date(const ASN1_TIME *time)
{
    struct tm utc;
    char text[32] = "a date that cannot be read";

    if (ASN1_TIME_to_tm(time, &utc) == 1)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return memory_text(text);
}

/* The first certificate. The caller frees it. */
static X509 *read_certificate(const char *pem)
{
    BIO *text = open_text(pem);
    X509 *certificate = PEM_read_bio_X509(text, NULL, NULL, NULL);

    BIO_free(text);
    return certificate;
}

/* NULL with OpenSSL's error if there is none that can be read. The caller frees it. */
static EVP_PKEY *read_key(const char *pem)
{
    BIO *text = open_text(pem);
    EVP_PKEY *key;

    ERR_clear_error();
    key = PEM_read_bio_PrivateKey(text, NULL, refuse_passphrase, NULL);
    BIO_free(text);
    return key;
}

static BIO *open_text(const char *pem)
{
    BIO *text = BIO_new_mem_buf(pem, -1);

    if (text == NULL)
        memory_resize(NULL, SIZE_MAX, 2); /* aborts as for all memory that there is not */
    return text;
}

/* OpenSSL's own would ask for one at the terminal. */
static int refuse_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason != NULL ? reason : "unknown reason";
}
