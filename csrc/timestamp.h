/* Timestamps of RFC 3161: what a timestamping authority (TSA) is asked, and whether what it has
 * answered is its word about these bytes. */
#ifndef FQ_TIMESTAMP_H
#define FQ_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { FQ_TIMESTAMP_REQUEST = 512 /* bytes of any request */ };

/* Writes a TimeStampReq (DER) for the SHA-256 of `data`, which asks for the TSA's certificate, too.
 * `policy`: an OID in digits, or NULL for any.  `has_nonce`: with 64 random bits, which the answer
 * has to repeat; a request without serves to check a kept answer.
 * FQ_TOKEN_POLICY (that is no OID), FQ_CRYPTO_FAILED. */
enum fq_status fq_timestamp_request(const void *data, size_t size, const char *policy,
                                    bool has_nonce, unsigned char request[FQ_TIMESTAMP_REQUEST],
                                    size_t *request_size, struct fq_error *error);

struct fq_timestamp {
    int64_t time;     /* when, in seconds since 1970 */
    char policy[128]; /* an OID in digits */
    char serial[64];  /* in hex */
    char signer[256]; /* the subject of the TSA's certificate (RFC 2253) */
};

/* Checks a TimeStampResp (DER) against the request: that it grants a token, and that the token is
 * about the same digest, repeats the nonce, has the policy that was asked for, and is signed by the
 * certificate in it.  With `ca` (PEM, certificates one after another; NULL: none) that certificate
 * must have been one for timestamping at the token's time, issued by one of these.
 * FQ_TOKEN_MALFORMED (not DER), FQ_TOKEN_REFUSED, FQ_TOKEN_IMPRINT, FQ_TOKEN_NONCE,
 * FQ_TOKEN_POLICY, FQ_TOKEN_SIGNATURE, FQ_TOKEN_UNTRUSTED, FQ_CERTIFICATE_INVALID (`ca`),
 * FQ_CRYPTO_FAILED; *timestamp is filled on FQ_OK. */
enum fq_status fq_timestamp_check(const void *response, size_t response_size, const void *request,
                                  size_t request_size, const char *ca, size_t ca_size,
                                  struct fq_timestamp *timestamp, struct fq_error *error);

#endif
