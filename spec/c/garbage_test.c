/* An answer that is garbage. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "tap.h"

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

static uint64_t random_state = 20240229;

static uint32_t next_random(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *const seeds[] = {
    "{\"code\":\"0\",\"msg\":\"\\u8bf7\\u6c42\",\"result\":{\"orderNo\":\"a1\",\"photo\":"
    "\"data:image\\/jpeg;base64,\\/9j\\/4AAQSkZJRgABKy8rL\\/v\\/\\/gE=\",\"video\":\"AAAAGGZ0"
    "eXBp\\r\\nc29tAAACAGlzb20\"},\"photo\":null}",
    " { \"\\u0070hoto\" : \"/9j/4AAQSkZJ\\u0052gABKy8rL/v//gE=\" , \"result\" : [ { \"photo\""
    " : 1 } , \"video\" , -1.5e7 , true ] , \"video\" : \"\" } \n",
};

/* Bytes that mean something here, for mutations to meet each other. */
static const char tokens[] = "{}[]:,\"\\\\\"u/=\r\n \0*A0fn;";

/* Changes, drops, doubles or moves a few bytes; returns the new size. */
static size_t mutate(char *text, size_t size, size_t capacity)
{
    for (uint32_t left = next_random(6); left > 0 && size > 1; left--) {
        size_t at = next_random((uint32_t)size);
        size_t length = 1 + next_random(8);
        size_t rest = size - at;

        length = length < rest ? length : rest;
        switch (next_random(5)) {
        case 0:
            text[at] = (char)next_random(256);
            break;
        case 1:
            text[at] = tokens[next_random(sizeof tokens - 1)];
            break;
        case 2:
            memmove(text + at, text + at + length, rest - length);
            size -= length;
            break;
        case 3:
            if (size + length <= capacity) {
                memmove(text + at + length, text + at, rest);
                size += length;
            }
            break;
        default:
            size = at + length;
            break;
        }
    }
    return size;
}

enum { MAX_ENVELOPE = 400 };

/* All that a caller learns of an answer; compared byte by byte, so zero where nothing is said. */
struct outcome {
    struct fq_error error;
    char envelope[MAX_ENVELOPE];
    size_t envelope_size;
    struct {
        size_t size;
        fq_digests_hex digests;
        enum fq_status damage;
        size_t damage_offset, damage_size;
        bool damage_is_exact;
        fq_digests_hex damage_digests;
    } media[FILES];
};

static void describe(struct fq_answer *answer, struct outcome *outcome)
{
    struct fq_medium_result results[FILES];
    struct fq_damage_result damage;
    const char *envelope = fq_answer_envelope(answer, &outcome->envelope_size);

    if (outcome->envelope_size <= MAX_ENVELOPE)
        memcpy(outcome->envelope, envelope, outcome->envelope_size);
    if (!write_out(results, answer, &outcome->error))
        return;
    for (size_t i = 0; i < FILES; i++) {
        outcome->media[i].size = results[i].size;
        memcpy(outcome->media[i].digests, results[i].digests, sizeof results[i].digests);
        fq_answer_damage(answer, i, &damage, &outcome->error);
        outcome->media[i].damage = damage.status;
        outcome->media[i].damage_offset = damage.offset;
        outcome->media[i].damage_size = damage.size;
        outcome->media[i].damage_is_exact = damage.is_exact;
        memcpy(outcome->media[i].damage_digests, damage.digests, sizeof damage.digests);
    }
}

/* Feeds `text` in random pieces, each in memory of its own size, so that a read past its end is
 * seen.  Returns the envelope's size, whatever came of it. */
static size_t feed_pieces(const char *text, size_t size, uint32_t longest, size_t max_envelope,
                          struct outcome *outcome)
{
    const struct fq_answer_file files[FILES] = {{"photo", NULL}, {"video", NULL}};
    const struct fq_answer_options options = {.files = files,
                                              .files_count = FILES,
                                              .unique = unique,
                                              .unique_count = 2,
                                              .within = "result",
                                              .max_envelope = max_envelope,
                                              .max_media = 64,
                                              .digests = 1u << FQ_DIGEST_sha256};
    struct fq_answer *answer;
    struct fq_sink *sink;
    enum fq_status status;
    size_t envelope;

    memset(outcome, 0, sizeof *outcome);
    status = fq_answer_new(&options, &answer, &outcome->error);
    sink = fq_answer_sink(answer);
    for (size_t at = 0; at < size && status == FQ_OK;) {
        size_t length = 1 + next_random(longest);
        char *piece;
        length = length < size - at ? length : size - at;
        piece = malloc(length);
        memcpy(piece, text + at, length);
        status = sink->take(sink, piece, length, &outcome->error);
        free(piece);
        at += length;
    }
    if (status == FQ_OK)
        status = sink->end(sink, &outcome->error);
    if (status == FQ_OK)
        describe(answer, outcome);
    fq_answer_envelope(answer, &envelope);
    sink->free(sink);
    return envelope;
}

static void garbage(void)
{
    enum { ENOUGH = 60000 };
    unsigned long rounds = 0, read = 0, refused = 0;
    bool same = true, small = true;
    double end = now() + 1.5;

    for (; rounds < ENOUGH && now() < end; rounds++) {
        char text[512];
        struct outcome first, again;
        /* For most of them enough. */
        size_t limit = MAX_ENVELOPE - next_random(2) * next_random(MAX_ENVELOPE + 1);
        const char *seed = seeds[rounds % (sizeof seeds / sizeof *seeds)];
        size_t size = strlen(seed);

        memcpy(text, seed, size);
        size = mutate(text, size, sizeof text);
        small = feed_pieces(text, size, 40, limit, &first) <= limit && small;
        feed_pieces(text, size, 512, limit, &again);
        if (first.error.status == FQ_OK)
            read++;
        else
            refused++;
        if (memcmp(&first, &again, sizeof first) != 0) {
            same = false;
            printf("# round %lu: %s, and otherwise in other pieces\n", rounds,
                   fq_status_name(first.error.status));
        }
    }
    printf("# %lu answers: %lu read, %lu refused\n", rounds, read, refused);
    ok(rounds > 100 && read > 0 && refused > 0, "garbage is read or refused");
    ok(same, "the same garbage comes to the same in other pieces");
    ok(small, "no envelope outgrows its limit");
}

int main(void)
{
    garbage();
    return done_testing();
}
