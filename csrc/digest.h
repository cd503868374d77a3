/* Digests of bytes as they pass. */
#ifndef FQ_DIGEST_H
#define FQ_DIGEST_H

#include <openssl/evp.h>
#include <stddef.h>

#include "status.h"

/* X(name, OpenSSL's name) */
#define FQ_DIGEST_LIST(X)                                                                          \
    X(sha256, "SHA256")                                                                            \
    X(sm3, "SM3")

/* clang-format off */
enum fq_digest {
#define X(name, openssl) FQ_DIGEST_##name,
    FQ_DIGEST_LIST(X)
#undef X
    FQ_DIGESTS
};
/* clang-format on */

#define FQ_DIGEST_HEX 64 /* digits of any of them */

struct fq_relay;
struct fq_relay_thread;

struct fq_digests {
    EVP_MD_CTX *contexts[FQ_DIGESTS]; /* NULL where not asked for */
    struct fq_relay *relay;           /* to the thread that they are taken in; or NULL */
    unsigned char *copy;              /* of bytes that are yet to be given to it; or NULL */
    size_t copied;                    /* so many */
};

/* Lower-case hex by digest; "" where not asked for. */
typedef char fq_digests_hex[FQ_DIGESTS][FQ_DIGEST_HEX + 1];

/* Starts the digests in `which` (1u << FQ_DIGEST_…, or-ed).  FQ_CRYPTO_FAILED when OpenSSL refuses
 * one.  The caller closes them with fq_digests_close, after a failure, too. */
enum fq_status fq_digests_open(struct fq_digests *digests, unsigned which, struct fq_error *error);

/* Has them taken in that thread, beside what the caller does; of bytes that are yet to come.
 * `thread` NULL, or digests that were not asked for, are fine.  FQ_OUT_OF_MEMORY.  *digests stays
 * where it is in memory from now on. */
enum fq_status fq_digests_relay(struct fq_digests *digests, struct fq_relay_thread *thread,
                                struct fq_error *error);

/* FQ_CRYPTO_FAILED, FQ_OUT_OF_MEMORY. */
enum fq_status fq_digests_update(struct fq_digests *digests, const void *data, size_t size,
                                 struct fq_error *error);

/* The same with bytes in memory of malloc's, which is the digests' from now on.  For digests that
 * get all of their bytes so: those of fq_digests_update may be copied, and given only later. */
enum fq_status fq_digests_give(struct fq_digests *digests, void *memory, size_t size,
                               struct fq_error *error);

/* Writes each digest in hex, and closes all of them: one that is finished a second time is "".
 * FQ_CRYPTO_FAILED, FQ_OUT_OF_MEMORY. */
enum fq_status fq_digests_finish(struct fq_digests *digests, fq_digests_hex hex,
                                 struct fq_error *error);

/* Frees the contexts.  All zero is fine. */
void fq_digests_close(struct fq_digests *digests);

#endif
