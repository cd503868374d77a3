/* A JSON answer, split while it arrives: the files in it, in base64 as the values of some of its
 * fields, become media (medium.h); the rest becomes a small JSON text, the envelope, in which ""
 * stands in their place.  A value that turns out not to be base64 is damaged: it costs the rest of
 * the answer nothing, and its text is kept as it came. */
#ifndef FQ_ANSWER_H
#define FQ_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "damage.h"
#include "digest.h"
#include "medium.h"
#include "sink.h"
#include "status.h"

enum { FQ_ANSWER_FILES = 4, FQ_ANSWER_FIELDS = 16 };

struct fq_recipients;
struct fq_relay_thread;

/* A field that a file comes in. */
struct fq_answer_file {
    const char *name;
    const char *path; /* NULL: in memory */
};

/* Names are of 1 to FQ_LONGEST_FIELD bytes, and none comes twice; they are copied, as are paths. */
struct fq_answer_options {
    const struct fq_answer_file *files;
    size_t files_count; /* up to FQ_ANSWER_FILES */
    /* Fields that may come once at the root, and once in `within`: of those that say what an answer
     * means it matters which of two counts, and parsers differ in that. */
    const char *const *unique;
    size_t unique_count; /* up to FQ_ANSWER_FIELDS, with the files and `within` */
    /* The field at the root, itself unique, whose object may have all these fields, too; NULL: they
     * are at the root alone. */
    const char *within;
    size_t max_envelope;                    /* bytes of the answer without its files */
    size_t max_media;                       /* bytes, decoded, of each file */
    bool draft;                             /* of the files: see fq_file_open */
    unsigned digests;                       /* 1u << FQ_DIGEST_…, or-ed: of each file */
    const struct fq_recipients *recipients; /* of files with a path: see fq_content_options */
    bool digest_body;                       /* SHA-256 of the answer as it came, too */
    struct fq_relay_thread *digester;       /* in which digests are taken; NULL: in the caller's */
};

/* Where a file's text stood between its quotes. */
struct fq_answer_place {
    size_t file;
    size_t at;       /* behind so many bytes of the envelope */
    bool is_damaged; /* the damage's text stood there; else the medium's bytes, in base64: */
    struct fq_spelling spelling; /* the answer's own */
};

enum { FQ_ANSWER_PLACES = 2 * FQ_ANSWER_FILES };

struct fq_answer;

/* An answer that is yet to come.  Files are opened here: a path that can't be written fails before
 * anything is sent.  As fq_medium_new, with error->field set.  On FQ_OK *answer is the caller's,
 * freed as its sink. */
enum fq_status fq_answer_new(const struct fq_answer_options *options, struct fq_answer **answer,
                             struct fq_error *error);

/* The answer as what takes its bytes, and back.  Beyond sink.h:
 * `take` checks JSON's grammar only as far as it takes to find the fields: the envelope is for a
 * real parser.  FQ_NOT_JSON (no object), FQ_JSON_TOO_DEEP, FQ_TRAILING_DATA, FQ_ENVELOPE_TOO_LARGE,
 * FQ_DUPLICATE_FIELD; with error->field set FQ_FILE_UNWRITABLE, FQ_FILE_UNREADABLE,
 * FQ_CRYPTO_FAILED, or FQ_MEDIA_TOO_LARGE for a damaged text of more than 2 * max_media + 64 KiB;
 * FQ_OUT_OF_MEMORY.
 * `end` says FQ_JSON_CUT where the object has not ended.
 * `keep` gives the files their names.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE. */
struct fq_sink *fq_answer_sink(struct fq_answer *answer);
struct fq_answer *fq_answer_of(struct fq_sink *sink);

/* The envelope so far; the answer's own. */
const char *fq_answer_envelope(const struct fq_answer *answer, size_t *size);

/* SHA-256 of the bytes taken, in lower-case hex, once ended; "" the second time, and where
 * digest_body was not asked for.  FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_digest(struct fq_answer *answer, char hex[FQ_DIGEST_HEX + 1],
                                struct fq_error *error);

/* Once ended: the places in which the files' text has to be put for the envelope to be the answer
 * again, byte by byte, in their order; how many in *count.  false: it can't be made again. */
bool fq_answer_layout(const struct fq_answer *answer,
                      struct fq_answer_place places[FQ_ANSWER_PLACES], size_t *count);

/* The files, by their place in the options: how many, and what each is called. */
size_t fq_answer_files(const struct fq_answer *answer);
const char *fq_answer_file_name(const struct fq_answer *answer, size_t file);

/* Once ended, once each; size 0 where none came, or where it is damaged.  FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_medium(struct fq_answer *answer, size_t file,
                                struct fq_medium_result *result, struct fq_error *error);

/* Once ended: is the file damaged, and what is left of it?  FQ_CRYPTO_FAILED. */
enum fq_status fq_answer_damage(const struct fq_answer *answer, size_t file,
                                struct fq_damage_result *result, struct fq_error *error);

#endif
