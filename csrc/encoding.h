/* An answer's Content-Encoding, undone between libcurl and a sink.  libcurl would do that, too, but
 * takes a gzip stream for whole whose end is missing (RFC 1952: CRC32 and ISIZE). */
#ifndef FQ_ENCODING_H
#define FQ_ENCODING_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "sink.h"
#include "status.h"

/* What an answer may be encoded with, as Accept-Encoding names it.  base64 gets no smaller by other
 * encodings. */
#define FQ_ENCODINGS "gzip"

struct fq_encoding;

/* Once the answer's headers have come: `sink`, which is lent to it, takes what is decoded until
 * `end`, by fq_clock_milliseconds.  FQ_TRANSPORT with CURLE_BAD_CONTENT_ENCODING for an encoding
 * that nobody has asked for, FQ_OUT_OF_MEMORY.  On FQ_OK *encoding is the caller's, freed with
 * fq_encoding_free. */
enum fq_status fq_encoding_new(CURL *easy, struct fq_sink *sink, int64_t end,
                               struct fq_encoding **encoding, struct fq_error *error);

/* Takes the body's next bytes as they came.  What the sink says; FQ_OUT_OF_MEMORY; FQ_TRANSPORT
 * with CURLE_BAD_CONTENT_ENCODING, or with CURLE_OPERATION_TIMEDOUT: a few bytes may decode to
 * many.  No call may follow one that failed. */
enum fq_status fq_encoding_take(struct fq_encoding *encoding, const char *data, size_t size,
                                struct fq_error *error);

/* The body has ended: FQ_TRANSPORT with CURLE_PARTIAL_FILE where it is not whole.  NULL, of an
 * answer without a body, is fine. */
enum fq_status fq_encoding_end(const struct fq_encoding *encoding, struct fq_error *error);

/* NULL is fine. */
void fq_encoding_free(struct fq_encoding *encoding);

#endif
