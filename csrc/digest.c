#include "digest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "relay.h"

/* Bytes that are copied before they are given away; below malloc's M_MMAP_THRESHOLD (128 KiB), as
 * FILE_BUFFER of content.c. */
enum { COPY = 64 * 1024 };

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

static enum fq_status update(void *to, const void *data, size_t size, struct fq_error *error)
{
    const struct fq_digests *digests = to;

    for (int i = 0; i < FQ_DIGESTS; i++)
        if (digests->contexts[i] != NULL && !EVP_DigestUpdate(digests->contexts[i], data, size))
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return FQ_OK;
}

enum fq_status fq_digests_relay(struct fq_digests *digests, struct fq_relay_thread *thread,
                                struct fq_error *error)
{
    bool are_wanted = false;

    for (int i = 0; i < FQ_DIGESTS; i++)
        are_wanted = are_wanted || digests->contexts[i] != NULL;
    return thread != NULL && are_wanted
               ? fq_relay_new(thread, update, digests, &digests->relay, error)
               : FQ_OK;
}

static enum fq_status give_copy(struct fq_digests *digests, struct fq_error *error)
{
    enum fq_status status = fq_relay_give(digests->relay, digests->copy, digests->copied, error);

    digests->copy = NULL;
    digests->copied = 0;
    return status;
}

enum fq_status fq_digests_update(struct fq_digests *digests, const void *data, size_t size,
                                 struct fq_error *error)
{
    const unsigned char *bytes = data;
    enum fq_status status = FQ_OK;

    if (digests->relay == NULL)
        return update(digests, data, size, error);
    while (size > 0 && status == FQ_OK) {
        size_t more = size < COPY - digests->copied ? size : COPY - digests->copied;
        if (digests->copy == NULL)
            digests->copy = malloc(COPY);
        if (digests->copy == NULL)
            return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
        memcpy(digests->copy + digests->copied, bytes, more);
        digests->copied += more;
        bytes += more;
        size -= more;
        if (digests->copied == COPY)
            status = give_copy(digests, error);
    }
    return status;
}

enum fq_status fq_digests_give(struct fq_digests *digests, void *memory, size_t size,
                               struct fq_error *error)
{
    enum fq_status status;

    if (digests->relay != NULL)
        return fq_relay_give(digests->relay, memory, size, error);
    status = update(digests, memory, size, error);
    free(memory);
    return status;
}

void fq_digests_close(struct fq_digests *digests)
{
    fq_relay_free(digests->relay);
    free(digests->copy);
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
    enum fq_status status = FQ_OK;

    if (digests->relay != NULL)
        status = fq_relay_end(digests->relay, error);
    if (status == FQ_OK)
        status = update(digests, digests->copy, digests->copied, error);
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
    if (status == FQ_OK && !right)
        status = fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return status;
}
