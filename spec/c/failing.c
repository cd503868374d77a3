#include "failing.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "tap.h"

/* X(what it returns, how it fails, its name, its parameters, its arguments): the linker puts what
 * is made of them in the place of what the core calls (--wrap, in the Makefile). */
#define CALL_LIST(X)                                                                               \
    X(int, -1, openat, (int at, const char *path, int flags, mode_t mode),                         \
      (at, path, flags, mode))                                                                     \
    X(int, -1, linkat, (int a, const char *from, int b, const char *to, int flags),                \
      (a, from, b, to, flags))                                                                     \
    X(int, -1, link, (const char *from, const char *to), (from, to))                               \
    X(long, -1, syscall, (long number, int a, const char *from, int b, const char *to, int flags), \
      (number, a, from, b, to, flags))                                                             \
    X(int, -1, open, (const char *path, int flags, mode_t mode), (path, flags, mode))              \
    X(int, -1, mkostemp, (char *path, int flags), (path, flags))                                   \
    X(int, -1, access, (const char *path, int how), (path, how))                                   \
    X(ssize_t, -1, write, (int fd, const void *data, size_t size), (fd, data, size))               \
    X(ssize_t, -1, read, (int fd, void *data, size_t size), (fd, data, size))                      \
    X(ssize_t, -1, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))       \
    X(int, -1, fsync, (int fd), (fd))                                                              \
    X(int, -1, ftruncate, (int fd, off_t size), (fd, size))                                        \
    X(int, -1, flock, (int fd, int how), (fd, how))                                                \
    X(int, -1, fstat, (int fd, struct stat *status), (fd, status))                                 \
    X(int, -1, fstatat, (int at, const char *path, struct stat *status, int flags),                \
      (at, path, status, flags))                                                                   \
    X(int, -1, lstat, (const char *path, struct stat *status), (path, status))                     \
    X(int, -1, rename, (const char *from, const char *to), (from, to))                             \
    X(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))                               \
    X(char *, NULL, strdup, (const char *text), (text))                                            \
    X(char *, NULL, strndup, (const char *text, size_t size), (text, size))                        \
    X(void *, NULL, malloc, (size_t size), (size))                                                 \
    X(void *, NULL, calloc, (size_t count, size_t size), (count, size))                            \
    X(void *, NULL, realloc, (void *memory, size_t size), (memory, size))                          \
    X(ssize_t, -1, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))    \
    X(EVP_MD *, NULL, EVP_MD_fetch, (OSSL_LIB_CTX * context, const char *name, const char *from),  \
      (context, name, from))                                                                       \
    X(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())                                              \
    X(int, 0, EVP_DigestInit_ex, (EVP_MD_CTX * context, const EVP_MD *digest, ENGINE *engine),     \
      (context, digest, engine))                                                                   \
    X(int, 0, EVP_DigestUpdate, (EVP_MD_CTX * context, const void *data, size_t size),             \
      (context, data, size))                                                                       \
    X(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX * context, unsigned char *digest, unsigned *size),   \
      (context, digest, size))                                                                     \
    X(CMS_ContentInfo *, NULL, CMS_AuthEnvelopedData_create, (const EVP_CIPHER *cipher), (cipher)) \
    X(CMS_RecipientInfo *, NULL, CMS_add1_recipient_cert,                                          \
      (CMS_ContentInfo * message, X509 * certificate, unsigned flags),                             \
      (message, certificate, flags))                                                               \
    X(EVP_PKEY_CTX *, NULL, CMS_RecipientInfo_get0_pkey_ctx, (CMS_RecipientInfo * info), (info))   \
    X(int, 0, EVP_PKEY_CTX_set_rsa_oaep_md, (EVP_PKEY_CTX * context, const EVP_MD *digest),        \
      (context, digest))                                                                           \
    X(int, 0, EVP_PKEY_CTX_ctrl_str,                                                               \
      (EVP_PKEY_CTX * context, const char *name, const char *value), (context, name, value))       \
    X(X509 *, NULL, PEM_read_bio_X509,                                                             \
      (BIO * from, X509 * *certificate, pem_password_cb * ask, void *asked),                       \
      (from, certificate, ask, asked))                                                             \
    X(EVP_PKEY *, NULL, PEM_read_bio_PrivateKey,                                                   \
      (BIO * from, EVP_PKEY * *key, pem_password_cb * ask, void *asked), (from, key, ask, asked))  \
    X(BIO *, NULL, BIO_new_file, (const char *name, const char *mode), (name, mode))               \
    X(CMS_ContentInfo *, NULL, d2i_CMS_bio, (BIO * from, CMS_ContentInfo * *message),              \
      (from, message))                                                                             \
    X(int, 0, CMS_decrypt_set1_pkey,                                                               \
      (CMS_ContentInfo * message, EVP_PKEY * key, X509 * certificate),                             \
      (message, key, certificate))                                                                 \
    X(int, 0, CMS_decrypt,                                                                         \
      (CMS_ContentInfo * message, EVP_PKEY * key, X509 * certificate, BIO * detached, BIO * out,   \
       unsigned flags),                                                                            \
      (message, key, certificate, detached, out, flags))                                           \
    X(BIO_METHOD *, NULL, BIO_meth_new, (int type, const char *name), (type, name))                \
    X(BIO *, NULL, BIO_new, (const BIO_METHOD *method), (method))                                  \
    X(BIO *, NULL, BIO_new_mem_buf, (const void *data, int size), (data, size))                    \
    X(BIO *, NULL, BIO_new_CMS, (BIO * out, CMS_ContentInfo * message), (out, message))            \
    X(int, -1, BIO_write, (BIO * bio, const void *data, int size), (bio, data, size))              \
    X(long, 0, BIO_ctrl, (BIO * bio, int command, long number, void *pointer),                     \
      (bio, command, number, pointer))                                                             \
    X(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())                                      \
    X(int, 0, EVP_CIPHER_CTX_copy, (EVP_CIPHER_CTX * to, const EVP_CIPHER_CTX *from), (to, from))  \
    X(int, 0, EVP_EncryptUpdate,                                                                   \
      (EVP_CIPHER_CTX * context, unsigned char *out, int *got, const unsigned char *data,          \
       int size),                                                                                  \
      (context, out, got, data, size))                                                             \
    X(CURL *, NULL, curl_easy_init, (void), ())                                                    \
    X(CURLcode, no_memory ? CURLE_OUT_OF_MEMORY : CURLE_UNKNOWN_OPTION, curl_easy_setopt,          \
      (CURL * easy, CURLoption option, void *value), (easy, option, value))                        \
    X(CURLU *, NULL, curl_url, (void), ())                                                         \
    X(CURLUcode, no_memory ? CURLUE_OUT_OF_MEMORY : CURLUE_BAD_HOSTNAME, curl_url_get,             \
      (const CURLU *url, CURLUPart part, char **text, unsigned flags), (url, part, text, flags))   \
    X(struct curl_slist *, NULL, curl_slist_append, (struct curl_slist * list, const char *text),  \
      (list, text))                                                                                \
    X(int, -1, eventfd, (unsigned count, int flags), (count, flags))                               \
    X(int, EAGAIN, pthread_create,                                                                 \
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*work)(void *),                \
       void *argument),                                                                            \
      (thread, attributes, work, argument))                                                        \
    X(CURLM *, NULL, curl_multi_init, (void), ())                                                  \
    X(CURLMcode, no_memory ? CURLM_OUT_OF_MEMORY : CURLM_INTERNAL_ERROR, curl_multi_add_handle,    \
      (CURLM * multi, CURL * easy), (multi, easy))                                                 \
    X(CURLMcode, no_memory ? CURLM_OUT_OF_MEMORY : CURLM_INTERNAL_ERROR, curl_multi_poll,          \
      (CURLM * multi, struct curl_waitfd * fds, unsigned count, int timeout, int *ready),          \
      (multi, fds, count, timeout, ready))                                                         \
    X(CURLMcode, no_memory ? CURLM_OUT_OF_MEMORY : CURLM_INTERNAL_ERROR, curl_multi_perform,       \
      (CURLM * multi, int *running), (multi, running))

