/* Signatures, answers with files and exchanges when any one call is refused. */
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "failing.h"
#include "pool.h"
#include "recipient.h"
#include "recipients.h"
#include "sign.h"

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
static enum fq_status read_answer_for(const struct fq_recipients *recipients, const char *photo_end,
                                      const char *video_end, struct fq_error *error)
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
                                              .digest_body = true,
                                              .recipients = recipients};
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

static enum fq_status read_answer(const char *photo_end, const char *video_end,
                                  struct fq_error *error)
{
    return read_answer_for(NULL, photo_end, video_end, error);
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

/* What came of the damaged photo is read back, and decrypted, from its file. */
static enum fq_status run_encrypted_answer(struct fq_error *error)
{
    struct fq_recipients *recipients;
    enum fq_status status =
        fq_recipients_new(recipient_pem, sizeof recipient_pem - 1, &recipients, error);

    if (status == FQ_OK)
        status = read_answer_for(recipients, "*", "", error);
    fq_recipients_free(recipients);
    return status;
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
            fq_pool_wait(pool, 1000, -1);
        status = fq_pool_end(pool, id, &sink, &result, error);
        sink->free(sink);
    }
    fq_pool_free(pool);
    return status;
}

int main(void)
{
    static const struct scenario scenarios[] = {
        {"a signature and a nonce", nothing, run_sign, check_sign, false, false},
        {"an answer's photo", nothing, run_answer, check_answer, false, false},
        {"an answer's video", nothing, run_other_answer, check_other_answer, false, false},
        {"an answer's files", nothing, run_good_answer, check_good_answer, false, true},
        {"an encrypted answer's files", nothing, run_encrypted_answer, check_other_answer, false,
         false},
        {"an exchange with nobody", nothing, run_exchange, anything, true, false},
    };

    return fail_all(scenarios, sizeof scenarios / sizeof *scenarios);
}
