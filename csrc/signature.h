/* Detached signatures: CMS SignedData (RFC 5652) beside the bytes that it is about. */
#ifndef FQ_SIGNATURE_H
#define FQ_SIGNATURE_H

#include <stddef.h>

#include "status.h"

enum { FQ_SIGNATURE_LARGEST = 64 * 1024 /* bytes */ };

/* Signs `data`: with the first certificate in `certificates` (PEM; the others go along, as its
 * chain) and its `key` (PEM, without a passphrase).  FQ_CERTIFICATE_INVALID (error->detail:
 * "certificate", "key", or "key and certificate" where one is not the other's, or the signature
 * with its certificates is larger), FQ_OUT_OF_MEMORY, FQ_CRYPTO_FAILED. */
enum fq_status fq_signature_make(const void *data, size_t size, const char *certificates,
                                 size_t certificates_size, const char *key, size_t key_size,
                                 unsigned char signature[FQ_SIGNATURE_LARGEST],
                                 size_t *signature_size, struct fq_error *error);

/* Is it the signature of these bytes, by the certificate in it?  Whose that is, and who says so, is
 * not looked at; `signer` gets its subject.  FQ_SIGNATURE_INVALID. */
enum fq_status fq_signature_check(const void *data, size_t size, const void *signature,
                                  size_t signature_size, char signer[256], struct fq_error *error);

#endif
