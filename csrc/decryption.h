/* What cms.h encrypts, opened by one of its recipients. */
#ifndef FQ_DECRYPTION_H
#define FQ_DECRYPTION_H

#include <stddef.h>

#include "buffer.h"
#include "status.h"

struct fq_decryption;

/* Reads a private key in PEM (its passphrase, where it has one, is asked for at the terminal) and,
 * unless the path is NULL, its certificate, by which its part of a message is found among many.
 * FQ_KEY_UNREADABLE, FQ_CERTIFICATE_UNREADABLE, FQ_OPENSSL_TOO_OLD, FQ_OUT_OF_MEMORY.  On FQ_OK
 * *decryption is the caller's, freed with fq_decryption_free. */
enum fq_status fq_decryption_new(const char *key_path, const char *certificate_path,
                                 struct fq_decryption **decryption, struct fq_error *error);

/* Appends a message's content, all of it or nothing: it is put when the message was found to be as
 * it was made.  FQ_KEY_UNFIT: it is for others.  FQ_CIPHERTEXT_DAMAGED, FQ_OUT_OF_MEMORY. */
enum fq_status fq_decryption_open(const struct fq_decryption *decryption, const void *message,
                                  size_t size, struct fq_buffer *content, struct fq_error *error);

/* NULL is fine. */
void fq_decryption_free(struct fq_decryption *decryption);

#endif
