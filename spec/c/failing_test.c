/* Files, folders, digests, signatures and exchanges when the system, OpenSSL or libcurl refuses any
 * one call, and on file systems that lack what Linux's own have. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answer.h"
#include "digest.h"
#include "disk.h"
#include "file.h"
#include "folder.h"
#include "http.h"
#include "pool.h"
#include "sign.h"
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
    X(CURL *, NULL, curl_easy_init, (void), ())                                                    \
    X(CURLcode, no_memory ? CURLE_OUT_OF_MEMORY : CURLE_UNKNOWN_OPTION, curl_easy_setopt,          \
      (CURL * easy, CURLoption option, void *value), (easy, option, value))                        \
    X(CURLU *, NULL, curl_url, (void), ())                                                         \
    X(CURLUcode, no_memory ? CURLUE_OUT_OF_MEMORY : CURLUE_BAD_HOSTNAME, curl_url_get,             \
      (const CURLU *url, CURLUPart part, char **text, unsigned flags), (url, part, text, flags))   \
    X(struct curl_slist *, NULL, curl_slist_append, (struct curl_slist * list, const char *text),  \
      (list, text))                                                                                \
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

static bool fails(enum call call)
{
    /* A look at a name would not fail so, but lie. */
    bool is_lie = (call == CALL_lstat || call == CALL_fstatat) && failing_number == ENOENT;
    bool this_one = ++calls == failing && !is_lie;

    if (lacking[call] != 0)
        errno = lacking[call];
    else if (this_one)
        errno = failing_number;
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

static char folder[] = "/tmp/facequery-failing-test.XXXXXX";
static char path[sizeof folder + 16], other[sizeof folder + 16];

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    fputs(text, file);
    fclose(file);
    chmod(name, 0600);
}

/* Is that what the file holds?  NULL: nothing has that name. */
static bool holds(const char *name, const char *text)
{
    char content[64] = "";
    FILE *file = fopen(name, "r");

    if (file == NULL)
        return text == NULL;
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return text != NULL && strcmp(content, text) == 0;
}

static enum fq_status write_file(const char *name, enum fq_file_kind kind, struct fq_error *error)
{
    struct fq_file *file;
    enum fq_status status = fq_file_open(name, kind, &file, error);

    if (status == FQ_OK)
        status = fq_file_write(file, "new", 3, error);
    if (status == FQ_OK)
        status = fq_file_commit(file, error);
    fq_file_free(file);
    return status;
}

static enum fq_status run_new(struct fq_error *error)
{
    return write_file(path, FQ_FILE_NEW, error);
}

static bool check_new(bool is_ok)
{
    return holds(path, is_ok ? "new" : NULL);
}

static void prepare_old(void)
{
    put(path, "old");
}

static enum fq_status run_replacement(struct fq_error *error)
{
    return write_file(path, FQ_FILE_REPLACEMENT, error);
}

static bool check_replacement(bool is_ok)
{
    return holds(path, "new") || (!is_ok && holds(path, "old"));
}

static enum fq_status run_append(struct fq_error *error)
{
    enum fq_status status = fq_append(path, "new", 3, error);

    return status == FQ_OK ? fq_append(other, "new", 3, error) : status;
}

static bool check_append(bool is_ok)
{
    bool first = holds(path, "oldnew"), second = holds(other, "new");

    return (first && second) ||
           (!is_ok && (first || holds(path, "old")) && (holds(other, "") || holds(other, NULL)));
}

static enum fq_status run_truncate(struct fq_error *error)
{
    return fq_truncate(path, 1, error);
}

static bool check_truncate(bool is_ok)
{
    return holds(path, "o") || (!is_ok && holds(path, "old"));
}

static enum fq_status run_lock(struct fq_error *error)
{
    int fd;
    enum fq_status status = fq_lock_file(path, &fd, error);

    if (status == FQ_OK)
        close(fd);
    return status;
}

static char content[8];

static enum fq_status run_read(struct fq_error *error)
{
    size_t size;
    enum fq_status status = fq_read_private(path, content, sizeof content - 1, &size, error);

    content[size] = '\0';
    return status;
}

static bool check_read(bool is_ok)
{
    return !is_ok || strcmp(content, "old") == 0;
}

static fq_digests_hex digests;

static enum fq_status run_digest(struct fq_error *error)
{
    size_t size;

    return fq_digest_file(path, 1u << FQ_DIGEST_sha256 | 1u << FQ_DIGEST_sm3, digests, &size,
                          error);
}

