/* The splitter with any bytes for an answer: it comes to the same however the answer is cut, and to
 * what libyajl and OpenSSL make of it.  A seed is an answer as the service might send it. */
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "answer.h"
#include "must.h"
#include "oracle.h"
#include "rebuilt.h"

enum { DEEPEST = 128, LONGEST_PREFIX = 128 };

/* An answer as far as the splitter took it; what the pointers mean is the answer's. */
struct reading {
    struct fq_answer *answer;
    struct fq_error error;
    const char *envelope;
    size_t envelope_size;
    char digest[FQ_DIGEST_HEX + 1];
    struct fq_medium_result media[ANSWER_MEDIA];
    struct fq_damage_result damage[ANSWER_MEDIA];
    bool is_regular; /* it can be made again */
};

enum cut { WHOLE, BYTE_BY_BYTE, AS_IT_SAYS };

static size_t piece_at(const char *text, size_t left, enum cut cut)
{
    size_t length = left;

    if (cut == BYTE_BY_BYTE)
        length = 1;
    else if (cut == AS_IT_SAYS)
        length = 1 + (unsigned char)*text % 32;
    return length < left ? length : left;
}

/* Each piece is in memory of its own size, so that a read past its end is seen. */
static void feed(struct reading *reading, const char *text, size_t size, enum cut cut)
{
    struct fq_sink *sink = fq_answer_sink(reading->answer);
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        size_t length = piece_at(text, size, cut);
        char *piece = malloc(length);

        must(piece != NULL, "there is memory");
        memcpy(piece, text, length);
        status = sink->take(sink, piece, length, &reading->error);
        free(piece);
        text += length;
        size -= length;
    }
    if (sink->end(sink, &reading->error) != FQ_OK)
        must(status == FQ_OK || status == reading->error.status, "an error stays");
    else
        must(status == FQ_OK, "an error stays");
}

/* To be freed with discard. */
static void read_answer(const char *text, size_t size, enum cut cut,
                        const struct fq_answer_options *options, struct reading *reading)
{
    struct fq_error error;

    memset(reading, 0, sizeof *reading);
    must(fq_answer_new(options, &reading->answer, &error) == FQ_OK, "there is memory");
    feed(reading, text, size, cut);
    reading->envelope = fq_answer_envelope(reading->answer, &reading->envelope_size);
    must(reading->envelope_size <= options->max_envelope, "the envelope keeps to its limit");
    if (reading->error.status != FQ_OK)
        return;
    must(fq_answer_digest(reading->answer, reading->digest, &error) == FQ_OK, "it is hashed");
    for (size_t i = 0; i < ANSWER_MEDIA; i++) {
        must(fq_answer_medium(reading->answer, i, &reading->media[i], &error) == FQ_OK,
             "a medium can be had");
        must(fq_answer_damage(reading->answer, i, &reading->damage[i], &error) == FQ_OK,
             "a damage can be had");
        must(reading->media[i].size <= options->max_media, "a medium keeps to its limit");
    }
    reading->is_regular =
        rebuilt_check(reading->answer, reading->media, reading->damage, text, size);
}

static void discard(struct reading *reading)
{
    struct fq_sink *sink = fq_answer_sink(reading->answer);

    sink->free(sink);
}

static bool are_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static void check_same(const struct reading *a, const struct reading *b)
{
    must(a->error.status == b->error.status, "the status is the same in other pieces");
    must(a->error.offset == b->error.offset && strcmp(a->error.field, b->error.field) == 0,
         "the error says the same in other pieces");
    if (a->error.status != FQ_OK)
        return;
    must(are_equal(a->envelope, a->envelope_size, b->envelope, b->envelope_size),
         "the envelope is the same in other pieces");
    must(strcmp(a->digest, b->digest) == 0, "the answer's digest is the same in other pieces");
    must(a->is_regular == b->is_regular, "it can be made again in other pieces, or it can't");
    for (size_t i = 0; i < ANSWER_MEDIA; i++) {
        const struct fq_medium_result *medium = &a->media[i], *other = &b->media[i];
        const struct fq_damage_result *damage = &a->damage[i], *other_damage = &b->damage[i];

        must(are_equal(medium->data, medium->size, other->data, other->size) &&
                 memcmp(medium->digests, other->digests, sizeof medium->digests) == 0 &&
                 medium->mime == other->mime && medium->format == other->format,
             "a medium is the same in other pieces");
        must(damage->status == other_damage->status && damage->offset == other_damage->offset &&
                 damage->is_exact == other_damage->is_exact &&
                 memcmp(damage->digests, other_damage->digests, sizeof damage->digests) == 0,
             "a damage is the same in other pieces");
        must(are_equal(damage->text, damage->size, other_damage->text, other_damage->size),
             "a damaged text is the same in other pieces");
    }
}

