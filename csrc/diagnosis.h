/* What an exchange's answer does not say, for whoever looks why there is none, or why it is slow.
 */
#ifndef FQ_DIAGNOSIS_H
#define FQ_DIAGNOSIS_H

#include <curl/curl.h>

#include "status.h"

struct fq_diagnosis {
    /* Seconds from the start until the name was resolved, the connection was there, and TLS was
     * agreed on; 0 where a step was not needed, or not reached. */
    double lookup, connect, handshake;
    char issuer[160]; /* of the certificate that could not be verified, by its name; "": none */
};

/* curl_easy_perform, watched.  `diagnosis` must outlive the connections that are opened: it is
 * theirs, too. */
CURLcode fq_diagnosis_perform(CURL *easy, struct fq_diagnosis *diagnosis);

/* Adds the issuer to the detail of an FQ_TRANSPORT that a certificate is to blame for. */
void fq_diagnosis_tell(const struct fq_diagnosis *diagnosis, struct fq_error *failure);

#endif
