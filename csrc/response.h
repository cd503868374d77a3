/* The service's answer, split while it arrives: photo and video go to media.h, the rest to a small
 * JSON text, the envelope, in which "" stands in their place.  One that turns out not to be base64
 * is damaged: it costs the rest of the answer nothing, and its text is kept as it came. */
#ifndef FQ_RESPONSE_H
#define FQ_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "media.h"
#include "status.h"

#define FQ_MEDIA_LIST(X)                                                                           \
    X(photo)                                                                                       \
    X(video)

/* clang-format off */
enum fq_medium {
#define X(name) FQ_MEDIUM_##name,
    FQ_MEDIA_LIST(X)
#undef X
    FQ_MEDIA
};
/* clang-format on */

/* "photo" or "video"; static. */
const char *fq_medium_name(enum fq_medium medium);

struct fq_response_options {
    size_t max_envelope;         /* bytes of the answer without its media */
    size_t max_media;            /* bytes, decoded, of each */
    const char *paths[FQ_MEDIA]; /* NULL: in memory */
    bool draft;                  /* of their files: see fq_file_open */
    unsigned digests;            /* of media.h, for each medium */
    bool digest_body;            /* SHA-256 of the answer as it came, too */
};

/* What became of a medium that is damaged. */
struct fq_damage {
    /* FQ_OK: nothing is.  FQ_BASE64_FOREIGN, FQ_BASE64_CUT, FQ_MEDIA_TOO_LARGE, or
     * FQ_DUPLICATE_MEDIA for a second one with bytes, beside the first, which is good. */
    enum fq_status status;
    size_t offset;          /* FQ_BASE64_FOREIGN: of the character in the value, from 0 */
    const char *text;       /* JSON's, between its quotes; the response's own; NULL: not kept */
    size_t size;            /* bytes of it */
    bool is_exact;          /* byte by byte as it came: see fq_media_spell */
    fq_digests_hex digests; /* of the text */
};

struct fq_response;

/* An answer that is yet to come.  Files are opened here: a path that can't be written fails before
 * anything is sent.  As fq_media_new.  On FQ_OK *response is the caller's, freed with
 * fq_response_free; `options` are copied. */
enum fq_status fq_response_new(const struct fq_response_options *options,
                               struct fq_response **response, struct fq_error *error);

/* Takes the answer's next bytes, in pieces of any size.  JSON's grammar is checked only as far as
 * it takes to find the media: the envelope is for a real parser.
 * FQ_NOT_JSON (no object), FQ_JSON_TOO_DEEP, FQ_TRAILING_DATA, FQ_ENVELOPE_TOO_LARGE,
 * FQ_DUPLICATE_FIELD (a second code, order number or result: which of them counts?),
 * with `field` set FQ_FILE_UNWRITABLE, FQ_FILE_UNREADABLE, FQ_CRYPTO_FAILED, or FQ_MEDIA_TOO_LARGE
 * for a damaged text of more than 2 * max_media + 64 KiB; FQ_OUT_OF_MEMORY.
 * An error stays: every later call says the same. */
enum fq_status fq_response_feed(struct fq_response *response, const char *data, size_t size,
                                struct fq_error *error);

/* The answer has ended: FQ_JSON_CUT when its object has not. */
enum fq_status fq_response_finish(struct fq_response *response, struct fq_error *error);

/* The envelope so far; the response's own. */
const char *fq_response_envelope(const struct fq_response *response, size_t *size);

/* SHA-256 of the bytes fed, in lower-case hex, after fq_response_finish; "" the second time, and
 * where digest_body was not asked for.  FQ_CRYPTO_FAILED. */
enum fq_status fq_response_digest(struct fq_response *response, char hex[FQ_DIGEST_HEX + 1],
                                  struct fq_error *error);

/* Gives the files their names: all of them or none, and none of an answer that is not finished and
 * right.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE, or as fq_response_finish. */
enum fq_status fq_response_keep(struct fq_response *response, struct fq_error *error);

/* After fq_response_finish, once each; size 0 where the service sent none, or where it is damaged.
 * FQ_CRYPTO_FAILED. */
enum fq_status fq_response_media(struct fq_response *response, enum fq_medium medium,
                                 struct fq_media_result *result, struct fq_error *error);

/* After fq_response_finish: is the medium damaged, and what is left of it?  FQ_CRYPTO_FAILED. */
enum fq_status fq_response_damage(const struct fq_response *response, enum fq_medium medium,
                                  struct fq_damage *damage, struct fq_error *error);

/* Frees it, its media and files that were not kept.  NULL is fine. */
void fq_response_free(struct fq_response *response);

#endif
