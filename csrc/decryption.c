#include "decryption.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "recipients.h"

struct fq_decryption {
    EVP_PKEY *key;
    X509 *certificate; /* NULL: not known */
};

/* What OpenSSL could not do for want of memory says nothing of a key or a message. */
static enum fq_status failed(enum fq_status status, struct fq_error *error)
{
    unsigned long code;

    while ((code = ERR_get_error()) != 0)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            status = FQ_OUT_OF_MEMORY;
    return fq_fail(error, status, 0);
}

void fq_decryption_free(struct fq_decryption *decryption)
{
    if (decryption == NULL)
        return;
    EVP_PKEY_free(decryption->key);
    X509_free(decryption->certificate);
    free(decryption);
}

static EVP_PKEY *read_key(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key = file != NULL ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;

    BIO_free(file);
    return key;
}

static X509 *read_certificate(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file != NULL ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

    BIO_free(file);
    return certificate;
}

enum fq_status fq_decryption_new(const char *key_path, const char *certificate_path,
                                 struct fq_decryption **out, struct fq_error *error)
{
    enum fq_status status = fq_recipients_supported(error);
    struct fq_decryption *decryption;

    *out = NULL;
    if (status != FQ_OK)
        return status;
    decryption = calloc(1, sizeof *decryption);
    if (decryption == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    decryption->key = read_key(key_path);
    if (decryption->key == NULL)
        status = failed(FQ_KEY_UNREADABLE, error);
    if (status == FQ_OK && certificate_path != NULL) {
        decryption->certificate = read_certificate(certificate_path);
        if (decryption->certificate == NULL)
            status = failed(FQ_CERTIFICATE_UNREADABLE, error);
    }
    if (status != FQ_OK) {
        fq_decryption_free(decryption);
        return status;
    }
    *out = decryption;
    return FQ_OK;
}

static enum fq_status open_message(const struct fq_decryption *decryption, CMS_ContentInfo *cms,
                                   BIO *content, struct fq_error *error)
{
    /* A message of any other kind may have been changed without that showing. */
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_id_smime_ct_authEnvelopedData)
        return failed(FQ_CIPHERTEXT_DAMAGED, error);
    /* With this flag a key that does not fit is said to be none.  Without it OpenSSL goes on with a
     * key of its own making, so that whoever sends messages learns nothing; here nobody does. */
    if (!CMS_decrypt(cms, NULL, NULL, NULL, NULL, CMS_DEBUG_DECRYPT))
        return failed(FQ_CIPHERTEXT_DAMAGED, error);
    if (!CMS_decrypt_set1_pkey(cms, decryption->key, decryption->certificate))
        return failed(FQ_KEY_UNFIT, error);
    return CMS_decrypt(cms, NULL, NULL, NULL, content, CMS_BINARY)
               ? FQ_OK
               : failed(FQ_CIPHERTEXT_DAMAGED, error);
}

enum fq_status fq_decryption_open(const struct fq_decryption *decryption, const void *message,
                                  size_t size, struct fq_buffer *out, struct fq_error *error)
{
    BIO *text = size <= INT_MAX ? BIO_new_mem_buf(message, (int)size) : NULL;
    BIO *content = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = text != NULL ? d2i_CMS_bio(text, NULL) : NULL;
    enum fq_status status = FQ_OK;

    if (text == NULL || content == NULL)
        status = failed(FQ_OUT_OF_MEMORY, error);
    else if (cms == NULL)
        status = failed(FQ_CIPHERTEXT_DAMAGED, error);
    if (status == FQ_OK)
        status = open_message(decryption, cms, content, error);
    if (status == FQ_OK) {
        BUF_MEM *bytes;
        status = BIO_get_mem_ptr(content, &bytes) == 1
                     ? fq_buffer_add(out, bytes->data, bytes->length, FQ_OUT_OF_MEMORY, error)
                     : failed(FQ_OUT_OF_MEMORY, error);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(text);
    BIO_free(content);
    /* Whoever looks for errors after this (TLS does) finds none of other recipients' keys. */
    ERR_clear_error();
    return status;
}
