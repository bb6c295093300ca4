/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate comes from whoever answers at the address: every text in it is cleaned before it is
 * kept, and what cannot be read is shown as missing. */
#include "ctl/verify/x509.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static char *name_text(const X509_NAME *);
static char *common_name(const X509_NAME *);
static char *serial_text(const X509 *);
static struct text_list dns_names(const X509 *);
static time_t time_of(const ASN1_TIME *);

struct x509_info x509_info_of(X509 *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);

    return (struct x509_info){
        .subject = name_text(subject),
        .issuer = name_text(X509_get_issuer_name(certificate)),
        .certname = common_name(subject),
        .serial = serial_text(certificate),
        .names = dns_names(certificate),
        .not_before = time_of(X509_get0_notBefore(certificate)),
        .not_after = time_of(X509_get0_notAfter(certificate)),
        .is_self_signed = X509_NAME_cmp(subject, X509_get_issuer_name(certificate)) == 0,
    };
}

void x509_info_clear(struct x509_info *info)
{
    free(info->subject);
    free(info->issuer);
    free(info->certname);
    free(info->serial);
    text_list_clear(&info->names);
    *info = (struct x509_info){0};
}

bool x509_has_name(X509 *certificate, const char *name)
{
    const unsigned flags =
        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

    return X509_check_host(certificate, name, strlen(name), flags, NULL) == 1;
}

char *x509_time(time_t time)
{
    struct tm utc;
    char text[32];

    if (gmtime_r(&time, &utc) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return memory_text("(unreadable)");
    return memory_text(text);
}

static char *name_text(const X509_NAME *name)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL, *text;
    long size;

    /* Keeps UTF-8, escapes what is special in a distinguished name. */
    X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    size = BIO_get_mem_data(memory, &bytes);
    text = text_clean(bytes, size > 0 ? (size_t)size : 0);
    BIO_free(memory);
    return text;
}

/* The last CN: the most specific one, and the one that OpenSSL and Ruby use. */
static char *common_name(const X509_NAME *name)
{
    int last = -1, size;
    unsigned char *bytes = NULL;
    char *text;

    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;)
        last = i;
    if (last < 0)
        return memory_text("");
    size = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    text = text_clean((const char *)bytes, size > 0 ? (size_t)size : 0);
    OPENSSL_free(bytes);
    return text;
}

static char *serial_text(const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *digits = number != NULL ? BN_bn2hex(number) : NULL;
    char *text = memory_text(digits != NULL ? digits : "");

    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

static struct text_list dns_names(const X509 *certificate)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    struct text_list names = {0};

    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
        char *text;

        if (name->type != GEN_DNS)
            continue;
        text = text_clean((const char *)ASN1_STRING_get0_data(name->d.dNSName),
                          (size_t)ASN1_STRING_length(name->d.dNSName));
        text_list_add(&names, text);
        free(text);
    }
    GENERAL_NAMES_free(all);
    return names;
}

static time_t time_of(const ASN1_TIME *time)
{
    struct tm utc = {0};

    return ASN1_TIME_to_tm(time, &utc) == 1 ? timegm(&utc) : 0;
}
