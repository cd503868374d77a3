#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "hex.h"

enum { PIECE = 32 * 1024 };

static const char *const openssl_names[] = {
#define X(name, openssl) openssl,
    FQ_DIGEST_LIST(X)
#undef X
};

enum fq_status fq_digests_open(struct fq_digests *digests, unsigned which, struct fq_error *error)
{
    memset(digests, 0, sizeof *digests);
    for (int i = 0; i < FQ_DIGESTS; i++) {
        EVP_MD *digest;
        int ready;
        if ((which & 1u << i) == 0)
            continue;
        digest = EVP_MD_fetch(NULL, openssl_names[i], NULL);
        digests->contexts[i] = EVP_MD_CTX_new();
        ready = digest != NULL && digests->contexts[i] != NULL &&
                EVP_DigestInit_ex(digests->contexts[i], digest, NULL);
        EVP_MD_free(digest);
        if (!ready)
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    }
    return FQ_OK;
}

enum fq_status fq_digests_update(struct fq_digests *digests, const void *data, size_t size,
                                 struct fq_error *error)
{
    for (int i = 0; i < FQ_DIGESTS; i++)
        if (digests->contexts[i] != NULL && !EVP_DigestUpdate(digests->contexts[i], data, size))
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return FQ_OK;
}

void fq_digests_close(struct fq_digests *digests)
{
    for (int i = 0; i < FQ_DIGESTS; i++)
        EVP_MD_CTX_free(digests->contexts[i]);
    memset(digests, 0, sizeof *digests);
}

enum fq_status fq_digests_finish(struct fq_digests *digests, fq_digests_hex hex,
                                 struct fq_error *error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    bool right = true;

    for (int i = 0; i < FQ_DIGESTS; i++) {
        hex[i][0] = '\0';
        if (digests->contexts[i] == NULL)
            continue;
        if (EVP_DigestFinal_ex(digests->contexts[i], digest, &size))
            fq_hex(digest, size, FQ_HEX_LOWER, hex[i]);
        else
            right = false;
    }
    /* OpenSSL would make a second digest of a finished one, and a wrong one. */
    fq_digests_close(digests);
    return right ? FQ_OK : fq_fail(error, FQ_CRYPTO_FAILED, 0);
}

static enum fq_status digest_open_file(int fd, struct fq_digests *digests, size_t *size,
                                       struct fq_error *error)
{
    char piece[PIECE];
    struct stat status;
    ssize_t got;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return fq_fail(error, FQ_FILE_UNTRUSTED, 0);
    while ((got = read(fd, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fq_read_failure(errno, error);
        *size += (size_t)got;
        if (fq_digests_update(digests, piece, (size_t)got, error) != FQ_OK)
            return FQ_CRYPTO_FAILED;
    }
    return FQ_OK;
}

enum fq_status fq_digest_file(const char *path, unsigned which, fq_digests_hex hex, size_t *size,
                              struct fq_error *error)
{
    struct fq_digests digests;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum fq_status status;

    *size = 0;
    if (fd < 0)
        return fq_read_failure(errno, error);
    status = fq_digests_open(&digests, which, error);
    if (status == FQ_OK)
        status = digest_open_file(fd, &digests, size, error);
    if (status == FQ_OK)
        status = fq_digests_finish(&digests, hex, error);
    fq_digests_close(&digests);
    close(fd);
    return status;
}
