#include "digest.h"

#include <stdbool.h>
#include <string.h>

#include "hex.h"

static const char *const openssl_names[] = {
#define X(name, openssl) openssl,
    FQ_DIGEST_LIST(X)
#undef X
};

enum fq_status fq_digests_open(struct fq_digests *digests, unsigned which, struct fq_error *error)
{
    memset(digests, 0, sizeof *digests);
    for (int i = 0; i < FQ_DIGESTS; i++) {
        EVP_MD *digest;
        int ready;
        if ((which & 1u << i) == 0)
            continue;
        digest = EVP_MD_fetch(NULL, openssl_names[i], NULL);
        digests->contexts[i] = EVP_MD_CTX_new();
        ready = digest != NULL && digests->contexts[i] != NULL &&
                EVP_DigestInit_ex(digests->contexts[i], digest, NULL);
        EVP_MD_free(digest);
        if (!ready)
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    }
    return FQ_OK;
}

enum fq_status fq_digests_update(struct fq_digests *digests, const void *data, size_t size,
                                 struct fq_error *error)
{
    for (int i = 0; i < FQ_DIGESTS; i++)
        if (digests->contexts[i] != NULL && !EVP_DigestUpdate(digests->contexts[i], data, size))
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return FQ_OK;
}

void fq_digests_close(struct fq_digests *digests)
{
    for (int i = 0; i < FQ_DIGESTS; i++)
        EVP_MD_CTX_free(digests->contexts[i]);
    memset(digests, 0, sizeof *digests);
}

enum fq_status fq_digests_finish(struct fq_digests *digests, fq_digests_hex hex,
                                 struct fq_error *error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    bool right = true;

    for (int i = 0; i < FQ_DIGESTS; i++) {
        hex[i][0] = '\0';
        if (digests->contexts[i] == NULL)
            continue;
        if (EVP_DigestFinal_ex(digests->contexts[i], digest, &size))
            fq_hex(digest, size, FQ_HEX_LOWER, hex[i]);
        else
            right = false;
    }
    /* Closed now, because EVP_DigestFinal_ex of a finished context would return another digest, a
     * wrong one. */
    fq_digests_close(digests);
    return right ? FQ_OK : fq_fail(error, FQ_CRYPTO_FAILED, 0);
}
