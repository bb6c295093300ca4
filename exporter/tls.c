/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of TLS are few and fixed: there is one purpose, and nothing to configure wrongly. */
#include "exporter/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>

static bool use_certificates(SSL_CTX *, const char *pem);
static bool use_key(SSL_CTX *, const char *pem);

SSL_CTX *tls_context(const char *certificate_pem, const char *key_pem)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (use_certificates(context, certificate_pem) && use_key(context, key_pem) &&
        SSL_CTX_check_private_key(context) == 1)
        return context;
    SSL_CTX_free(context);
    ERR_clear_error();
    return NULL;
}

static bool use_certificates(SSL_CTX *context, const char *pem)
{
    BIO *text = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(text, NULL, NULL, NULL);
    bool is_valid = certificate != NULL && SSL_CTX_use_certificate(context, certificate) == 1;

    X509_free(certificate);
    while (is_valid && (certificate = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
        is_valid = SSL_CTX_add1_chain_cert(context, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(text);
    ERR_clear_error(); /* reaching the end of the text left one */
    return is_valid;
}

static bool use_key(SSL_CTX *context, const char *pem)
{
    BIO *text = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    bool is_valid = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;

    EVP_PKEY_free(key);
    BIO_free(text);
    return is_valid;
}
