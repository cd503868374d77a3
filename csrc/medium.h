/* A file on its way from base64 text to bytes: decoded, recognised, hashed and kept in memory or in
 * a file, in one pass. */
#ifndef FQ_MEDIUM_H
#define FQ_MEDIUM_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "content.h"
#include "digest.h"
#include "spelling.h"
#include "status.h"

/* What became of it, valid until fq_medium_free. */
struct fq_medium_result {
    const char *path;          /* NULL: in memory */
    const unsigned char *data; /* NULL: in a file */
    size_t size;               /* bytes; 0: none came */
    const char *format;        /* "jpeg", "png", "mp4"; NULL: none of them */
    const char *mime;          /* its media type; "application/octet-stream" when unknown */
    fq_digests_hex digests;
    /* Of what the file holds, where it is encrypted; else 0 and "". */
    size_t stored_size;
    fq_digests_hex stored_digests;
};

struct fq_medium;

/* An empty medium; opens the file when there is a path, so that a path that can't be written shows
 * before anything is sent.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE, FQ_OUT_OF_MEMORY.
 * On FQ_OK *medium is the caller's, freed with fq_medium_free; `path` is copied. */
enum fq_status fq_medium_new(const struct fq_content_options *options, struct fq_medium **medium,
                             struct fq_error *error);

/* Takes base64 text: a `data:…;base64,` prefix in either case, CR and LF (64 KiB of them, and one
 * for each byte of the limit) and missing padding are fine.  Stops without an error before a
 * character that is none of base64's; *consumed says how many were taken.  The caller goes on after
 * its own kind of character, or calls fq_medium_foreign. FQ_BASE64_FOREIGN, FQ_MEDIA_TOO_LARGE,
 * FQ_FILE_UNWRITABLE, FQ_OUT_OF_MEMORY, FQ_CRYPTO_FAILED; after one of them only fq_medium_free may
 * follow; after FQ_BASE64_…, fq_medium_spell, too, and fq_medium_end where no character of base64
 * had come. */
enum fq_status fq_medium_write(struct fq_medium *medium, const char *text, size_t size,
                               size_t *consumed, struct fq_error *error);

/* The same for one character that came as a JSON escape: of two characters (`\/`), or longer. */
enum fq_status fq_medium_write_escaped(struct fq_medium *medium, char c, bool is_short,
                                       size_t *consumed, struct fq_error *error);

/* FQ_BASE64_FOREIGN at the place where fq_medium_write stopped. */
enum fq_status fq_medium_foreign(const struct fq_medium *medium, struct fq_error *error);

/* The text has ended.  FQ_BASE64_CUT when it can't have ended here, else as fq_medium_write.  A
 * medium that got no byte may be written again. */
enum fq_status fq_medium_end(struct fq_medium *medium, struct fq_error *error);

/* How the text of a medium was written that fq_medium_end has taken for good; its prefix is the
 * medium's own.  false: by no rule, or with bits that are in no byte. */
bool fq_medium_spelling(const struct fq_medium *medium, struct fq_spelling *spelling);

/* Of a medium that turned out not to be base64: appends the JSON text of its value, up to the
 * character that is foreign or to its end, to `text`.  *is_exact: that is how it came, byte by
 * byte; else its line breaks and escapes followed no rule, and are missing or otherwise.
 * FQ_MEDIA_TOO_LARGE where it passes the buffer's limit, FQ_FILE_UNREADABLE, FQ_OUT_OF_MEMORY. */
enum fq_status fq_medium_spell(struct fq_medium *medium, struct fq_buffer *text, bool *is_exact,
                               struct fq_error *error);

/* What became of the medium.  To be called once, after fq_medium_end.  FQ_CRYPTO_FAILED. */
enum fq_status fq_medium_result(struct fq_medium *medium, struct fq_medium_result *result,
                                struct fq_error *error);

/* Has no byte been written? */
bool fq_medium_is_empty(const struct fq_medium *medium);

/* Gives the file its name; in memory, or empty: does nothing.  FQ_FILE_EXISTS,
 * FQ_FILE_UNWRITABLE. */
enum fq_status fq_medium_keep(struct fq_medium *medium, struct fq_error *error);

/* Takes back the name that fq_medium_keep gave. */
void fq_medium_unkeep(struct fq_medium *medium);

/* Frees it with its memory; a file that was not kept is gone.  NULL is fine. */
void fq_medium_free(struct fq_medium *medium);

#endif
