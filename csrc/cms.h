/* Encryption while bytes pass: CMS AuthEnvelopedData (RFC 5083) in BER, AES-256-GCM, for the
 * holders of certificates.  Whoever encrypts needs no key and keeps none. */
#ifndef FQ_CMS_H
#define FQ_CMS_H

#include <stddef.h>

#include "recipients.h"
#include "status.h"

/* Takes what is to be stored, in pieces of any size. */
typedef enum fq_status fq_cms_put(void *to, const void *data, size_t size, struct fq_error *error);

/* Reads `size` bytes of what was put, from `offset` on. */
typedef enum fq_status fq_cms_get(void *to, void *data, size_t size, size_t offset,
                                  struct fq_error *error);

struct fq_cms;

/* Begins a message for these recipients, which are not needed beyond this call.  FQ_CRYPTO_FAILED,
 * FQ_OUT_OF_MEMORY.  On FQ_OK *cms is the caller's, freed with fq_cms_free; `to` is lent to it. */
enum fq_status fq_cms_new(const struct fq_recipients *recipients, fq_cms_put *put, void *to,
                          struct fq_cms **cms, struct fq_error *error);

/* Encrypts more bytes.  FQ_CRYPTO_FAILED, or what `put` says; then only fq_cms_free may follow. */
enum fq_status fq_cms_write(struct fq_cms *cms, const void *data, size_t size,
                            struct fq_error *error);

/* All bytes have come, one at least: puts the tag that makes every change to them show.  As
 * fq_cms_write; FQ_CRYPTO_FAILED where none came, which OpenSSL can't put. */
enum fq_status fq_cms_end(struct fq_cms *cms, struct fq_error *error);

/* Decrypts what was written so far and not yet ended, in order: each call goes on where the one
 * before has stopped.  FQ_CRYPTO_FAILED where fewer bytes were written, or what put and `get` say.
 */
enum fq_status fq_cms_read(struct fq_cms *cms, fq_cms_get *get, void *data, size_t size,
                           struct fq_error *error);

/* NULL is fine. */
void fq_cms_free(struct fq_cms *cms);

#endif
