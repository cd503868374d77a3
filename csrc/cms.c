#include "cms.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_HEAD = 4, /* of a segment: tag and length */
    /* Bytes of every segment but the last: so many are encrypted, digested and written while the
     * cache has them. */
    SEGMENT = 60 * 1024,
};

struct fq_cms {
    const struct fq_envelope *envelope;
    EVP_CIPHER_CTX *cipher;
    fq_cms_put *put;
    void *to;
    unsigned char nonce[FQ_NONCE_BYTES];
    size_t total; /* bytes that were written, */
    size_t held;  /* and those of them that the segment has, and nobody else */

    /* Of fq_cms_read.  GCM adds a key stream to the bytes, so that to encrypt twice is to decrypt.
     */
    EVP_CIPHER_CTX *stream;
    size_t read;

    unsigned char segment[LONGEST_HEAD + SEGMENT]; /* the head takes the last bytes of its room */
};

/* OpenSSL's errors stay in the thread until somebody takes them for their own. */
static enum fq_status refused(struct fq_error *error)
{
    ERR_clear_error();
    return fq_fail(error, FQ_CRYPTO_FAILED, 0);
}

/* The envelope's key with this message's nonce; NULL where OpenSSL refuses. */
static EVP_CIPHER_CTX *new_cipher(const struct fq_cms *cms)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

    if (cipher != NULL && EVP_CIPHER_CTX_copy(cipher, cms->envelope->cipher) &&
        EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, cms->nonce))
        return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

static enum fq_status begin(struct fq_cms *cms, struct fq_envelope *envelope,
                            struct fq_error *error)
{
    enum fq_status status = fq_envelope_make(envelope, error);

    if (status != FQ_OK)
        return status;
    cms->envelope = envelope;
    if (RAND_bytes(cms->nonce, sizeof cms->nonce) != 1)
        return refused(error);
    cms->cipher = new_cipher(cms);
    if (cms->cipher == NULL)
        return refused(error);
    memcpy(envelope->frame.data + envelope->nonce, cms->nonce, sizeof cms->nonce);
    return cms->put(cms->to, envelope->frame.data, envelope->head, error);
}

enum fq_status fq_cms_new(struct fq_envelope *envelope, fq_cms_put *put, void *to,
                          struct fq_cms **out, struct fq_error *error)
{
    struct fq_cms *cms = malloc(sizeof *cms);
    enum fq_status status;

    *out = NULL;
    if (cms == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    memset(cms, 0, offsetof(struct fq_cms, segment));
    cms->put = put;
    cms->to = to;
    status = begin(cms, envelope, error);
    if (status != FQ_OK) {
        fq_cms_free(cms);
        return status;
    }
    *out = cms;
    return FQ_OK;
}

void fq_cms_free(struct fq_cms *cms)
{
    if (cms == NULL)
        return;
    EVP_CIPHER_CTX_free(cms->cipher);
    EVP_CIPHER_CTX_free(cms->stream);
    free(cms);
}

/* Bytes of the head of a segment of so many bytes. */
static size_t head_of(size_t size)
{
    return (size_t)ASN1_object_size(0, (int)size, V_ASN1_OCTET_STRING) - size;
}

static enum fq_status put_segment(struct fq_cms *cms, struct fq_error *error)
{
    size_t head = head_of(cms->held), size = cms->held;
    unsigned char *start = cms->segment + LONGEST_HEAD - head, *end = start;

    if (size == 0)
        return FQ_OK;
    ASN1_put_object(&end, 0, (int)size, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL);
    cms->held = 0;
    return cms->put(cms->to, start, head + size, error);
}

enum fq_status fq_cms_write(struct fq_cms *cms, const void *data, size_t size,
                            struct fq_error *error)
{
    const unsigned char *next = data;
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        size_t room = SEGMENT - cms->held, some = size < room ? size : room;
        unsigned char *to = cms->segment + LONGEST_HEAD + cms->held;
        int encrypted;
        if (!EVP_EncryptUpdate(cms->cipher, to, &encrypted, next, (int)some))
            return refused(error);
        next += some;
        size -= some;
        cms->total += some;
        cms->held += some;
        if (cms->held == SEGMENT)
            status = put_segment(cms, error);
    }
    return status;
}

enum fq_status fq_cms_end(struct fq_cms *cms, struct fq_error *error)
{
    const struct fq_envelope *envelope = cms->envelope;
    const struct fq_buffer *frame = &envelope->frame;
    unsigned char tag[FQ_TAG_BYTES];
    int encrypted;
    enum fq_status status = put_segment(cms, error);

    if (status != FQ_OK)
        return status;
    if (!EVP_EncryptFinal_ex(cms->cipher, tag, &encrypted) ||
        EVP_CIPHER_CTX_ctrl(cms->cipher, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) != 1)
        return refused(error);
    memcpy(frame->data + envelope->tag, tag, sizeof tag);
    return cms->put(cms->to, frame->data + envelope->head, frame->size - envelope->head, error);
}

/* Where in what was put the byte lies that was written as this one, and how many of its segment are
 * there from it on. */
static size_t place_of(const struct fq_cms *cms, size_t byte, size_t *more)
{
    size_t whole = byte / SEGMENT, within = byte % SEGMENT, left = cms->total - whole * SEGMENT;
    size_t size = left < SEGMENT ? left : SEGMENT;

    *more = size - within;
    return cms->envelope->head + whole * (LONGEST_HEAD + SEGMENT) + head_of(size) + within;
}

enum fq_status fq_cms_read(struct fq_cms *cms, fq_cms_get *get, void *data, size_t size,
                           struct fq_error *error)
{
    unsigned char *next = data;
    enum fq_status status = put_segment(cms, error);

    if (status == FQ_OK && cms->stream == NULL)
        cms->stream = new_cipher(cms);
    if (status == FQ_OK && (cms->stream == NULL || size > cms->total - cms->read))
        return refused(error);
    while (size > 0 && status == FQ_OK) {
        size_t more, place = place_of(cms, cms->read, &more), some = size < more ? size : more;
        int decrypted;
        status = get(cms->to, next, some, place, error);
        if (status == FQ_OK && !EVP_EncryptUpdate(cms->stream, next, &decrypted, next, (int)some))
            return refused(error);
        cms->read += some;
        next += some;
        size -= some;
    }
    return status;
}
