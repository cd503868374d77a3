/* The signature that every call of the service carries, and the nonce in it. */
#ifndef FQ_SIGN_H
#define FQ_SIGN_H

#include <stddef.h>

#include "status.h"

#define FQ_SIGN_LENGTH 40
#define FQ_NONCE_LENGTH 32

struct fq_slice {
    const char *data; /* borrowed; may hold any byte */
    size_t size;
};

struct fq_signer; /* one thread at a time */

/* A signer with its digest ready, so that a signature costs no look-up.  NULL: out of memory or no
 * SHA-1 in this OpenSSL.  Freed with fq_signer_free (NULL is fine). */
struct fq_signer *fq_signer_new(void);
void fq_signer_free(struct fq_signer *signer);

/* SHA-1 over the values in bytewise order, as upper-case hex: exactly FQ_SIGN_LENGTH characters and
 * a NUL.  Sorts `values` in place.  FQ_CRYPTO_FAILED when OpenSSL refuses. */
enum fq_status fq_sign(struct fq_signer *signer, struct fq_slice *values, size_t count,
                       char sign[FQ_SIGN_LENGTH + 1]);

/* `size` random bytes, 256 at most, from the system's CSPRNG.  FQ_CRYPTO_FAILED without one. */
enum fq_status fq_random(void *bytes, size_t size);

/* FQ_NONCE_LENGTH unbiased characters of [A-Za-z0-9] and a NUL; as fq_random. */
enum fq_status fq_nonce(char nonce[FQ_NONCE_LENGTH + 1]);

#endif
