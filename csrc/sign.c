#include "sign.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "hex.h"

struct fq_signer {
    EVP_MD *sha1;
    EVP_MD_CTX *context;
};

struct fq_signer *fq_signer_new(void)
{
    struct fq_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL)
        return NULL;
    signer->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    signer->context = EVP_MD_CTX_new();
    if (signer->sha1 == NULL || signer->context == NULL ||
        !EVP_DigestInit_ex(signer->context, signer->sha1, NULL)) {
        fq_signer_free(signer);
        return NULL;
    }
    return signer;
}

void fq_signer_free(struct fq_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_MD_CTX_free(signer->context);
    EVP_MD_free(signer->sha1);
    free(signer);
}

/* memcmp, not strcoll: the service sorts by bytes, whatever the process's locale. */
static bool is_after(const struct fq_slice *a, const struct fq_slice *b)
{
    size_t common = a->size < b->size ? a->size : b->size;
    int order = common == 0 ? 0 : (unsigned char)*a->data - (unsigned char)*b->data;

    if (order == 0)
        order = memcmp(a->data, b->data, common);
    return order > 0 || (order == 0 && a->size > b->size);
}

/* Insertion sort: there are five values or seven, and qsort may allocate. */
static void sort(struct fq_slice *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct fq_slice value = values[i];
        size_t at = i;
        for (; at > 0 && is_after(&values[at - 1], &value); at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

/* Hashes the values one behind the other.  Short ones, as those of the service's calls are, are
 * copied into one buffer first: each call of EVP_DigestUpdate costs as much as hashing some dozen
 * bytes. */
static bool update(struct fq_signer *signer, const struct fq_slice *values, size_t count)
{
    unsigned char joined[512];
    size_t size = 0, most = 0;
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++) {
        if (values[i].size > sizeof joined - size) {
            ok = EVP_DigestUpdate(signer->context, joined, size);
            size = 0;
        }
        if (values[i].size > sizeof joined) {
            ok = ok && EVP_DigestUpdate(signer->context, values[i].data, values[i].size);
        } else {
            memcpy(joined + size, values[i].data, values[i].size);
            size += values[i].size;
            most = size > most ? size : most;
        }
    }
    ok = ok && EVP_DigestUpdate(signer->context, joined, size);
    explicit_bzero(joined, most); /* a ticket was there */
    return ok;
}

enum fq_status fq_sign(struct fq_signer *signer, struct fq_slice *values, size_t count,
                       char sign[FQ_SIGN_LENGTH + 1])
{
    unsigned char digest[FQ_SIGN_LENGTH / 2];

    sort(values, count);
    if (!EVP_DigestInit_ex(signer->context, NULL, NULL) || !update(signer, values, count))
        return FQ_CRYPTO_FAILED;
    if (!EVP_DigestFinal_ex(signer->context, digest, NULL))
        return FQ_CRYPTO_FAILED;
    fq_hex(digest, sizeof digest, FQ_HEX_UPPER, sign);
    return FQ_OK;
}

enum fq_status fq_random(void *bytes, size_t size)
{
    /* getrandom returns up to 256 bytes whole, whatever signals arrive. */
    return getrandom(bytes, size, 0) == (ssize_t)size ? FQ_OK : FQ_CRYPTO_FAILED;
}

enum fq_status fq_nonce(char nonce[FQ_NONCE_LENGTH + 1])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    enum { LETTERS = sizeof alphabet - 1, FAIR = 256 - 256 % LETTERS };
    unsigned char random[2 * FQ_NONCE_LENGTH];
    size_t length = 0;

    while (length < FQ_NONCE_LENGTH) {
        if (fq_random(random, sizeof random) != FQ_OK)
            return FQ_CRYPTO_FAILED;
        /* Bytes from FAIR up would favour the first letters (modulo bias): they are drawn again. */
        for (size_t i = 0; i < sizeof random && length < FQ_NONCE_LENGTH; i++)
            if (random[i] < FAIR)
                nonce[length++] = alphabet[random[i] % LETTERS];
    }
    nonce[length] = '\0';
    return FQ_OK;
}
