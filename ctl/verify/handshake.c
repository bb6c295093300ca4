/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL usually hides a certificate that does not verify, or whose handshake fails later. Here it
 * is taken as soon as it arrives, because it is what an agent would judge. */
#include "ctl/verify/handshake.h"

#include "common/base/memory.h"
#include "ctl/connect/dial.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* The application data of a context that has authorities. */
static char has_authorities;

static int keep_certificate(X509_STORE_CTX *, void *context);
static int note_certificate_request(SSL *, X509 **certificate, EVP_PKEY **key);
static void note_alert(const SSL *, int where, int value);
static int do_handshake(SSL *, int descriptor, int64_t deadline);
static char *explain(int error, int system_error, const struct handshake *);
static bool is_cut(int error, int system_error, int reason);
static int ssl_reason(void);
static char *library_reason(const char *fallback);

SSL_CTX *handshake_context(const char *ca_file, char **problem)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char *reason;

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        *problem = library_reason("cannot initialise OpenSSL");
        SSL_CTX_free(context);
        return NULL;
    }
    /* Accept whatever the peer sends, even what nobody would trust. */
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(context, keep_certificate, NULL);
    SSL_CTX_set_client_cert_cb(context, note_certificate_request);
    SSL_CTX_set_info_callback(context, note_alert);
    SSL_CTX_set_security_level(context, 0);
    if (ca_file == NULL)
        return context;
    if (SSL_CTX_load_verify_file(context, ca_file) == 1) {
        SSL_CTX_set_app_data(context, &has_authorities);
        return context;
    }
    reason = library_reason("it has no certificate");
    *problem = memory_format("%s: %s (expected certificates in PEM format)", ca_file, reason);
    free(reason);
    SSL_CTX_free(context);
    return NULL;
}

bool handshake_verifies_chain(const SSL_CTX *context)
{
    return SSL_CTX_get_app_data(context) == &has_authorities;
}

void handshake_run(SSL_CTX *context, int descriptor, const char *server_name, int64_t deadline,
                   struct handshake *handshake)
{
    SSL *ssl = SSL_new(context);
    int error, system_error;

    *handshake = (struct handshake){.trust = X509_V_ERR_UNSPECIFIED};
    ERR_clear_error();
    if (ssl == NULL || SSL_set_fd(ssl, descriptor) != 1 ||
        SSL_set_tlsext_host_name(ssl, server_name) != 1) {
        handshake->problem = library_reason("cannot initialise OpenSSL");
        SSL_free(ssl);
        return;
    }
    SSL_set_app_data(ssl, (char *)handshake);
    error = do_handshake(ssl, descriptor, deadline);
    system_error = errno;
    handshake->was_cut = handshake->alert == NULL && is_cut(error, system_error, ssl_reason());
    if (error != SSL_ERROR_NONE)
        handshake->problem = explain(error, system_error, handshake);
    else
        SSL_shutdown(ssl); /* sends close_notify, waits for nothing */
    if (handshake->certificate != NULL)
        handshake->version = SSL_get_version(ssl);
    SSL_free(ssl);
}

void handshake_clear(struct handshake *handshake)
{
    X509_free(handshake->certificate);
    free(handshake->problem);
    *handshake = (struct handshake){0};
}

/* Called by OpenSSL when the peer's certificates have arrived, in TLS 1.2 and 1.3 alike. */
static int keep_certificate(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct handshake *handshake = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(store);

    (void)unused;
    if (certificate != NULL && handshake->certificate == NULL) {
        X509_up_ref(certificate);
        handshake->certificate = certificate;
    }
    if (handshake_verifies_chain(SSL_get_SSL_CTX(ssl)))
        handshake->trust =
            X509_verify_cert(store) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(store);
    return 1;
}

static int note_certificate_request(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
    struct handshake *handshake = SSL_get_app_data(ssl);

    (void)certificate;
    (void)key;
    handshake->requests_client_certificate = true;
    return 0; /* continue without one */
}

static void note_alert(const SSL *ssl, int where, int value)
{
    struct handshake *handshake = SSL_get_app_data(ssl);

    if (handshake != NULL && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
        (value & 0xff) != SSL_AD_CLOSE_NOTIFY)
        handshake->alert = SSL_alert_desc_string_long(value);
}

/* SSL_ERROR_NONE when the handshake is complete, SSL_ERROR_WANT_READ when time is up, otherwise the
 * result of SSL_get_error(), with errno. */
static int do_handshake(SSL *ssl, int descriptor, int64_t deadline)
{
    for (;;) {
        int result = SSL_connect(ssl), system_error = errno;
        int error = SSL_get_error(ssl, result);

        errno = system_error;
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return error;
        if (!dial_wait(descriptor, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline))
            return SSL_ERROR_WANT_READ;
    }
}

static char *explain(int error, int system_error, const struct handshake *handshake)
{
    int reason = ssl_reason();

    if (error == SSL_ERROR_WANT_READ)
        return memory_text("the TLS handshake timed out");
    if (handshake->alert != NULL)
        return memory_format("the server aborted the TLS handshake: %s", handshake->alert);
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
        reason == SSL_R_HTTP_REQUEST || reason == SSL_R_UNEXPECTED_MESSAGE)
        return memory_text("the server does not speak TLS");
    if (error == SSL_ERROR_SYSCALL && system_error == ECONNRESET)
        return memory_text("the server reset the connection during the TLS handshake");
    if (is_cut(error, system_error, reason))
        return memory_text("the server closed the connection during the TLS handshake");
    if (error == SSL_ERROR_SYSCALL)
        return memory_text(strerror(system_error));
    return library_reason("the TLS handshake failed");
}

static bool is_cut(int error, int system_error, int reason)
{
    if (error == SSL_ERROR_SYSCALL)
        return system_error == 0 || system_error == ECONNRESET || system_error == EPIPE;
    return error == SSL_ERROR_ZERO_RETURN || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

/* The reason of OpenSSL's first error, 0 if it is none of TLS. */
static int ssl_reason(void)
{
    unsigned long code = ERR_peek_error();

    return ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
}

/* The text of OpenSSL's first error. The caller frees it. */
static char *library_reason(const char *fallback)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    char *text = memory_text(reason != NULL ? reason : fallback);

    ERR_clear_error();
    return text;
}
