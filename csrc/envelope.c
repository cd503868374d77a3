#include "envelope.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where the first segment of the encrypted bytes begins, and where it ends.  What is of an
 * indefinite length (the message, and what holds these bytes) is entered, what is of a known length
 * (the recipients, say) is passed over. */
static bool find_segment(const char *data, size_t size, size_t *start, size_t *end)
{
    const unsigned char *first = (const unsigned char *)data, *next = first;

    while (next < first + size) {
        const unsigned char *object = next;
        long length;
        int tag, class,
            kind = ASN1_get_object(&next, &length, &tag, &class, (long)(first + size - next));
        if (kind & 0x80)
            return false;
        if (tag == V_ASN1_OCTET_STRING && class == V_ASN1_UNIVERSAL) {
            *start = (size_t)(object - first);
            *end = (size_t)(next + length - first);
            return true;
        }
        next += kind & 1 ? 0 : length;
    }
    return false;
}

/* Where these bytes are, which nobody chose. */
static bool find_random(const struct fq_buffer *frame, const unsigned char *bytes, size_t size,
                        size_t *at)
{
    const char *found = memmem(frame->data, frame->size, bytes, size);

    if (found != NULL)
        *at = (size_t)(found - frame->data);
    return found != NULL;
}

/* Takes a message of one byte apart, which `cipher` has encrypted. */
static bool take_apart(struct fq_envelope *envelope, EVP_CIPHER_CTX *cipher)
{
    struct fq_buffer *frame = &envelope->frame;
    unsigned char nonce[FQ_NONCE_BYTES], tag[FQ_TAG_BYTES];
    size_t end;

    if (EVP_CIPHER_CTX_get_iv_length(cipher) != sizeof nonce ||
        !EVP_CIPHER_CTX_get_original_iv(cipher, nonce, sizeof nonce) ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) != 1 ||
        !find_segment(frame->data, frame->size, &envelope->head, &end))
        return false;
    memmove(frame->data + envelope->head, frame->data + end, frame->size - end);
    frame->size -= end - envelope->head;
    return find_random(frame, nonce, sizeof nonce, &envelope->nonce) &&
           find_random(frame, tag, sizeof tag, &envelope->tag) &&
           envelope->nonce + sizeof nonce <= envelope->head && envelope->tag >= envelope->head;
}

/* Has OpenSSL encrypt one byte, and keeps all but that byte, and the key. */
static bool encrypt_byte(struct fq_envelope *envelope, BIO *out, CMS_ContentInfo *message)
{
    BIO *chain = message != NULL ? BIO_new_CMS(out, message) : NULL;
    BIO *encryption = chain != NULL ? BIO_find_type(chain, BIO_TYPE_CIPHER) : NULL;
    EVP_CIPHER_CTX *cipher = NULL;
    bool is_made = encryption != NULL && BIO_get_cipher_ctx(encryption, &cipher) == 1;

    envelope->cipher = is_made ? EVP_CIPHER_CTX_new() : NULL;
    is_made = envelope->cipher != NULL && EVP_CIPHER_CTX_copy(envelope->cipher, cipher) &&
              BIO_write(chain, "", 1) == 1 && BIO_flush(chain) == 1;
    if (is_made) {
        char *data;
        long size = BIO_get_mem_data(out, &data);
        envelope->frame.limit = SIZE_MAX;
        is_made =
            fq_buffer_add(&envelope->frame, data, (size_t)size, FQ_CRYPTO_FAILED, NULL) == FQ_OK &&
            take_apart(envelope, cipher);
    }
    while (chain != NULL && chain != out) {
        BIO *next = BIO_pop(chain);
        BIO_free(chain);
        chain = next;
    }
    return is_made;
}

enum fq_status fq_envelope_make(struct fq_envelope *envelope, struct fq_error *error)
{
    CMS_ContentInfo *message;
    BIO *out;
    bool is_made;

    if (envelope->cipher != NULL)
        return FQ_OK;
    out = BIO_new(BIO_s_mem());
    message = out != NULL ? fq_recipients_message(envelope->recipients) : NULL;
    is_made = encrypt_byte(envelope, out, message);
    BIO_free(out);
    CMS_ContentInfo_free(message);
    if (is_made)
        return FQ_OK;
    fq_envelope_close(envelope);
    /* OpenSSL's errors stay in the thread until somebody takes them for their own. */
    ERR_clear_error();
    return fq_fail(error, FQ_CRYPTO_FAILED, 0);
}

void fq_envelope_close(struct fq_envelope *envelope)
{
    EVP_CIPHER_CTX_free(envelope->cipher);
    envelope->cipher = NULL;
    fq_buffer_free(&envelope->frame);
}
