#include "recipients.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"

enum { LEAST_RSA_BITS = 2048, LARGEST_TEXT = 64 * 1024 };

struct fq_recipients {
    STACK_OF(X509) * certificates;
};

enum fq_status fq_recipients_supported(struct fq_error *error)
{
    /* Each line's first release with the correction; later lines began with it. */
    static const unsigned corrected[][3] = {{3, 0, 21}, {3, 4, 6}, {3, 5, 7}, {3, 6, 3}, {4, 0, 1}};
    const size_t count = sizeof corrected / sizeof *corrected;
    unsigned major = OPENSSL_version_major(), minor = OPENSSL_version_minor();

    for (size_t i = 0; i < count; i++)
        if (corrected[i][0] == major && corrected[i][1] == minor &&
            corrected[i][2] <= OPENSSL_version_patch())
            return FQ_OK;
    if (major > corrected[count - 1][0] ||
        (major == corrected[count - 1][0] && minor > corrected[count - 1][1]))
        return FQ_OK;
    fq_fail(error, FQ_OPENSSL_TOO_OLD, 0);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", OpenSSL_version(OPENSSL_VERSION));
    return FQ_OPENSSL_TOO_OLD;
}

/* A status with a reason, and OpenSSL's queue as it was. */
static enum fq_status because(enum fq_status status, const char *reason, struct fq_error *error)
{
    ERR_clear_error();
    fq_fail(error, status, 0);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", reason);
    return status;
}

static bool has_usage(X509 *certificate, uint32_t usage)
{
    /* All bits where the certificate says nothing of its usage. */
    return (X509_get_key_usage(certificate) & usage) != 0;
}

/* What is wrong with the certificate's key; NULL: nothing. */
static const char *fault_of(X509 *certificate, const char **algorithm)
{
    static const char other_key[] = "its key is neither RSA nor on a NIST curve";
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    char curve[64];

    if (key != NULL && EVP_PKEY_is_a(key, "RSA")) {
        *algorithm = "RSAES-OAEP-SHA256";
        if (EVP_PKEY_get_bits(key) < LEAST_RSA_BITS)
            return "its RSA key has fewer than 2048 bits";
        return has_usage(certificate, KU_KEY_ENCIPHERMENT) ? NULL
                                                           : "its keyUsage lacks keyEncipherment";
    }
    if (key == NULL || !EVP_PKEY_is_a(key, "EC") ||
        !EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL))
        return other_key;
    *algorithm = "ECDH-SHA256";
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(curve, curves[i]) == 0)
            return has_usage(certificate, KU_KEY_AGREEMENT) ? NULL
                                                            : "its keyUsage lacks keyAgreement";
    return other_key;
}

static enum fq_status judge(X509 *certificate, const char **algorithm, struct fq_error *error)
{
    const char *fault = fault_of(certificate, algorithm);

    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
        return because(FQ_CERTIFICATE_EXPIRED, "it is not valid yet", error);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
        return because(FQ_CERTIFICATE_EXPIRED, "it has expired", error);
    return fault != NULL ? because(FQ_CERTIFICATE_UNFIT, fault, error) : FQ_OK;
}

/* Appends what was written to a memory BIO, or what `print` writes to one. */
static enum fq_status add_text(struct fq_buffer *text, BIO *from, struct fq_error *error)
{
    char *data;
    long size = BIO_get_mem_data(from, &data);

    text->limit = LARGEST_TEXT;
    return fq_buffer_add(text, data, (size_t)size, FQ_CERTIFICATE_UNFIT, error);
}

