/* What goes around the content of messages for the same recipients: made by OpenSSL once, with one
 * key, and put around each of a few messages that belong together.  Handing a key over is what
 * costs: with RSA or ECDH, once for each recipient. */
#ifndef FQ_ENVELOPE_H
#define FQ_ENVELOPE_H

#include <openssl/evp.h>
#include <stddef.h>

#include "buffer.h"
#include "recipients.h"
#include "status.h"

enum { FQ_NONCE_BYTES = 12, FQ_TAG_BYTES = 16 };

/* All zero but for the recipients, who are lent to it: not made yet. */
struct fq_envelope {
    const struct fq_recipients *recipients;
    EVP_CIPHER_CTX *cipher; /* has the key, and nobody else; NULL: not made */
    struct fq_buffer frame; /* a message of no content: what goes before it, and behind */
    size_t head;            /* bytes that go before */
    size_t nonce, tag;      /* where a message's own go in the frame */
};

/* Makes it, unless it was made: nothing is lost where no message comes.  FQ_CRYPTO_FAILED. */
enum fq_status fq_envelope_make(struct fq_envelope *envelope, struct fq_error *error);

/* Forgets the key.  All zero is fine. */
void fq_envelope_close(struct fq_envelope *envelope);

#endif