/* printf old | sha256sum */
static bool check_digest(bool is_ok)
{
    return !is_ok ||
           strcmp(digests[FQ_DIGEST_sha256],
                  "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4") == 0;
}

static enum fq_status run_rename(struct fq_error *error)
{
    return fq_rename(path, other, error);
}

/* When it says that of the disk, the new name is there all the same; the old one may be, too, where
 * a link is all there is. */
static bool check_rename(bool is_ok)
{
    return holds(other, "old") ? !is_ok || holds(path, NULL) : !is_ok && holds(path, "old");
}

static void prepare_both(void)
{
    put(path, "old");
    put(other, "taken");
}

static bool check_taken(bool is_ok)
{
    return !is_ok && holds(path, "old") && holds(other, "taken");
}

static enum fq_status run_folder(struct fq_error *error)
{
    char draft[sizeof path + 8], inside[sizeof path + 16];
    enum fq_status status = fq_folder_make(folder, error);

    snprintf(draft, sizeof draft, "%s.new", path);
    snprintf(inside, sizeof inside, "%s/a", draft);
    if (status == FQ_OK)
        status = fq_folder_make(other, error);
    if (status == FQ_OK)
        status = fq_folder_draft(draft, error);
    if (status == FQ_OK)
        status = write_file(inside, FQ_FILE_DRAFT, error);
    if (status == FQ_OK)
        status = fq_folder_commit(draft, path, error);
    if (status != FQ_OK)
        fq_folder_remove(draft, NULL);
    return status;
}

static bool check_folder(bool is_ok)
{
    char inside[sizeof path + 8];

    snprintf(inside, sizeof inside, "%s/a", path);
    return holds(inside, "new") || (!is_ok && holds(path, NULL));
}

static char sign[FQ_SIGN_LENGTH + 1];

static enum fq_status run_sign(struct fq_error *error)
{
    char long_value[600], nonce[FQ_NONCE_LENGTH + 1];
    struct fq_slice values[] = {
        {long_value, sizeof long_value}, {"a", 1}, {long_value, 500}, {long_value, 500}, {"", 0}};
    struct fq_signer *signer = fq_signer_new();
    enum fq_status status = FQ_CRYPTO_FAILED;

    memset(long_value, 'x', sizeof long_value);
    if (signer != NULL)
        status = fq_sign(signer, values, sizeof values / sizeof *values, sign);
    if (status == FQ_OK)
        status = fq_nonce(nonce);
    fq_signer_free(signer);
    return fq_fail(error, status, 0);
}

/* printf a%01600d 0 | tr 0 x | sha1sum, in upper case */
static bool check_sign(bool is_ok)
{
    return !is_ok || strcmp(sign, "FD041A48CB3CAC73D3CA7F864834C0E4CC28559A") == 0;
}

/* A photo and a video of more than one buffer each, with these last characters. */
static enum fq_status read_answer(const char *photo_end, const char *video_end,
                                  struct fq_error *error)
{
    enum { MEDIUM = 200000 };
    static char text[2 * MEDIUM + 100];
    const struct fq_answer_file files[] = {{"photo", path}, {"video", other}};
    const struct fq_answer_options options = {.files = files,
                                              .files_count = 2,
                                              .max_envelope = 1000,
                                              .max_media = MEDIUM,
                                              .digests =
                                                  1u << FQ_DIGEST_sha256 | 1u << FQ_DIGEST_sm3,
                                              .digest_body = true};
    struct fq_answer *answer;
    struct fq_sink *sink;
    struct fq_medium_result result;
    struct fq_damage_result damage;
    char digest[FQ_DIGEST_HEX + 1], *end = stpcpy(text, "{\"photo\":\"");
    enum fq_status status;

    end = (char *)memset(end, 'A', MEDIUM) + MEDIUM;
    end = stpcpy(stpcpy(end, photo_end), "\",\"video\":\"");
    end = (char *)memset(end, 'A', MEDIUM) + MEDIUM;
    end = stpcpy(stpcpy(end, video_end), "\"}");
    status = fq_answer_new(&options, &answer, error);
    if (status != FQ_OK)
        return status;
    sink = fq_answer_sink(answer);
    status = sink->take(sink, text, (size_t)(end - text), error);
    if (status == FQ_OK)
        status = sink->end(sink, error);
    if (status == FQ_OK)
        status = fq_answer_digest(answer, digest, error);
    for (size_t i = 0; i < fq_answer_files(answer) && status == FQ_OK; i++) {
        status = fq_answer_medium(answer, i, &result, error);
        if (status == FQ_OK)
            status = fq_answer_damage(answer, i, &damage, error);
    }
    if (status == FQ_OK)
        status = sink->keep(sink, error);
    sink->free(sink);
    return status;
}

