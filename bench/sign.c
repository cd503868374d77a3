/* The floor of sign: the SHA-1 of the same bytes, sorted and joined already, its context reused. */
#include <openssl/evp.h>
#include <string.h>

#include "bench.h"

int main(void)
{
    static const char text[] = "1.0.0"
                               "TIDA0001"
                               "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
                               "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
                               "userID19959248596551";
    const int rounds = 300000;
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    double start;

    if (sha1 == NULL || context == NULL || !EVP_DigestInit_ex(context, sha1, NULL))
        return 1;
    start = cpu_seconds();
    for (int i = 0; i < rounds; i++) {
        if (!EVP_DigestInit_ex(context, NULL, NULL) ||
            !EVP_DigestUpdate(context, text, sizeof text - 1) ||
            !EVP_DigestFinal_ex(context, digest, NULL))
            return 1;
        use(digest);
    }
    report("sign.floor", (cpu_seconds() - start) / rounds);
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha1);
    return 0;
}
