/* Certificates in PEM, one after another, and what they are called. */
#ifndef FQ_CERTIFICATE_H
#define FQ_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "status.h"

/* The certificates in `pem`, in their order, at least one; other things in it are passed over.
 * FQ_CERTIFICATE_INVALID, FQ_OUT_OF_MEMORY.  On FQ_OK *list is the caller's, freed with
 * sk_X509_pop_free and X509_free. */
enum fq_status fq_certificates_read(const char *pem, size_t size, STACK_OF(X509) * *list,
                                    struct fq_error *error);

/* The same as authorities that are trusted; freed with X509_STORE_free. */
enum fq_status fq_certificates_store(const char *pem, size_t size, X509_STORE **store,
                                     struct fq_error *error);

/* Writes a certificate's subject (RFC 2253, cut between two characters where `capacity` bytes, with
 * the NUL, have no room for more): whether it could; "" where not. */
bool fq_certificate_name(const X509 *certificate, char *name, size_t capacity);

/* The same of its issuer. */
bool fq_certificate_issuer(const X509 *certificate, char *name, size_t capacity);

#endif