/* A text that is said to be as it came must stand in the answer, between quotes. */
static void check_exact(const struct fq_damage_result *damage, const char *text, size_t size)
{
    char *quoted;

    if (!damage->is_exact || damage->text == NULL)
        return;
    quoted = malloc(damage->size + 2);
    must(quoted != NULL, "there is memory");
    quoted[0] = quoted[damage->size + 1] = '"';
    memcpy(quoted + 1, damage->text, damage->size);
    must(memmem(text, size, quoted, damage->size + 2) != NULL,
         "a damaged text that is exact stands in the answer");
    free(quoted);
}

static void check_digest(const void *data, size_t size, const char *hex)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char expected[2 * EVP_MAX_MD_SIZE + 1] = "";

    must(EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) == 1, "OpenSSL hashes");
    for (size_t i = 0; size > 0 && i < 32; i++)
        sprintf(expected + 2 * i, "%02x", digest[i]);
    must(strcmp(hex, expected) == 0, "a digest is OpenSSL's");
}

/* A medium's text in the simplest way, prefix, line breaks and padding gone. */
struct plain {
    enum fq_status status;
    size_t offset;     /* FQ_BASE64_FOREIGN */
    bool is_uncertain; /* what it is depends on how it was escaped, which is gone */
    unsigned char *bytes;
    size_t size;
};

/* Does a data URL begin here, of which a quote or a backslash is no part?  *at is where. */
static bool is_prefix_broken(const struct answer_value *value, size_t *at)
{
    *at = strlen("data:");
    if (value->size < *at || strncasecmp(value->text, "data:", *at) != 0)
        return false;
    while (*at < value->size && *at < LONGEST_PREFIX && value->text[*at] != ',') {
        if (value->text[*at] == '"' || value->text[*at] == '\\')
            return true;
        ++*at;
    }
    return false;
}

/* Characters of a `data:…;base64,` prefix, or 0. */
static size_t prefix_length(const struct answer_value *value)
{
    const char *comma = memchr(value->text, ',', value->size);
    size_t length = comma != NULL ? (size_t)(comma - value->text) + 1 : 0;

    if (length < strlen("data:;base64,") || length > LONGEST_PREFIX ||
        strncasecmp(value->text, "data:", 5) != 0 || strncasecmp(comma - 7, ";base64,", 8) != 0)
        return 0;
    return length;
}

static bool is_base64(char c)
{
    return c != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789+/",
                               c) != NULL;
}

/* Blanks alone, and characters of more than a byte in a prefix. */
static bool is_uncertain(const struct answer_value *value)
{
    size_t blanks = 0, breaks = 0, ascii = 0;

    for (size_t i = 0; i < value->size; i++) {
        blanks += value->text[i] == ' ' || value->text[i] == '\t';
        breaks += value->text[i] == '\r' || value->text[i] == '\n';
        ascii += (unsigned char)value->text[i] < 0x80;
    }
    return (blanks > 0 && blanks + breaks == value->size) ||
           (ascii < value->size && value->size > 5 && strncasecmp(value->text, "data:", 5) == 0);
}

/* To be freed: plain->bytes. */
static void decode_plainly(const struct answer_value *value, struct plain *plain)
{
    char *text = malloc(value->size + 5);
    size_t size = 0, padding = 0, at;
    bool is_broken = is_prefix_broken(value, &at);

    *plain = (struct plain){.is_uncertain = is_uncertain(value)};
    plain->bytes = malloc(value->size + 5);
    must(text != NULL && plain->bytes != NULL, "there is memory");
    for (at = is_broken ? at : prefix_length(value); at < value->size; at++) {
        char c = value->text[at];

        if (is_base64(c) && padding == 0) {
            text[size++] = c;
        } else if (c == '=' && size % 4 >= 2 && size % 4 + padding < 4) {
            padding++;
        } else if (c != '\r' && c != '\n') {
            plain->status = FQ_BASE64_FOREIGN;
            plain->offset = at;
            free(text);
            return;
        }
    }
    if (size % 4 == 1 || (padding > 0 && size % 4 + padding != 4))
        plain->status = FQ_BASE64_CUT;
    /* Without padding the bits that are left over must be zero. */
    if (padding == 0 && size % 4 >= 2 &&
        strchr(size % 4 == 2 ? "AQgw" : "AEIMQUYcgkosw048", text[size - 1]) == NULL)
        plain->status = FQ_BASE64_CUT;
    plain->size = size * 6 / 8;
    while (size % 4 != 0)
        text[size++] = '=';
    text[size] = '\0';
    if (plain->status == FQ_OK && size > 0)
        must(EVP_DecodeBlock(plain->bytes, (const unsigned char *)text, (int)size) >= 0,
             "OpenSSL decodes it");
    free(text);
}

