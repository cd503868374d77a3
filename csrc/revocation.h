/* Revocation lists (CRLs, RFC 5280): whether the certificate that has signed a timestamp is on
 * one. */
#ifndef FQ_REVOCATION_H
#define FQ_REVOCATION_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Of whom the lists know that they were not revoked. */
enum fq_judged {
    FQ_JUDGED_NONE,   /* the lists are of others, or older than the token */
    FQ_JUDGED_SIGNER, /* the TSA's certificate */
    FQ_JUDGED_CHAIN,  /* its issuers' certificates, too */
};

/* Judges the TSA's certificate of a TimeStampResp that fq_timestamp_check has taken with these
 * authorities (`ca`, PEM), by lists (PEM, one after another) of whatever day.  `time`: the token's,
 * in seconds since 1970; a certificate that was revoked after it, for a reason that is given and
 * that is not its key, is good (RFC 3161, section 4).
 * FQ_TOKEN_REVOKED, FQ_CRL_INVALID (no lists, or not signed by whom they are said to be of),
 * FQ_TOKEN_MALFORMED, FQ_CERTIFICATE_INVALID (`ca`), FQ_OUT_OF_MEMORY; *judged is set on FQ_OK.
 * `error` is not NULL. */
enum fq_status fq_revocation_judge(const void *response, size_t response_size, int64_t time,
                                   const char *ca, size_t ca_size, const char *lists,
                                   size_t lists_size, enum fq_judged *judged,
                                   struct fq_error *error);

#endif
