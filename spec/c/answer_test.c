/* An answer when memory runs out at any allocation, and when it is taken back. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "relay.h"
#include "tap.h"

/* The linker puts these in the place of what the core calls (--wrap); OpenSSL's are its own. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static unsigned long allocations; /* since the count was reset */
static unsigned long failing;     /* the one that fails, from 1; 0: none */

static bool fails(void)
{
    if (++allocations != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

static char folder[] = "/tmp/facequery-answer-test.XXXXXX";
static char photo_path[sizeof folder + 16], video_path[sizeof folder + 16];

static bool exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

enum { FILES = 2 };

static const char *const unique[] = {"code", "orderNo"};

static bool write_out(struct fq_medium_result *results, struct fq_answer *answer,
                      struct fq_error *error)
{
    struct fq_damage_result damage;

    for (size_t i = 0; i < FILES; i++)
        if (fq_answer_medium(answer, i, &results[i], error) != FQ_OK ||
            fq_answer_damage(answer, i, &damage, error) != FQ_OK)
            return false;
    return true;
}

/* All that is done with an answer, in pieces of `piece` bytes, up to the first failure.  Frees
 * everything; what was kept stays on the disk. */
static enum fq_status read_all(const struct fq_answer_options *options, const char *text,
                               size_t size, size_t piece, struct fq_error *error)
{
    struct fq_answer *answer;
    struct fq_sink *sink;
    struct fq_medium_result results[FILES];
    char digest[FQ_DIGEST_HEX + 1];
    enum fq_status status;

    memset(error, 0, sizeof *error);
    status = fq_answer_new(options, &answer, error);
    if (status != FQ_OK)
        return status;
    sink = fq_answer_sink(answer);
    for (size_t at = 0; at < size && status == FQ_OK; at += piece) {
        size_t rest = size - at;
        status = sink->take(sink, text + at, rest < piece ? rest : piece, error);
    }
    if (status == FQ_OK)
        status = sink->end(sink, error);
    if (status == FQ_OK)
        status = fq_answer_digest(answer, digest, error);
    if (status == FQ_OK)
        status = sink->keep(sink, error);
    if (status == FQ_OK && !write_out(results, answer, error))
        status = error->status;
    sink->free(sink);
    return status;
}

/* An answer with media of several buffers' size and an envelope that grows more than once; `tail`
 * stands at the end of the video. */
static char *make_answer(const char *tail, size_t *size)
{
    enum { MEDIUM = 400000, NOTE = 5000 };
    const char *const parts[] = {"{\"code\":\"0\",\"note\":\"", "\",\"photo\":\"",
                                 "\",\"result\":{\"video\":\"", tail, "\"}}"};
    static const size_t fill[] = {NOTE, MEDIUM, MEDIUM, 0, 0};
    char *answer = __real_malloc(2 * MEDIUM + NOTE + 100);
    char *end = answer;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        end = stpcpy(end, parts[i]);
        memset(end, 'A', fill[i]);
        end += fill[i];
    }
    *size = (size_t)(end - answer);
    return answer;
}

static void fail_at_each_allocation(const char *where, const struct fq_answer_options *options,
                                    const char *answer, size_t size)
{
    struct fq_error error;
    enum fq_status status;
    unsigned long last;
    bool said = true, same = true, clean = true;

    failing = 0;
    allocations = 0;
    status = read_all(options, answer, size, 1000, &error);
    last = allocations;
    ok(status == FQ_OK && last > 4, "with media in %s: reads, with %lu allocations", where, last);
    unlink(photo_path);
    unlink(video_path);
    for (unsigned long n = 1; n <= last; n++) {
        allocations = 0;
        failing = n;
        status = read_all(options, answer, size, 1000, &error);
        failing = 0;
        if (status != FQ_OUT_OF_MEMORY && status != FQ_CRYPTO_FAILED) {
            said = false;
            printf("# allocation %lu: %s\n", n, fq_status_name(status));
        }
        same = same && error.status == status;
        if (exists(photo_path) || exists(video_path)) {
            clean = false;
            printf("# allocation %lu leaves a file\n", n);
        }
        unlink(photo_path);
        unlink(video_path);
    }
    ok(said, "with media in %s: each allocation that fails is said to be that", where);
    ok(same, "with media in %s: the error says what the call says", where);
    ok(clean, "with media in %s: no failure leaves a file", where);
}

static void out_of_memory(void)
{
    struct fq_answer_file files[FILES] = {{"photo", NULL}, {"video", NULL}};
    struct fq_answer_options options = {
        .files = files,
        .files_count = FILES,
        .unique = unique,
        .unique_count = 2,
        .within = "result",
        .max_envelope = 1 << 20,
        .max_media = 1 << 20,
        .digests = 1u << FQ_DIGEST_sha256 | 1u << FQ_DIGEST_sm3,
        .digest_body = true,
    };
    size_t size;
    char *answer = make_answer("", &size);

    fail_at_each_allocation("memory", &options, answer, size);
    files[0].path = photo_path;
    files[1].path = video_path;
    fail_at_each_allocation("files", &options, answer, size);
    ok(rmdir(folder) == 0 && mkdir(folder, 0700) == 0, "nothing else is left in the folder");
    free(answer);
    answer = make_answer("*", &size);
    fail_at_each_allocation("files, one of them damaged", &options, answer, size);
    ok(fq_relay_thread_new(&options.digester, NULL) == FQ_OK, "a thread for digests");
    fail_at_each_allocation("files, digested in a thread", &options, answer, size);
    fq_relay_thread_free(options.digester);
    free(answer);
}

enum { BODY = FILES, DIGESTS };

/* The digests of photo, video and body, in pieces of `piece` bytes. */
static enum fq_status digest_all(const struct fq_answer_options *options, const char *text,
                                 size_t size, size_t piece, fq_digests_hex hex[DIGESTS])
{
    struct fq_answer *answer;
    struct fq_medium_result results[FILES];
    struct fq_error error;
    struct fq_sink *sink;
    enum fq_status status = fq_answer_new(options, &answer, &error);

    if (status != FQ_OK)
        return status;
    sink = fq_answer_sink(answer);
    for (size_t at = 0; at < size && status == FQ_OK; at += piece)
        status = sink->take(sink, text + at, size - at < piece ? size - at : piece, &error);
    if (status == FQ_OK)
        status = sink->end(sink, &error);
    memset(hex, 0, DIGESTS * sizeof *hex);
    if (status == FQ_OK)
        status = fq_answer_digest(answer, hex[BODY][FQ_DIGEST_sha256], &error);
    if (status == FQ_OK && !write_out(results, answer, &error))
        status = error.status;
    for (size_t i = 0; i < FILES && status == FQ_OK; i++)
        memcpy(hex[i], results[i].digests, sizeof hex[i]);
    sink->free(sink);
    return status;
}

/* Several answers at once are what core.pool makes; here it is the sizes of pieces that matter. */
static void digested_in_a_thread(void)
{
    static const size_t pieces[] = {1, 1000, 16384, 65536, 100000, 1000000};
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const struct fq_answer_file files[FILES] = {{"photo", photo_path}, {"video", video_path}};
    struct fq_answer_options options = {
        .files = files,
        .files_count = FILES,
        .max_envelope = 1 << 20,
        .max_media = 1 << 20,
        .digests = 1u << FQ_DIGEST_sha256 | 1u << FQ_DIGEST_sm3,
        .digest_body = true,
    };
    fq_digests_hex here[DIGESTS], there[DIGESTS];
    bool same = true;
    uint32_t state = 1;
    size_t size;
    char *answer = make_answer("", &size);

    /* Text of which no part is like another. */
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        if (answer[i] == 'A')
            answer[i] = alphabet[state >> 26];
    }
    ok(digest_all(&options, answer, size, 1000, here) == FQ_OK, "digests, taken by the caller");
    fq_relay_thread_new(&options.digester, NULL);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        same = same && digest_all(&options, answer, size, pieces[i], there) == FQ_OK &&
               memcmp(here, there, sizeof here) == 0;
    ok(same, "are the same when a thread takes them");
    fq_relay_thread_free(options.digester);
    free(answer);
}

static void taken_back(void)
{
    static const char text[] = "{\"photo\":\"AAAA\",\"other\":\"AAAA\"}";
    const struct fq_answer_file files[] = {
        {"photo", photo_path}, {"video", video_path}, {"other", NULL}};
    const struct fq_answer_options options = {
        .files = files, .files_count = 3, .max_envelope = 100, .max_media = 100};
    struct fq_answer *answer;
    struct fq_sink *sink;

    ok(fq_answer_new(&options, &answer, NULL) == FQ_OK, "an answer");
    sink = fq_answer_sink(answer);
    sink->take(sink, text, sizeof text - 1, NULL);
    ok(sink->keep(sink, NULL) == FQ_OK && exists(photo_path) && !exists(video_path),
       "the file that came has its name when it is kept");
    sink->unkeep(sink);
    ok(!exists(photo_path), "and has it no more when that is taken back");
    sink->free(sink);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        printf("Bail out! no folder\n");
        return 1;
    }
    snprintf(photo_path, sizeof photo_path, "%s/photo", folder);
    snprintf(video_path, sizeof video_path, "%s/video", folder);
    out_of_memory();
    digested_in_a_thread();
    taken_back();
    rmdir(folder);
    return done_testing();
}