/* clang-format off */
enum call {
#define X(type, failure, name, parameters, arguments) CALL_##name,
    CALL_LIST(X)
#undef X
    CALLS
};
/* clang-format on */

static unsigned long calls;   /* since the count was reset */
static unsigned long failing; /* the one that fails, from 1; 0: none */
static int failing_number;    /* its errno */
static int lacking[CALLS];    /* what every call of a kind fails with; 0: it doesn't */

#define no_memory (failing_number == ENOMEM)

bool is_short_of_memory(void)
{
    return no_memory;
}

static bool fails(enum call call)
{
    /* A look at a name would not fail so, but lie. */
    bool is_lie = (call == CALL_lstat || call == CALL_fstatat) && failing_number == ENOENT;
    bool this_one = ++calls == failing && !is_lie;

    if (lacking[call] != 0)
        errno = lacking[call];
    else if (this_one)
        errno = failing_number;
    if (this_one && no_memory && call >= CALL_EVP_MD_fetch && call < CALL_curl_easy_init)
        ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE); /* as OpenSSL does */
    return this_one || lacking[call] != 0;
}

#define X(type, failure, name, parameters, arguments)                                              \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(CALL_##name) ? failure : __real_##name arguments;                             \
    }
CALL_LIST(X)
#undef X

char folder[32] = "/tmp/facequery-failing.XXXXXX";
char path[48], other[48];

