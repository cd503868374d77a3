#include "cms.h"

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* OpenSSL encrypts 4 KiB at a time; so many bytes are put together, while the cache has them.
     */
    PIECE = 64 * 1024,
    /* Bytes that BIO_write takes at a time, whose sizes are ints. */
    MOST_WRITTEN = 1 << 20,
    LONGEST_HEAD = 4, /* of a segment: tag and length */
};

struct fq_cms {
    CMS_ContentInfo *content;
    BIO_METHOD *method;
    BIO *end, *chain; /* the last of the chain is `end` */
    fq_cms_put *put;
    void *to;
    struct fq_error failure; /* of put, which OpenSSL does not hand on */
    size_t stored;           /* bytes that were put */
    size_t held;             /* bytes in the piece */

    /* Of fq_cms_read.  GCM adds a key stream to the bytes, so that to encrypt twice is to decrypt.
     */
    EVP_CIPHER_CTX *stream;
    size_t at;   /* in what was put */
    size_t left; /* of the segment at `at` */

    unsigned char piece[PIECE];
};

/* OpenSSL's errors stay in the thread until somebody takes them for their own. */
static enum fq_status refused(struct fq_error *error)
{
    ERR_clear_error();
    return fq_fail(error, FQ_CRYPTO_FAILED, 0);
}

static enum fq_status settle(struct fq_cms *cms)
{
    enum fq_status status = FQ_OK;

    if (cms->held > 0)
        status = cms->put(cms->to, cms->piece, cms->held, &cms->failure);
    if (status == FQ_OK)
        cms->stored += cms->held;
    cms->held = 0;
    return status;
}

/* The end of OpenSSL's chain. */
static int take(BIO *end, const char *data, int size)
{
    struct fq_cms *cms = BIO_get_data(end);
    size_t left = (size_t)size;

    while (left > 0) {
        size_t room = PIECE - cms->held, some = left < room ? left : room;
        memcpy(cms->piece + cms->held, data, some);
        cms->held += some;
        data += some;
        left -= some;
        if (cms->held == PIECE && settle(cms) != FQ_OK)
            return -1;
    }
    return size;
}

static long control(BIO *end, int command, long number, void *pointer)
{
    (void)end;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static bool make_end(struct fq_cms *cms)
{
    cms->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "facequery");
    if (cms->method == NULL || !BIO_meth_set_write(cms->method, take) ||
        !BIO_meth_set_ctrl(cms->method, control))
        return false;
    cms->end = BIO_new(cms->method);
    if (cms->end == NULL)
        return false;
    BIO_set_data(cms->end, cms);
    BIO_set_init(cms->end, 1);
    return true;
}

static bool begin(struct fq_cms *cms, const struct fq_recipients *recipients)
{
    EVP_CIPHER_CTX *cipher = NULL;
    BIO *encryption;

    if (!make_end(cms))
        return false;
    cms->content = fq_recipients_message(recipients);
    cms->chain = cms->content != NULL ? BIO_new_CMS(cms->end, cms->content) : NULL;
    encryption = cms->chain != NULL ? BIO_find_type(cms->chain, BIO_TYPE_CIPHER) : NULL;
    if (encryption == NULL || BIO_get_cipher_ctx(encryption, &cipher) != 1)
        return false;
    cms->stream = EVP_CIPHER_CTX_new();
    return cms->stream != NULL && EVP_CIPHER_CTX_copy(cms->stream, cipher);
}

enum fq_status fq_cms_new(const struct fq_recipients *recipients, fq_cms_put *put, void *to,
                          struct fq_cms **out, struct fq_error *error)
{
    struct fq_cms *cms = malloc(sizeof *cms);

