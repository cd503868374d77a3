/* What an encrypted archive can't do without: AES-256-GCM of as many bytes as an order's files
 * have, and SHA-256 of what comes of it, in blocks of 64 KB; and beyond that the keys that are
 * handed over to a recipient.
 *
 * secrecy ORDERS BYTES CERT.pem...: milliseconds of CPU an order, of the bytes and of the keys for
 * each certificate. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cms.h"
#include "recipients.h"

enum {
    BLOCK = 64 * 1024,
    KEYS = 4, /* an order: of photo, video, record and manifest */
};

static bool encrypt(size_t bytes)
{
    static unsigned char plain[BLOCK], encrypted[BLOCK];
    static const unsigned char key[32], nonce[12];
    unsigned char digest[EVP_MAX_MD_SIZE], tag[16];
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int size;
    bool is_done = EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) &&
                   EVP_DigestInit_ex(hash, EVP_sha256(), NULL);

    while (bytes > 0 && is_done) {
        size_t some = bytes < BLOCK ? bytes : BLOCK;
        is_done = EVP_EncryptUpdate(cipher, encrypted, &size, plain, (int)some) &&
                  EVP_DigestUpdate(hash, encrypted, some);
        bytes -= some;
    }
    is_done = is_done && EVP_EncryptFinal_ex(cipher, tag, &size) &&
              EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) &&
              EVP_DigestFinal_ex(hash, digest, NULL);
    use(digest);
    EVP_CIPHER_CTX_free(cipher);
    EVP_MD_CTX_free(hash);
    return is_done;
}

static enum fq_status discard(void *to, const void *data, size_t size, struct fq_error *error)
{
    (void)to;
    (void)data;
    (void)size;
    return fq_fail(error, FQ_OK, 0);
}

static bool hand_over(const struct fq_recipients *recipients, size_t keys)
{
    bool is_done = true;

    for (size_t i = 0; i < keys && is_done; i++) {
        struct fq_cms *message;
        is_done = fq_cms_new(recipients, discard, NULL, &message, NULL) == FQ_OK;
        fq_cms_free(message);
    }
    return is_done;
}

static double milliseconds(double since, size_t orders)
{
    return (cpu_seconds() - since) * 1e3 / (double)orders;
}

static bool run(size_t orders, size_t bytes, char **certificates)
{
    double since;

    if (!encrypt(bytes)) /* has OpenSSL read its settings */
        return false;
    since = cpu_seconds();
    for (size_t i = 0; i < orders; i++)
        if (!encrypt(bytes))
            return false;
    printf("%.4f", milliseconds(since, orders));
    for (; *certificates != NULL; certificates++) {
        struct fq_certificate certificate;
        struct fq_recipients *recipients = NULL;
        bool is_done = fq_certificate_read(*certificates, &certificate, NULL) == FQ_OK &&
                       fq_recipients_new(certificate.pem.data, certificate.pem.size, &recipients,
                                         NULL) == FQ_OK;
        since = cpu_seconds();
        is_done = is_done && hand_over(recipients, KEYS * orders);
        printf(" %.4f", milliseconds(since, orders));
        fq_recipients_free(recipients);
        fq_certificate_clear(&certificate);
        if (!is_done)
            return false;
    }
    putchar('\n');
    return true;
}

int main(int count, char **arguments)
{
    if (count < 3 ||
        !run(strtoul(arguments[1], NULL, 10), strtoul(arguments[2], NULL, 10), arguments + 3)) {
        fputs("usage: secrecy ORDERS BYTES CERT.pem...\n", stderr);
        return 1;
    }
    return 0;
}
