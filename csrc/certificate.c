#include "certificate.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

static void free_list(STACK_OF(X509) * list)
{
    sk_X509_pop_free(list, X509_free);
}

enum fq_status fq_certificates_read(const char *pem, size_t size, STACK_OF(X509) * *out,
                                    struct fq_error *error)
{
    BIO *input = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    STACK_OF(X509) *list = sk_X509_new_null();
    enum fq_status status = FQ_OK;
    X509 *certificate;

    *out = NULL;
    if (input == NULL || list == NULL)
        status = fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    while (status == FQ_OK && (certificate = PEM_read_bio_X509(input, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(list, certificate) == 0) {
            X509_free(certificate);
            status = fq_fail(error, FQ_OUT_OF_MEMORY, 0);
        }
    /* The end of what can be read is the end of the text only with this reason. */
    if (status == FQ_OK &&
        (sk_X509_num(list) == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
        status = fq_fail(error, FQ_CERTIFICATE_INVALID, 0);
    ERR_clear_error();
    BIO_free(input);
    if (status == FQ_OK)
        *out = list;
    else
        free_list(list);
    return status;
}

enum fq_status fq_certificates_store(const char *pem, size_t size, X509_STORE **store,
                                     struct fq_error *error)
{
    STACK_OF(X509) * list;
    enum fq_status status = fq_certificates_read(pem, size, &list, error);

    *store = NULL;
    if (status != FQ_OK)
        return status;
    *store = X509_STORE_new();
    for (int i = 0; *store != NULL && i < sk_X509_num(list); i++)
        if (X509_STORE_add_cert(*store, sk_X509_value(list, i)) != 1) {
            X509_STORE_free(*store);
            *store = NULL;
        }
    free_list(list);
    ERR_clear_error();
    return *store != NULL ? FQ_OK : fq_fail(error, FQ_OUT_OF_MEMORY, 0);
}

/* Non-ASCII characters stay as they are (UTF-8), control characters are escaped. */
static bool print(const X509_NAME *printed, char *name, size_t capacity)
{
    BIO *output = BIO_new(BIO_s_mem());
    bool is_printed =
        output != NULL &&
        X509_NAME_print_ex(output, printed, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0;
    int length = is_printed ? BIO_read(output, name, (int)capacity) : 0;

    /* Without room for the NUL it is cut, between two characters. */
    if (length == (int)capacity)
        while (--length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80)
            ;
    name[length > 0 ? length : 0] = '\0';
    BIO_free(output);
    return is_printed;
}

bool fq_certificate_name(const X509 *certificate, char *name, size_t capacity)
{
    return print(X509_get_subject_name(certificate), name, capacity);
}

bool fq_certificate_issuer(const X509 *certificate, char *name, size_t capacity)
{
    return print(X509_get_issuer_name(certificate), name, capacity);
}