void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    fputs(text, file);
    fclose(file);
    chmod(name, 0600);
}

bool holds(const char *name, const char *text)
{
    char content[64] = "";
    FILE *file = fopen(name, "r");

    if (file == NULL)
        return text == NULL;
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return text != NULL && strcmp(content, text) == 0;
}

void nothing(void)
{
}

bool anything(bool is_ok)
{
    (void)is_ok;
    return true;
}

static const struct world {
    const char *name;
    int lacking[CALLS];
} worlds[] = {
    {"here", {0}},
    {"without nameless files", {[CALL_openat] = EOPNOTSUPP}},
    {"without /proc", {[CALL_access] = ENOENT}},
    {"without links", {[CALL_openat] = EISDIR, [CALL_linkat] = EPERM, [CALL_link] = EPERM}},
    {"without renameat2", {[CALL_syscall] = ENOSYS}},
    {"without renameat2 and links",
     {[CALL_openat] = EOPNOTSUPP,
      [CALL_linkat] = EOPNOTSUPP,
      [CALL_link] = EOPNOTSUPP,
      [CALL_syscall] = EINVAL}},
};

/* Calls of which each one fails in few ways only. */
enum { MANY = 80 };

static enum fq_status attempt(const struct scenario *scenario, const struct world *world,
                              unsigned long n, int number, struct fq_error *error)
{
    enum fq_status status;

    memset(error, 0, sizeof *error);
    fq_folder_remove(folder, NULL);
    mkdir(folder, 0700);
    scenario->prepare();
    memcpy(lacking, world->lacking, sizeof lacking);
    calls = 0;
    failing = n;
    failing_number = number;
    status = scenario->run(error);
    failing = 0;
    memset(lacking, 0, sizeof lacking);
    return status;
}

static void fail_each_call(const struct scenario *scenario, const struct world *world)
{
    static const int numbers[] = {EIO,   EINTR,  ENOENT,     ENOMEM, EEXIST,
                                  EPERM, EINVAL, EOPNOTSUPP, ENOSYS, ELOOP};
    struct fq_error error;
    enum fq_status status = attempt(scenario, world, 0, 0, &error);
    unsigned long last = calls;
    size_t count = last > MANY ? 2 : sizeof numbers / sizeof *numbers;
    bool said = true, right = scenario->check(status == FQ_OK);

    ok((status != FQ_OK) == scenario->is_refused && right, "%s %s: %s", scenario->name, world->name,
       fq_status_name(status));
    for (size_t i = 0; i < count; i++)
        for (unsigned long n = 1; n <= last; n++) {
            status = attempt(scenario, world, n, numbers[i], &error);
            if (error.status != status) {
                said = false;
                printf("# call %lu, %s: %s\n", n, strerror(numbers[i]), fq_status_name(status));
            }
            if (!scenario->check(status == FQ_OK)) {
                right = false;
                printf("# call %lu, %s, %s: not what it should leave\n", n, strerror(numbers[i]),
                       fq_status_name(status));
            }
        }
    ok(said, "%s %s: the error says what the call says, whichever of %lu calls fails",
       scenario->name, world->name, last);
    ok(right, "%s %s: is done whole or not at all, whichever call fails", scenario->name,
       world->name);
}

int fail_all(const struct scenario *scenarios, size_t count)
{
    if (mkdtemp(folder) == NULL) {
        printf("Bail out! no folder\n");
        return 1;
    }
    snprintf(path, sizeof path, "%s/one", folder);
    snprintf(other, sizeof other, "%s/two", folder);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++)
        for (size_t s = 0; s < count; s++)
            if (w == 0 || scenarios[s].is_everywhere)
                fail_each_call(&scenarios[s], &worlds[w]);
    fq_folder_remove(folder, NULL);
    return done_testing();
}