static enum fq_status run_answer(struct fq_error *error)
{
    return read_answer("", "*", error);
}

static bool check_answer(bool is_ok)
{
    return access(path, F_OK) == (is_ok ? 0 : -1) && holds(other, NULL);
}

/* The other way round. */
static enum fq_status run_other_answer(struct fq_error *error)
{
    return read_answer("*", "", error);
}

static bool check_other_answer(bool is_ok)
{
    return access(other, F_OK) == (is_ok ? 0 : -1) && holds(path, NULL);
}

static enum fq_status run_good_answer(struct fq_error *error)
{
    return read_answer("", "", error);
}

static bool check_good_answer(bool is_ok)
{
    return access(path, F_OK) == (is_ok ? 0 : -1) && access(other, F_OK) == (is_ok ? 0 : -1);
}

/* Nobody listens there. */
static enum fq_status run_exchange(struct fq_error *error)
{
    static const char *const headers[] = {"A: b", NULL};
    const struct fq_http_request request = {.url = "http://127.0.0.1:9/",
                                            .body = "x",
                                            .body_size = 1,
                                            .headers = headers,
                                            .timeout = 5000,
                                            .connect_timeout = 5000};
    struct fq_answer_options options = {.max_envelope = 1000, .max_media = 1000};
    struct fq_answer *answer;
    struct fq_sink *sink;
    struct fq_http_result result;
    struct fq_pool *pool;
    size_t id;
    enum fq_status status = fq_pool_new(&pool, error);

    if (status != FQ_OK)
        return status;
    status = fq_answer_new(&options, &answer, error);
    if (status == FQ_OK)
        status = fq_pool_start(pool, &request, fq_answer_sink(answer), &id, error);
    if (status == FQ_OK) {
        while (!fq_pool_next(pool, &id))
            fq_pool_wait(pool, 1000);
        status = fq_pool_end(pool, id, &sink, &result, error);
        sink->free(sink);
    }
    fq_pool_free(pool);
    return status;
}

static void nothing(void)
{
}

static bool anything(bool is_ok)
{
    (void)is_ok;
    return true;
}

static const struct scenario {
    const char *name;
    void (*prepare)(void);
    enum fq_status (*run)(struct fq_error *error);
    bool (*check)(bool is_ok); /* of the folder, and what came of it */
    bool is_refused;           /* always */
    bool is_everywhere;        /* to be tried on every file system */
} scenarios[] = {
    {"a new file", nothing, run_new, check_new, false, true},
    {"a new file where there is one", prepare_old, run_new, check_replacement, true, true},
    {"a replacement", prepare_old, run_replacement, check_replacement, false, true},
    {"lines appended", prepare_old, run_append, check_append, false, true},
    {"a file cut short", prepare_old, run_truncate, check_truncate, false, true},
    {"a lock", nothing, run_lock, anything, false, true},
    {"a private file read", prepare_old, run_read, check_read, false, true},
    {"a file's digests", prepare_old, run_digest, check_digest, false, true},
    {"a file renamed", prepare_old, run_rename, check_rename, false, true},
    {"a file renamed to a name that is taken", prepare_both, run_rename, check_taken, true, true},
    {"a folder that appears whole", nothing, run_folder, check_folder, false, true},
    {"a signature and a nonce", nothing, run_sign, check_sign, false, false},
    {"an answer's photo", nothing, run_answer, check_answer, false, false},
    {"an answer's video", nothing, run_other_answer, check_other_answer, false, false},
    {"an answer's files", nothing, run_good_answer, check_good_answer, false, true},
    {"an exchange with nobody", nothing, run_exchange, anything, true, false},
};

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

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        printf("Bail out! no folder\n");
        return 1;
    }
    snprintf(path, sizeof path, "%s/one", folder);
    snprintf(other, sizeof other, "%s/two", folder);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++)
        for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++)
            if (w == 0 || scenarios[s].is_everywhere)
                fail_each_call(&scenarios[s], &worlds[w]);
    fq_folder_remove(folder, NULL);
    return done_testing();
}
