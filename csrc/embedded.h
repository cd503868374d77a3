/* A file that comes as base64 in a string of a JSON text: decoded while it arrives, and where it
 * turns out not to be base64, kept as the text that it is. */
#ifndef FQ_EMBEDDED_H
#define FQ_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "damage.h"
#include "escape.h"
#include "medium.h"
#include "status.h"

/* To be opened. */
struct fq_embedded {
    struct fq_medium *medium;
    struct fq_damage damage;
    size_t limit;      /* of the medium's bytes */
    bool has_text;     /* the value under way has a character */
    bool has_value;    /* one with bytes in it has ended; another would be one too many */
    bool is_lost;      /* of a value's text something is nowhere */
    size_t at;         /* where in `rest` the medium's value stood, */
    size_t damaged_at; /* and the damage's */
    enum {
        FQ_EMBEDDED_DECODED,
        FQ_EMBEDDED_KEPT,   /* as text: it is damaged */
        FQ_EMBEDDED_SKIPPED /* damaged, and not even kept: too large, or one more of them */
    } way;                  /* with the value under way */
    struct fq_escape escape;
};

/* As fq_medium_new.  To be closed in any case; all zero before that. */
enum fq_status fq_embedded_open(struct fq_embedded *embedded,
                                const struct fq_content_options *options, struct fq_error *error);
void fq_embedded_close(struct fq_embedded *embedded);

/* Takes the string's text, between its quotes and as it stands in the JSON: up to the end of
 * `data`, or up to the quote that ends the string, which is left: *consumed < size.
 * FQ_NOT_JSON (a wrong escape), FQ_FILE_UNWRITABLE, FQ_FILE_UNREADABLE, FQ_CRYPTO_FAILED,
 * FQ_OUT_OF_MEMORY, or FQ_MEDIA_TOO_LARGE for a damaged text that has no end; only
 * fq_embedded_close may follow. */
enum fq_status fq_embedded_take(struct fq_embedded *embedded, const char *data, size_t size,
                                size_t *consumed, struct fq_error *error);

/* The string has ended.  Another one may begin: it is damage where both have bytes.  A string of
 * nothing but blanks is no file, and its text goes to `rest`: whoever reads the rest of the JSON
 * sees that something other than base64 stands there.  FQ_ENVELOPE_TOO_LARGE where `rest` passes
 * its limit, else as fq_embedded_take. */
enum fq_status fq_embedded_end(struct fq_embedded *embedded, struct fq_buffer *rest,
                               struct fq_error *error);

/* Can all of the field's text be written again, from the bytes and the damage's text that are left
 * of it?  *spelling: of the medium's value, where there is one. */
bool fq_embedded_is_regular(const struct fq_embedded *embedded, struct fq_spelling *spelling);

/* Has the field a file whose bytes are good?  A second value, which is damage, leaves the first as
 * it is. */
bool fq_embedded_is_good(const struct fq_embedded *embedded);

#endif
