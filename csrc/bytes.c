#include "bytes.h"

#include <stdlib.h>

#include "buffer.h"

struct bytes {
    struct fq_sink sink;
    struct fq_buffer buffer;
    enum fq_status status; /* of what was taken: an error stays */
};

static enum fq_status bytes_take(struct fq_sink *sink, const char *data, size_t size,
                                 struct fq_error *error)
{
    struct bytes *bytes = (struct bytes *)sink;

    if (bytes->status != FQ_OK)
        return fq_fail(error, bytes->status, 0);
    bytes->status = fq_buffer_add(&bytes->buffer, data, size, FQ_ENVELOPE_TOO_LARGE, error);
    return bytes->status;
}

static enum fq_status bytes_end(struct fq_sink *sink, struct fq_error *error)
{
    return fq_fail(error, ((struct bytes *)sink)->status, 0);
}

static void bytes_unkeep(struct fq_sink *sink)
{
    (void)sink;
}

static void bytes_free(struct fq_sink *sink)
{
    fq_buffer_free(&((struct bytes *)sink)->buffer);
    free(sink);
}

enum fq_status fq_bytes_new(size_t limit, struct fq_sink **sink, struct fq_error *error)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);

    *sink = NULL;
    if (bytes == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    bytes->sink = (struct fq_sink){.take = bytes_take,
                                   .end = bytes_end,
                                   .keep = bytes_end,
                                   .unkeep = bytes_unkeep,
                                   .free = bytes_free};
    bytes->buffer.limit = limit;
    *sink = &bytes->sink;
    return FQ_OK;
}

const char *fq_bytes_data(const struct fq_sink *sink, size_t *size)
{
    const struct fq_buffer *buffer = &((const struct bytes *)sink)->buffer;

    *size = buffer->size;
    return buffer->data != NULL ? buffer->data : "";
}