static enum fq_status describe(X509 *x509, struct fq_certificate *certificate,
                               struct fq_error *error)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x509);
    BIO *pem = BIO_new(BIO_s_mem()), *issuer = BIO_new(BIO_s_mem());
    enum fq_status status = FQ_OK;

    if (pem == NULL || issuer == NULL || !PEM_write_bio_X509(pem, x509) ||
        X509_NAME_print_ex(issuer, X509_get_issuer_name(x509), 0,
                           XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        status = because(FQ_CRYPTO_FAILED, "", error);
    if (status == FQ_OK && serial->length > (int)(sizeof certificate->serial - 1) / 2)
        status = because(FQ_CERTIFICATE_UNFIT, "its serial number is too long", error);
    if (status == FQ_OK)
        status = add_text(&certificate->pem, pem, error);
    if (status == FQ_OK)
        status = add_text(&certificate->issuer, issuer, error);
    if (status == FQ_OK)
        fq_hex(serial->data, (size_t)serial->length, FQ_HEX_UPPER, certificate->serial);
    if (status == FQ_OK && id != NULL && id->length <= (int)(sizeof certificate->key_id - 1) / 2)
        fq_hex(id->data, (size_t)id->length, FQ_HEX_UPPER, certificate->key_id);
    BIO_free(pem);
    BIO_free(issuer);
    return status;
}

/* A message of nothing, thrown away: what OpenSSL can't encrypt for shows now, and not with the
 * first file. */
static enum fq_status try_out(const struct fq_buffer *pem, struct fq_error *error)
{
    struct fq_recipients *recipients;
    enum fq_status status = fq_recipients_new(pem->data, pem->size, &recipients, error);
    BIO *nowhere = BIO_new(BIO_s_null()), *chain = NULL;
    CMS_ContentInfo *message = NULL;

    if (status == FQ_OK)
        message = fq_recipients_message(recipients);
    if (message != NULL && nowhere != NULL)
        chain = BIO_new_CMS(nowhere, message);
    if (status == FQ_OK && chain == NULL)
        status = because(FQ_CERTIFICATE_UNFIT, "OpenSSL can't encrypt for it", error);
    BIO_free_all(chain != NULL ? chain : nowhere);
    CMS_ContentInfo_free(message);
    fq_recipients_free(recipients);
    return status;
}

enum fq_status fq_certificate_read(const char *path, struct fq_certificate *certificate,
                                   struct fq_error *error)
{
    enum fq_status status = fq_recipients_supported(error);
    BIO *file = NULL;
    X509 *x509 = NULL;

    *certificate = (struct fq_certificate){.algorithm = ""};
    if (status != FQ_OK)
        return status;
    file = BIO_new_file(path, "r");
    if (file != NULL)
        x509 = PEM_read_bio_X509(file, NULL, NULL, NULL);
    if (x509 == NULL)
        status = because(FQ_CERTIFICATE_UNREADABLE,
                         file != NULL ? "no certificate in PEM" : "it can't be opened", error);
    if (status == FQ_OK)
        status = judge(x509, &certificate->algorithm, error);
    if (status == FQ_OK)
        status = describe(x509, certificate, error);
    if (status == FQ_OK)
        status = try_out(&certificate->pem, error);
    X509_free(x509);
    BIO_free(file);
    return status;
}

void fq_certificate_clear(struct fq_certificate *certificate)
{
    fq_buffer_free(&certificate->pem);
    fq_buffer_free(&certificate->issuer);
}

enum fq_status fq_recipients_new(const char *pem, size_t size, struct fq_recipients **out,
                                 struct fq_error *error)
{
    struct fq_recipients *recipients = calloc(1, sizeof *recipients);
    BIO *text = size <= INT32_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    X509 *one;

    *out = NULL;
    if (recipients != NULL && text != NULL)
        recipients->certificates = sk_X509_new_null();
    if (recipients == NULL || recipients->certificates == NULL) {
        fq_recipients_free(recipients);
        BIO_free(text);
        return because(FQ_OUT_OF_MEMORY, "", error);
    }
    while ((one = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
        if (!sk_X509_push(recipients->certificates, one)) {
            X509_free(one);
            break;
        }
    }
    BIO_free(text);
    /* What ended the list is in OpenSSL's queue: the text's end, or an allocation. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE ||
        sk_X509_num(recipients->certificates) == 0) {
        fq_recipients_free(recipients);
        return because(FQ_CERTIFICATE_UNREADABLE, "", error);
    }
    ERR_clear_error();
    *out = recipients;
    return FQ_OK;
}

void fq_recipients_free(struct fq_recipients *recipients)
{
    if (recipients == NULL)
        return;
    sk_X509_pop_free(recipients->certificates, X509_free);
    free(recipients);
}

static bool add_recipient(CMS_ContentInfo *message, X509 *certificate)
{
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(message, certificate, CMS_KEY_PARAM);
    EVP_PKEY_CTX *context = info != NULL ? CMS_RecipientInfo_get0_pkey_ctx(info) : NULL;

    /* OpenSSL's own choices would be PKCS #1 v1.5 and SHA-1. */
    if (context == NULL)
        return false;
    if (EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA"))
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
    return EVP_PKEY_CTX_ctrl_str(context, "ecdh_kdf_md", "sha256") > 0;
}

CMS_ContentInfo *fq_recipients_message(const struct fq_recipients *recipients)
{
    CMS_ContentInfo *message = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());

    for (int i = 0; message != NULL && i < sk_X509_num(recipients->certificates); i++)
        if (!add_recipient(message, sk_X509_value(recipients->certificates, i))) {
            CMS_ContentInfo_free(message);
            message = NULL;
        }
    return message;
}
