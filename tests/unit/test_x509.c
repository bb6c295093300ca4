/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate says, and how it is judged. */
#include "tests/unit/check.h"

#include "ctl/verify/verification.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

enum {
    NOW = 1800000000, /* 2027-01-15T08:00:00Z */
    DAY = 86400
};

static EVP_PKEY *key;

/* One that is valid from FROM to UNTIL, with the subjectAltName NAMES in OpenSSL's notation, or
 * without for NULL. */
static X509 *new_certificate(const char *common_name, const char *names, time_t from, time_t until)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 0xabc);
    ASN1_TIME_set(X509_getm_notBefore(certificate), from);
    ASN1_TIME_set(X509_getm_notAfter(certificate), until);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"J\xc3\xa4ger", -1,
                               -1, 0);
    if (common_name != NULL)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (names != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

        assert_non_null(extension);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static int make_key(void **state)
{
    (void)state;
    key = EVP_EC_gen("P-256");
    return key == NULL;
}

static int free_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static void test_has_name(void **state)
{
    static const struct {
        const char *names, *requested;
        bool has_name;
    } rows[] = {
        {"DNS:a.example", "a.example", true},
        {"DNS:A.Example", "a.eXample", true},
        {"DNS:b.example,DNS:a.example", "a.example", true},
        {"DNS:b.example", "a.example", false},
        {"DNS:example", "a.example", false},
        {"DNS:a.example.org", "a.example", false},
        {"DNS:*.example", "a.example", false}, /* OpenSSL wants two labels after a "*" */
        {"DNS:*.b.example", "a.b.example", true},
        {"DNS:*.B.example", "a.b.EXAMPLE", true},
        {"DNS:*.b.example", "b.example", false},
        {"DNS:*.b.example", "c.a.b.example", false},
        {"DNS:a*.b.example", "aa.b.example", false},
        {"DNS:*a.b.example", "aa.b.example", false},
        {"DNS:a.*.example", "a.b.example", false},
        {"DNS:*", "a", false},
        {"IP:192.0.2.1", "a.example", false},
        {"email:a@a.example", "a.example", false},
        {"URI:https://a.example/", "a.example", false},
        {NULL, "a.example", false}, /* the CN is a.example and counts nothing */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509 *certificate = new_certificate("a.example", rows[i].names, NOW, NOW + DAY);

        CHECK_ROW(rows[i].names != NULL ? rows[i].names : rows[i].requested,
                  x509_has_name(certificate, rows[i].requested) == rows[i].has_name);
        X509_free(certificate);
    }
}

static void test_read(void **state)
{
    X509 *certificate = new_certificate("puppet\x1b[31m",
                                        "DNS:b.example,IP:192.0.2.1,DNS:a.example", NOW, NOW + DAY);
    struct x509_info info = x509_info_of(certificate);
    char *from = x509_time(info.not_before), *until = x509_time(info.not_after);

    (void)state;
    CHECK_ROW_TEXT("subject", info.subject, "CN=puppet\\1B[31m,O=J\xc3\xa4ger");
    CHECK_ROW_TEXT("issuer", info.issuer, info.subject);
    CHECK_ROW_TEXT("certname", info.certname, "puppet?[31m");
    CHECK_ROW_TEXT("serial", info.serial, "0ABC");
    CHECK_ROW_TEXT("first name", text_list_next(&info.names, NULL), "b.example");
    CHECK_ROW("names", info.names.count == 2 && text_list_has(&info.names, "a.example"));
    CHECK_ROW_TEXT("from", from, "2027-01-15T08:00:00Z");
    CHECK_ROW_TEXT("until", until, "2027-01-16T08:00:00Z");
    free(from);
    free(until);
    x509_info_clear(&info);
    X509_free(certificate);
    certificate = new_certificate(NULL, NULL, NOW, NOW + DAY);
    info = x509_info_of(certificate);
    CHECK_ROW_TEXT("no CN", info.certname, "");
    CHECK_ROW("no names", info.names.count == 0);
    x509_info_clear(&info);
    X509_free(certificate);
}

static void test_judge(void **state)
{
    static const struct {
        const char *row, *names;
        int from, until;
        bool has_ca;
        int trust;
        enum verdict verdict;
    } rows[] = {
        {"all is well", "DNS:a.example", -1, 1, false, X509_V_ERR_UNSPECIFIED, VERDICT_CARRIED},
        {"trusted", "DNS:a.example", -1, 1, true, X509_V_OK, VERDICT_CARRIED},
        {"untrusted", "DNS:a.example", -1, 1, true, X509_V_ERR_CERT_UNTRUSTED, VERDICT_UNTRUSTED},
        {"over", "DNS:a.example", -2, -1, false, 0, VERDICT_NOT_VALID},
        {"over and untrusted", "DNS:a.example", -2, -1, true, X509_V_ERR_CERT_HAS_EXPIRED,
         VERDICT_NOT_VALID},
        {"not yet", "DNS:a.example", 1, 2, false, 0, VERDICT_NOT_VALID},
        {"missing", "DNS:b.example", -1, 1, true, X509_V_OK, VERDICT_MISSING},
        {"missing and over", "DNS:b.example", -2, -1, false, 0, VERDICT_MISSING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509 *certificate = new_certificate("p", rows[i].names, NOW + rows[i].from * DAY,
                                            NOW + rows[i].until * DAY);

        CHECK_ROW(rows[i].row, verification_judge(certificate, "a.example", NOW, rows[i].has_ca,
                                                  rows[i].trust) == rows[i].verdict);
        X509_free(certificate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_has_name), cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_judge)};

    return cmocka_run_group_tests(tests, make_key, free_key);
}
