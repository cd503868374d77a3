#include "linked.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

/* The start of the program or shared library that this address lies in (dladdr); NULL: in none. */
static const void *object_at(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

/* Are these functions all in one library, and not in the program?  Any program with an OpenSSL
 * inside has them in it, and no program takes their addresses: in a program without PIE that would
 * make their address one of its own PLT.  Addresses are compared, nothing is called. */
static bool is_one_library(void)
{
    int (*const initialise)(uint64_t, const OPENSSL_INIT_SETTINGS *) = OPENSSL_init_crypto;
    int (*const once)(CRYPTO_ONCE *, void (*)(void)) = CRYPTO_THREAD_run_once;
    int (*const digest)(EVP_MD_CTX *, const EVP_MD *, ENGINE *) = EVP_DigestInit_ex;
    unsigned long (*const version)(void) = OpenSSL_version_num;
    const void *program = object_at((const void *)getauxval(AT_PHDR));
    const void *library = object_at((const void *)(size_t)version);

    return library != program && object_at((const void *)(size_t)initialise) == library &&
           object_at((const void *)(size_t)once) == library &&
           object_at((const void *)(size_t)digest) == library;
}

enum fq_status fq_linked_check(struct fq_error *error)
{
    if (is_one_library() && OpenSSL_version_num() >> 28 == OPENSSL_VERSION_NUMBER >> 28)
        return FQ_OK;
    fq_fail(error, FQ_CRYPTO_FAILED, 0);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail,
                 "this program exports an OpenSSL of its own (%s) in the place of the shared "
                 "library that facequery and libcurl are linked with (%s): build the program with "
                 "OpenSSL as a shared library",
                 OpenSSL_version(OPENSSL_VERSION), OPENSSL_VERSION_TEXT);
    return FQ_CRYPTO_FAILED;
}

bool fq_linked_has_threads(void)
{
    /* An OpenSSL built with no-threads knows one thread, whose id is 0. */
    return CRYPTO_THREAD_get_current_id() != 0;
}
