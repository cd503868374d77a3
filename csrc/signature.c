#include "signature.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"

/* pem_password_cb: a key with a passphrase is refused, for nobody is asked for one. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

static enum fq_status invalid(const char *what, struct fq_error *error)
{
    fq_fail(error, FQ_CERTIFICATE_INVALID, 0);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", what);
    return FQ_CERTIFICATE_INVALID;
}

static enum fq_status sign(BIO *input, STACK_OF(X509) * chain, EVP_PKEY *key,
                           unsigned char *signature, size_t *size, struct fq_error *error)
{
    X509 *signer = sk_X509_shift(chain);
    CMS_ContentInfo *cms = NULL;
    enum fq_status status = FQ_OK;
    int length = -1;

    if (X509_check_private_key(signer, key) == 1) {
        cms = CMS_sign(signer, key, chain, input, CMS_DETACHED | CMS_BINARY);
        length = cms != NULL ? i2d_CMS_ContentInfo(cms, NULL) : -1;
        if (length < 0)
            status = fq_fail(error, FQ_CRYPTO_FAILED, 0);
    }
    if (status == FQ_OK && (length < 0 || length > FQ_SIGNATURE_LARGEST))
        status = invalid("key and certificate", error);
    if (status == FQ_OK)
        *size = (size_t)i2d_CMS_ContentInfo(cms, &signature);
    CMS_ContentInfo_free(cms);
    X509_free(signer);
    return status;
}

enum fq_status fq_signature_make(const void *data, size_t size, const char *certificates,
                                 size_t certificates_size, const char *key_pem, size_t key_size,
                                 unsigned char signature[FQ_SIGNATURE_LARGEST],
                                 size_t *signature_size, struct fq_error *error)
{
    BIO *input = size <= INT_MAX ? BIO_new_mem_buf(data, (int)size) : NULL;
    BIO *key_input = key_size <= INT_MAX ? BIO_new_mem_buf(key_pem, (int)key_size) : NULL;
    STACK_OF(X509) *chain = NULL;
    EVP_PKEY *key = NULL;
    enum fq_status status = FQ_OK;

    *signature_size = 0;
    if (input == NULL || key_input == NULL)
        status = fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    if (status == FQ_OK)
        status = fq_certificates_read(certificates, certificates_size, &chain, error);
    if (status == FQ_CERTIFICATE_INVALID)
        status = invalid("certificate", error);
    if (status == FQ_OK) {
        key = PEM_read_bio_PrivateKey(key_input, NULL, no_passphrase, NULL);
        status = key != NULL ? sign(input, chain, key, signature, signature_size, error)
                             : invalid("key", error);
    }
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    BIO_free(key_input);
    BIO_free(input);
    ERR_clear_error();
    return status;
}

/* The signature as OpenSSL has it; NULL where it is none, or more follows. */
static CMS_ContentInfo *read_cms(const void *signature, size_t size)
{
    const unsigned char *at = signature, *end = at + size;
    CMS_ContentInfo *cms = size <= LONG_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)size) : NULL;

    if (at != end || (cms != NULL && OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)) {
        CMS_ContentInfo_free(cms);
        cms = NULL;
    }
    return cms;
}

enum fq_status fq_signature_check(const void *data, size_t size, const void *signature,
                                  size_t signature_size, char signer[256], struct fq_error *error)
{
    BIO *input = size <= INT_MAX ? BIO_new_mem_buf(data, (int)size) : NULL;
    CMS_ContentInfo *cms = read_cms(signature, signature_size);
    STACK_OF(X509) *signers = NULL;
    bool is_good =
        input != NULL && cms != NULL &&
        CMS_verify(cms, NULL, NULL, input, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;

    signer[0] = '\0';
    if (is_good)
        signers = CMS_get0_signers(cms);
    if (sk_X509_num(signers) > 0)
        fq_certificate_name(sk_X509_value(signers, 0), signer, 256);
    sk_X509_free(signers);
    CMS_ContentInfo_free(cms);
    BIO_free(input);
    ERR_clear_error();
    return is_good ? FQ_OK : fq_fail(error, FQ_SIGNATURE_INVALID, 0);
}
