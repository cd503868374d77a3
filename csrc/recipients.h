/* For whom something is encrypted: certificates, read and judged before anything is. */
#ifndef FQ_RECIPIENTS_H
#define FQ_RECIPIENTS_H

#include <openssl/cms.h>
#include <stddef.h>

#include "buffer.h"
#include "status.h"

/* Is this an OpenSSL whose CMS can be relied on?  Before 3.4.6, 3.5.7, 3.6.3 and 4.0.1, and in what
 * Debian 12 has before 3.0.21, it opens what was forged (CVE-2026-34182).  FQ_OPENSSL_TOO_OLD, with
 * its version in error->detail. */
enum fq_status fq_recipients_supported(struct fq_error *error);

/* How a certificate is told by, for people and for openssl's command line. */
struct fq_certificate {
    struct fq_buffer pem;    /* this certificate alone */
    struct fq_buffer issuer; /* RFC 2253 */
    char serial[2 * 20 + 3]; /* hexadecimal */
    char key_id[2 * 20 + 1]; /* subjectKeyIdentifier, hexadecimal; "": none */
    const char *algorithm;   /* "RSAES-OAEP-SHA256" or "ECDH-SHA256" */
};

/* Reads the first certificate of a PEM file, and judges it: may something be encrypted for it
 * today? FQ_CERTIFICATE_UNREADABLE, FQ_CERTIFICATE_EXPIRED (not yet valid, too),
 * FQ_CERTIFICATE_UNFIT: its key is neither RSA of 2048 bits nor on a NIST curve, or its keyUsage
 * has it for other things. With the reason in error->detail.  FQ_OPENSSL_TOO_OLD, FQ_OUT_OF_MEMORY,
 * FQ_CRYPTO_FAILED.  To be cleared in any case. */
enum fq_status fq_certificate_read(const char *path, struct fq_certificate *certificate,
                                   struct fq_error *error);
void fq_certificate_clear(struct fq_certificate *certificate);

struct fq_recipients;

/* Those of the certificates in this text, which fq_certificate_read has judged, one after another.
 * FQ_CERTIFICATE_UNREADABLE, FQ_OPENSSL_TOO_OLD, FQ_OUT_OF_MEMORY.  On FQ_OK *recipients is the
 * caller's, freed with fq_recipients_free. */
enum fq_status fq_recipients_new(const char *pem, size_t size, struct fq_recipients **recipients,
                                 struct fq_error *error);

/* NULL is fine. */
void fq_recipients_free(struct fq_recipients *recipients);

/* A message for them, without its content; the caller's.  NULL where OpenSSL refuses: its errors
 * are in its queue. */
CMS_ContentInfo *fq_recipients_message(const struct fq_recipients *recipients);

#endif