/* The first value that is not empty counts; another one that is not is a duplicate. */
static void check_medium(const struct answer *answer, int medium, const struct reading *reading)
{
    const struct fq_medium_result *result = &reading->media[medium];
    const struct fq_damage_result *damage = &reading->damage[medium];
    enum fq_status expected = FQ_OK;
    bool received = false;

    for (size_t i = 0; i < answer->count[medium]; i++) {
        const struct answer_value *value = &answer->values[medium][i];
        struct plain plain;
        bool uncertain = i >= ANSWER_VALUES;

        if (uncertain)
            return;
        if (received) {
            if (value->size > 0 && expected == FQ_OK)
                expected = FQ_DUPLICATE_MEDIA;
            continue;
        }
        decode_plainly(value, &plain);
        uncertain = plain.is_uncertain;
        if (!uncertain) {
            expected = plain.status;
            received = expected != FQ_OK || plain.size > 0;
            if (expected == FQ_OK)
                must(!received || are_equal(result->data, result->size, plain.bytes, plain.size),
                     "a medium's bytes are those that OpenSSL decodes");
            else
                must(damage->offset == plain.offset && result->size == 0,
                     "a damage is where it is, and leaves no medium");
        }
        free(plain.bytes);
        if (uncertain)
            return;
    }
    must(received || result->size == 0, "there is no medium that did not come");
    must(damage->status == expected, "a damage is what it is");
}

static void check_envelope(const struct answer *answer, const struct reading *reading)
{
    struct answer envelope;

    answer_read(reading->envelope, reading->envelope_size, &envelope);
    must(envelope.is_object, "the envelope of a JSON object is one");
    must(are_equal(envelope.tokens, envelope.tokens_size, answer->tokens, answer->tokens_size),
         "the envelope is the answer without its media");
    for (int medium = 0; medium < ANSWER_MEDIA; medium++)
        for (size_t i = 0; i < envelope.count[medium] && i < ANSWER_VALUES; i++) {
            const struct answer_value *value = &envelope.values[medium][i];
            for (size_t at = 0; at < value->size; at++)
                must(value->text[at] != '\0' && strchr(" \t\r\n", value->text[at]) != NULL,
                     "no medium is left in the envelope, but for blanks");
        }
    answer_free(&envelope);
}

static void check_judged(const char *text, size_t size, const struct reading *reading)
{
    struct answer answer;

    answer_read(text, size, &answer);
    if (answer.is_object) {
        enum fq_status status = reading->error.status;

        must((status == FQ_OK) == (answer.deepest <= DEEPEST && !answer.is_duplicate),
             "a JSON object is read, unless too deep or with a field twice");
        must(status == FQ_OK || status == FQ_JSON_TOO_DEEP || status == FQ_DUPLICATE_FIELD,
             "a JSON object is refused for no other reason");
        if (status == FQ_OK) {
            check_envelope(&answer, reading);
            for (int medium = 0; medium < ANSWER_MEDIA; medium++)
                check_medium(&answer, medium, reading);
        }
    }
    answer_free(&answer);
}

/* Hashing takes most of the time: once is enough. */
static void check(const char *text, size_t size, size_t max_envelope, size_t max_media, bool hashes)
{
    static const struct fq_answer_file files[] = {
        [ANSWER_PHOTO] = {"photo", NULL}, [ANSWER_VIDEO] = {"video", NULL}};
    static const char *const unique[] = {"code", "orderNo"};
    const struct fq_answer_options options = {
        .files = files,
        .files_count = ANSWER_MEDIA,
        .unique = unique,
        .unique_count = 2,
        .within = "result",
        .max_envelope = max_envelope,
        .max_media = max_media,
        .digests = hashes ? 1u << FQ_DIGEST_sha256 : 0,
        .digest_body = hashes,
    };
    struct reading whole;

    read_answer(text, size, WHOLE, &options, &whole);
    for (enum cut cut = BYTE_BY_BYTE; cut <= AS_IT_SAYS; cut++) {
        struct reading other;
        read_answer(text, size, cut, &options, &other);
        check_same(&whole, &other);
        discard(&other);
    }
    for (size_t i = 0; i < ANSWER_MEDIA && whole.error.status == FQ_OK; i++) {
        check_exact(&whole.damage[i], text, size);
        if (!hashes)
            continue;
        check_digest(whole.media[i].data, whole.media[i].size,
                     whole.media[i].digests[FQ_DIGEST_sha256]);
        check_digest(whole.damage[i].text, whole.damage[i].size,
                     whole.damage[i].digests[FQ_DIGEST_sha256]);
    }
    /* No limit is in the way of it, then. */
    if (size < max_envelope && size < max_media)
        check_judged(text, size, &whole);
    discard(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";

    check(text, size, (size_t)1 << 20, (size_t)1 << 20, true);
    check(text, size, 200, 24, false);
    return 0;
}
