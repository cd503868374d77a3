/* next_in points to what is const, then. */
#define ZLIB_CONST

#include "encoding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "clock.h"

enum {
    PIECE = 16 * 1024,            /* bytes that are decoded at a time */
    GZIP_WINDOW = MAX_WBITS + 16, /* inflateInit2: of any size, and with gzip's head and end */
};

struct fq_encoding {
    struct fq_sink *sink;
    int64_t end;
    bool is_gzip;
    bool is_whole; /* no member of the gzip stream is under way */
    z_stream stream;
};

/* Which one it is.  false: none that was asked for.  Of an empty value libcurl 7.88 leaves the CR.
 */
static bool is_known(const struct curl_header *header, bool *is_gzip)
{
    const char *value = header->value;

    *is_gzip = strcasecmp(value, "gzip") == 0 || strcasecmp(value, "x-gzip") == 0;
    return header->amount == 1 &&
           (*is_gzip || value[strspn(value, "\r")] == '\0' || strcasecmp(value, "identity") == 0);
}

static enum fq_status read_header(CURL *easy, bool *is_gzip, struct fq_error *error)
{
    struct curl_header *header;
    CURLHcode code = curl_easy_header(easy, "Content-Encoding", 0, CURLH_HEADER, -1, &header);

    *is_gzip = false;
    if (code == CURLHE_OUT_OF_MEMORY)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    if (code == CURLHE_OK && !is_known(header, is_gzip))
        return fq_fail(error, FQ_TRANSPORT, CURLE_BAD_CONTENT_ENCODING);
    return FQ_OK;
}

enum fq_status fq_encoding_new(CURL *easy, struct fq_sink *sink, int64_t end,
                               struct fq_encoding **out, struct fq_error *error)
{
    struct fq_encoding *encoding;
    bool is_gzip;
    enum fq_status status = read_header(easy, &is_gzip, error);

    *out = NULL;
    if (status != FQ_OK)
        return status;
    encoding = calloc(1, sizeof *encoding);
    if (encoding == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    encoding->sink = sink;
    encoding->end = end;
    encoding->is_whole = true;
    if (is_gzip && inflateInit2(&encoding->stream, GZIP_WINDOW) != Z_OK) {
        free(encoding);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    encoding->is_gzip = is_gzip;
    *out = encoding;
    return FQ_OK;
}

void fq_encoding_free(struct fq_encoding *encoding)
{
    if (encoding != NULL && encoding->is_gzip)
        inflateEnd(&encoding->stream);
    free(encoding);
}

/* Decodes what fits into a piece. */
static enum fq_status inflate_piece(struct fq_encoding *encoding, struct fq_error *error)
{
    z_stream *stream = &encoding->stream;
    char piece[PIECE];
    int code;

    if (fq_clock_milliseconds() > encoding->end)
        return fq_fail(error, FQ_TRANSPORT, CURLE_OPERATION_TIMEDOUT);
    stream->next_out = (unsigned char *)piece;
    stream->avail_out = sizeof piece;
    code = inflate(stream, Z_NO_FLUSH);
    encoding->is_whole = code == Z_STREAM_END;
    if (code == Z_MEM_ERROR)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    /* Z_BUF_ERROR: it wants more of the body. */
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return fq_fail(error, FQ_TRANSPORT, CURLE_BAD_CONTENT_ENCODING);
    if (stream->avail_out == sizeof piece)
        return FQ_OK;
    return encoding->sink->take(encoding->sink, piece, sizeof piece - stream->avail_out, error);
}

enum fq_status fq_encoding_take(struct fq_encoding *encoding, const char *data, size_t size,
                                struct fq_error *error)
{
    z_stream *stream = &encoding->stream;
    enum fq_status status;

    if (!encoding->is_gzip)
        return encoding->sink->take(encoding->sink, data, size, error);
    stream->next_in = (const unsigned char *)data;
    stream->avail_in = (unsigned)size; /* of CURL_MAX_WRITE_SIZE bytes at most */
    do {
        if (encoding->is_whole)
            inflateReset(stream); /* a gzip stream may have several members */
        status = inflate_piece(encoding, error);
    } while (status == FQ_OK &&
             (stream->avail_in > 0 || (stream->avail_out == 0 && !encoding->is_whole)));
    return status;
}

enum fq_status fq_encoding_end(const struct fq_encoding *encoding, struct fq_error *error)
{
    if (encoding == NULL || encoding->is_whole)
        return FQ_OK;
    return fq_fail(error, FQ_TRANSPORT, CURLE_PARTIAL_FILE);
}
