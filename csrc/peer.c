#include "peer.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hex.h"

int64_t fq_peer_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void fq_peer_read_connection(CURL *easy, struct fq_peer *peer)
{
    struct curl_tlssessioninfo *session = NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    SSL *ssl;
    X509 *certificate;

    curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session);
    if (session == NULL || session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL)
        return;
    ssl = session->internals;
    snprintf(peer->tls, sizeof peer->tls, "%s", SSL_get_version(ssl));
    snprintf(peer->cipher, sizeof peer->cipher, "%s", SSL_get_cipher_name(ssl));
    certificate = SSL_get1_peer_certificate(ssl);
    if (certificate != NULL && X509_digest(certificate, EVP_sha256(), digest, &size))
        fq_hex(digest, size, FQ_HEX_LOWER, peer->certificate);
    X509_free(certificate);
}

/* Nothing but characters that ASCII prints, and not too many? */
static bool is_plain(const char *value, size_t capacity)
{
    size_t length = strnlen(value, capacity);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)(value[i] - ' ') > '~' - ' ')
            return false;
    return length < capacity;
}

void fq_peer_read_headers(CURL *easy, struct fq_peer *peer)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
        is_plain(header->value, sizeof peer->date))
        strcpy(peer->date, header->value);
}
