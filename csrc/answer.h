/* The service's answer, split while it arrives: photo and video go to medium.h, the rest to a small
 * JSON text, the envelope, in which "" stands in their place.  One that turns out not to be base64
 * is damaged: it costs the rest of the answer nothing, and its text is kept as it came. */
#ifndef FQ_ANSWER_H
#define FQ_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "medium.h"
#include "status.h"

#define FQ_ANSWER_MEDIA_LIST(X)                                                                    \
    X(photo)                                                                                       \
    X(video)

/* clang-format off */
enum fq_answer_medium {
#define X(name) FQ_ANSWER_MEDIUM_##name,
    FQ_ANSWER_MEDIA_LIST(X)
#undef X
    FQ_ANSWER_MEDIA
};
/* clang-format on */

/* "photo" or "video"; static. */
const char *fq_answer_medium_name(enum fq_answer_medium medium);

struct fq_answer_options {
    size_t max_envelope;                /* bytes of the answer without its media */
    size_t max_media;                   /* bytes, decoded, of each */
    const char *paths[FQ_ANSWER_MEDIA]; /* NULL: in memory */
    bool draft;                         /* of their files: see fq_file_open */
    unsigned digests;                   /* of medium.h, for each medium */
    bool digest_body;                   /* SHA-256 of the answer as it came, too */
};

/* What became of a medium that is damaged. */
struct fq_damage {
    /* FQ_OK: nothing is.  FQ_BASE64_FOREIGN, FQ_BASE64_CUT, FQ_MEDIA_TOO_LARGE, or
     * FQ_DUPLICATE_MEDIA for a second one with bytes, beside the first, which is good. */
    enum fq_status status;
    size_t offset;          /* FQ_BASE64_FOREIGN: of the character in the value, from 0 */
    const char *text;       /* JSON's, between its quotes; the answer's own; NULL: not kept */
    size_t size;            /* bytes of it */
    bool is_exact;          /* byte by byte as it came: see fq_medium_spell */
    fq_digests_hex digests; /* of the text */
};

struct fq_answer;

/* An answer that is yet to come.  Files are opened here: a path that can't be written fails before
 * anything is sent.  As fq_medium_new.  On FQ_OK *answer is the caller's, freed with
 * fq_answer_free; `options` are copied. */
enum fq_status fq_answer_new(const struct fq_answer_options *options, struct fq_answer **answer,
                             struct fq_error *error);

/* Takes the answer's next bytes, in pieces of any size.  JSON's grammar is checked only as far as
 * it takes to find the media: the envelope is for a real parser.
 * FQ_NOT_JSON (no object), FQ_JSON_TOO_DEEP, FQ_TRAILING_DATA, FQ_ENVELOPE_TOO_LARGE,
 * FQ_DUPLICATE_FIELD (a second code, order number or result: which of them counts?),
 * with `field` set FQ_FILE_UNWRITABLE, FQ_FILE_UNREADABLE, FQ_CRYPTO_FAILED, or FQ_MEDIA_TOO_LARGE
 * for a damaged text of more than 2 * max_media + 64 KiB; FQ_OUT_OF_MEMORY.
 * An error stays: every later call says the same. */
enum fq_status fq_answer_feed(struct fq_answer *answer, const char *data, size_t size,
                              struct fq_error *error);

/* The answer has ended: FQ_JSON_CUT when its object has not. */
enum fq_status fq_answer_finish(struct fq_answer *answer, struct fq_error *error);

/* The envelope so far; the answer's own. */
const char *fq_answer_envelope(const struct fq_answer *answer, size_t *size);

/* SHA-256 of the bytes fed, in lower-case hex, after fq_answer_finish; "" the second time, and
 * where digest_body was not asked for.  FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_digest(struct fq_answer *answer, char hex[FQ_DIGEST_HEX + 1],
                                struct fq_error *error);

/* Gives the files their names: all of them or none, and none of an answer that is not finished and
 * right.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE, or as fq_answer_finish. */
enum fq_status fq_answer_keep(struct fq_answer *answer, struct fq_error *error);

/* After fq_answer_finish, once each; size 0 where the service sent none, or where it is damaged.
 * FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_medium(struct fq_answer *answer, enum fq_answer_medium medium,
                                struct fq_medium_result *result, struct fq_error *error);

/* After fq_answer_finish: is the medium damaged, and what is left of it?  FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_damage(const struct fq_answer *answer, enum fq_answer_medium medium,
                                struct fq_damage *damage, struct fq_error *error);

/* Frees it, its media and files that were not kept.  NULL is fine. */
void fq_answer_free(struct fq_answer *answer);

#endif
