/* Who answered, over what connection, and when: what evidence tells of an exchange besides the
 * answer itself. */
#ifndef FQ_PEER_H
#define FQ_PEER_H

#include <curl/curl.h>
#include <stdint.h>

#include "digest.h"

struct fq_peer {
    /* "" over plain http, and where libcurl's TLS is not OpenSSL's: */
    char tls[16];                        /* "TLSv1.3" */
    char cipher[64];                     /* by OpenSSL's name */
    char certificate[FQ_DIGEST_HEX + 1]; /* SHA-256 of the server's, in DER */
    char date[64];                       /* the answer's Date header as it came; "": none */
    int64_t sent, received;              /* milliseconds since the epoch */
};

/* The time of CLOCK_REALTIME in milliseconds since the epoch. */
int64_t fq_peer_now(void);

/* Fills in what is known of the connection, while the handle's exchange is under way. */
void fq_peer_read_connection(CURL *easy, struct fq_peer *peer);

/* Fills in what the answer's headers say. */
void fq_peer_read_headers(CURL *easy, struct fq_peer *peer);

#endif
