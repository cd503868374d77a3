/* What is kept of a value that should be base64 and turned out not to be: its JSON text, as it
 * stands between its quotes. */
#ifndef FQ_DAMAGE_H
#define FQ_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "digest.h"
#include "status.h"

/* All zero: nothing is damaged. */
struct fq_damage {
    enum fq_status status; /* FQ_OK: nothing is damaged */
    size_t offset;         /* FQ_BASE64_FOREIGN: of the character in the value, from 0 */
    bool is_exact;         /* the text is the one that came, byte by byte: see fq_medium_spell */
    struct fq_buffer text;
    size_t skipped; /* bytes that were not kept */
};

struct fq_damage_result {
    /* FQ_OK: nothing is damaged.  FQ_BASE64_FOREIGN, FQ_BASE64_CUT, FQ_MEDIA_TOO_LARGE, or
     * FQ_DUPLICATE_MEDIA for a second value with bytes, beside the first, which is good. */
    enum fq_status status;
    size_t offset;          /* as above */
    const char *text;       /* the damage's own; NULL: not kept */
    size_t size;            /* bytes of it */
    bool is_exact;          /* as above */
    fq_digests_hex digests; /* of the text */
};

/* Is it a failure of the one value, which costs the rest of the answer nothing? */
bool fq_damage_is(enum fq_status status);

/* Notes why the value is damaged.  Its text may be twice as long as the `limit` of a good value's
 * bytes, and 64 KiB more. */
void fq_damage_begin(struct fq_damage *damage, const struct fq_error *failure, size_t limit);

/* More of the text.  FQ_MEDIA_TOO_LARGE, FQ_OUT_OF_MEMORY. */
enum fq_status fq_damage_add(struct fq_damage *damage, const char *text, size_t size,
                             struct fq_error *error);

/* Counts more of a text that is not kept: it is refused at the same limit.  FQ_MEDIA_TOO_LARGE. */
enum fq_status fq_damage_skip(struct fq_damage *damage, size_t size, struct fq_error *error);

/* Is the text nothing but blanks, as they are or escaped?  Then no value is there, and none is
 * damaged. */
bool fq_damage_is_blank(const struct fq_damage *damage);

/* FQ_CRYPTO_FAILED.  `digests`: 1u << FQ_DIGEST_…, or-ed. */
enum fq_status fq_damage_result(const struct fq_damage *damage, unsigned digests,
                                struct fq_damage_result *result, struct fq_error *error);

/* Frees the text: nothing is damaged, then. */
void fq_damage_clear(struct fq_damage *damage);

#endif