    *out = NULL;
    if (cms == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    memset(cms, 0, offsetof(struct fq_cms, piece));
    cms->put = put;
    cms->to = to;
    if (!begin(cms, recipients)) {
        fq_cms_free(cms);
        return refused(error);
    }
    *out = cms;
    return FQ_OK;
}

void fq_cms_free(struct fq_cms *cms)
{
    if (cms == NULL)
        return;
    if (cms->chain != NULL)
        BIO_free_all(cms->chain);
    else
        BIO_free(cms->end);
    BIO_meth_free(cms->method);
    CMS_ContentInfo_free(cms->content);
    EVP_CIPHER_CTX_free(cms->stream);
    free(cms);
}

/* After a call of OpenSSL's: what put has said goes before what OpenSSL says of it. */
static enum fq_status outcome(const struct fq_cms *cms, bool is_done, struct fq_error *error)
{
    if (cms->failure.status != FQ_OK) {
        ERR_clear_error();
        if (error != NULL)
            *error = cms->failure;
        return cms->failure.status;
    }
    return is_done ? FQ_OK : refused(error);
}

enum fq_status fq_cms_write(struct fq_cms *cms, const void *data, size_t size,
                            struct fq_error *error)
{
    const char *next = data;
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        int some = (int)(size < MOST_WRITTEN ? size : MOST_WRITTEN);
        status = outcome(cms, BIO_write(cms->chain, next, some) == some, error);
        next += some;
        size -= (size_t)some;
    }
    return status;
}

enum fq_status fq_cms_end(struct fq_cms *cms, struct fq_error *error)
{
    bool is_done = BIO_flush(cms->chain) == 1;

    if (is_done)
        settle(cms);
    return outcome(cms, is_done, error);
}

/* Where the first segment of the encrypted bytes begins.  What is of an indefinite length (the
 * message, and what holds these bytes) is entered, what is of a known length (the recipients, say)
 * is passed over.  false: not in these bytes. */
static bool find_segments(const unsigned char *data, size_t size, size_t *at)
{
    const unsigned char *next = data, *end = data + size;

    while (next < end) {
        const unsigned char *start = next;
        long length;
        int tag, class, kind = ASN1_get_object(&next, &length, &tag, &class, (long)(end - next));
        if (kind & 0x80)
            return false;
        if (tag == V_ASN1_OCTET_STRING && class == V_ASN1_UNIVERSAL) {
            *at = (size_t)(start - data);
            return true;
        }
        next += kind & 1 ? 0 : length;
    }
    return false;
}

/* Reads a segment's head: a tag, and a length in up to two bytes.  OpenSSL makes no longer ones. */
static enum fq_status next_segment(struct fq_cms *cms, fq_cms_get *get, struct fq_error *error)
{
    unsigned char head[LONGEST_HEAD] = {0};
    size_t size = cms->stored - cms->at < LONGEST_HEAD ? cms->stored - cms->at : LONGEST_HEAD;
    enum fq_status status = get(cms->to, head, size, cms->at, error);
    size_t digits = head[1] > 0x80 ? head[1] - 0x80u : 0;

    if (status != FQ_OK)
        return status;
    if (size < 2 || head[0] != V_ASN1_OCTET_STRING || digits > 2)
        return refused(error);
    cms->left = digits == 0 ? head[1] : head[2];
    if (digits == 2)
        cms->left = cms->left << 8 | head[3];
    cms->at += 2 + digits;
    return cms->left > 0 && cms->left <= cms->stored - cms->at ? FQ_OK : refused(error);
}

static enum fq_status begin_reading(struct fq_cms *cms, fq_cms_get *get, struct fq_error *error)
{
    enum fq_status status = outcome(cms, settle(cms) == FQ_OK, error);
    size_t size = cms->stored < PIECE ? cms->stored : PIECE;

    /* The piece is empty, and of use for this. */
    if (status == FQ_OK)
        status = get(cms->to, cms->piece, size, 0, error);
    if (status == FQ_OK && !find_segments(cms->piece, size, &cms->at))
        status = refused(error);
    return status;
}

enum fq_status fq_cms_read(struct fq_cms *cms, fq_cms_get *get, void *data, size_t size,
                           struct fq_error *error)
{
    unsigned char *next = data;
    enum fq_status status = cms->at == 0 ? begin_reading(cms, get, error) : FQ_OK;

    while (size > 0 && status == FQ_OK) {
        size_t some;
        int decrypted;
        if (cms->left == 0)
            status = next_segment(cms, get, error);
        some = size < cms->left ? size : cms->left;
        if (status == FQ_OK)
            status = get(cms->to, next, some, cms->at, error);
        if (status == FQ_OK && !EVP_EncryptUpdate(cms->stream, next, &decrypted, next, (int)some))
            status = refused(error);
        cms->at += some;
        cms->left -= some;
        next += some;
        size -= some;
    }
    return status;
}
