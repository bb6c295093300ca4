/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate and the key for the exporter: read, checked, compared. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "exporter/tls.h"
#include "supervisor/credentials/tls_files.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/tlsrouted-tls-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static char *text_of(BIO *bio)
{
    char *bytes, *text;
    long size = BIO_get_mem_data(bio, &bytes);

    text = memory_bytes(bytes, (size_t)size);
    BIO_free(bio);
    return text;
}

/* A new pair, the certificate valid from now on for SECONDS. */
static void make_pair(long seconds, char **certificate_pem, char **key_pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());

    X509_gmtime_adj(X509_getm_notBefore(certificate), seconds < 0 ? 2 * seconds : -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    PEM_write_bio_X509(bio, certificate);
    *certificate_pem = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    *key_pem = text_of(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Reads what the files hold; returns the problem without the folder's name, "" for none. */
static char *read_as(const char *certificate, const char *key, struct tls_files *files)
{
    struct config config = {.metrics_listen = (char *)"127.0.0.1:1"};
    char *problem, *rest;

    write_file("tls.crt", certificate);
    write_file("tls.key", key);
    config.metrics_certificate = memory_format("%s/tls.crt", folder);
    config.metrics_key = memory_format("%s/tls.key", folder);
    problem = tls_files_read(&config, files);
    rest = memory_text(problem != NULL ? problem + strlen(folder) + 1 : "");
    free(problem);
    free(config.metrics_certificate);
    free(config.metrics_key);
    return rest;
}

static void expect(const char *what, const char *certificate, const char *key, const char *begin)
{
    struct tls_files files;
    char *problem = read_as(certificate, key, &files);

    if (strncmp(problem, begin, strlen(begin)) != 0 || (problem[0] == '\0') != (begin[0] == '\0'))
        fail_msg("%s: %s", what, problem);
    CHECK_ROW(what, (files.key_pem != NULL) == (begin[0] == '\0'));
    if (begin[0] == '\0') {
        SSL_CTX *context = tls_context(files.certificate_pem, files.key_pem);

        CHECK_ROW(what, context != NULL);
        SSL_CTX_free(context);
    }
    tls_files_clear(&files);
    free(problem);
}

static void test_files(void **state)
{
    char *certificate, *key, *other, *other_key, *old, *old_key, *chain;

    (void)state;
    make_pair(3600, &certificate, &key);
    make_pair(3600, &other, &other_key);
    make_pair(-3600, &old, &old_key);
    chain = memory_format("%s%s", certificate, other);
    expect("a pair", certificate, key, "");
    expect("a chain", chain, key, "");
    expect("another key", certificate, other_key, "tls.key: the key does not belong");
    expect("an old one", old, old_key, "tls.crt: ");
    expect("nothing", "nothing\n", key, "tls.crt: there is no certificate in it");
    expect("no key", certificate, "nothing\n", "tls.key: there is no private key in it");
    free(certificate);
    free(key);
    free(other);
    free(other_key);
    free(old);
    free(old_key);
    free(chain);
}

static void test_unusable(void **state)
{
    char *certificate, *key, *other, *other_key;

    (void)state;
    make_pair(3600, &certificate, &key);
    make_pair(3600, &other, &other_key);
    assert_null(tls_context("nothing", key));
    assert_null(tls_context(certificate, "nothing"));
    assert_null(tls_context(certificate, other_key));
    free(certificate);
    free(key);
    free(other);
    free(other_key);
}

static void test_same(void **state)
{
    struct tls_files none = {0}, one = {(char *)"a", (char *)"b"}, two = {(char *)"a", (char *)"c"};

    (void)state;
    assert_true(tls_files_same(&none, &none));
    assert_true(tls_files_same(&one, &one));
    assert_false(tls_files_same(&one, &two));
    assert_false(tls_files_same(&none, &two));
}

/* Without files, or without anybody to listen for, there is nothing to read. */
static void test_none(void **state)
{
    struct config config = {.metrics_certificate = (char *)"/nowhere", .metrics_key = (char *)"/x"};
    struct tls_files files;

    (void)state;
    assert_null(tls_files_read(&config, &files));
    assert_null(files.certificate_pem);
    config = (struct config){.metrics_listen = (char *)"127.0.0.1:1"};
    assert_null(tls_files_read(&config, &files));
    assert_null(files.key_pem);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char *command = memory_format("%s/tls.crt", folder);

    (void)state;
    unlink(command);
    memcpy(command + strlen(command) - 3, "key", 3);
    unlink(command);
    free(command);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
