#include "content.h"

#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "format.h"

enum {
    /* Written, and hashed as FQ_CONTENT_PIECE is, in pieces that fit the second-level cache; of
     * whole pages and of whole groups of base64; and below malloc's M_MMAP_THRESHOLD
     * (128 KiB), so that the memory is some that was used before, and not the kernel's. */
    FILE_BUFFER = 120 * 1024,
    FIRST_MEMORY = 64 * 1024,
};

enum fq_status fq_content_open(struct fq_content *content, const struct fq_content_options *options,
                               struct fq_error *error)
{
    content->limit = options->limit;
    content->digests_wanted = options->digests;
    content->digester = options->path != NULL ? options->digester : NULL;
    content->recipients = options->path != NULL ? options->recipients : NULL;
    content->capacity = options->path != NULL ? FILE_BUFFER : options->expected;
    if (content->capacity > 0) {
        content->buffer = malloc(content->capacity);
        if (content->buffer == NULL)
            return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    if (options->path != NULL)
        return fq_file_open(options->path, options->draft ? FQ_FILE_DRAFT : FQ_FILE_NEW,
                            &content->file, error);
    return FQ_OK;
}

void fq_content_close(struct fq_content *content)
{
    fq_digests_close(&content->digests);
    fq_digests_close(&content->stored_digests);
    fq_cms_free(content->cms);
    fq_file_free(content->file);
    free(content->buffer);
}

static enum fq_status open_digests(struct fq_content *content, struct fq_digests *digests,
                                   struct fq_error *error)
{
    enum fq_status status = fq_digests_open(digests, content->digests_wanted, error);

    return status == FQ_OK ? fq_digests_relay(digests, content->digester, error) : status;
}

/* Digests are opened with the first bytes: most queries bring no media, and EVP_MD_fetch costs a
 * look-up. */
static enum fq_status open_wanted(struct fq_content *content, struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    if (content->digests_wanted != 0)
        status = open_digests(content, &content->digests, error);
    if (content->digests_wanted != 0 && content->recipients != NULL && status == FQ_OK)
        status = open_digests(content, &content->stored_digests, error);
    content->digests_wanted = 0;
    return status;
}

static enum fq_status hash(struct fq_content *content, struct fq_error *error)
{
    enum fq_status status = open_wanted(content, error);

    if (status == FQ_OK)
        status = fq_digests_update(&content->digests, content->buffer + content->hashed,
                                   content->size - content->hashed, error);
    content->hashed = content->size;
    return status;
}

static enum fq_status put_encrypted(void *to, const void *data, size_t size, struct fq_error *error)
{
    struct fq_content *content = to;
    enum fq_status status = fq_digests_update(&content->stored_digests, data, size, error);

    content->stored += size;
    return status == FQ_OK ? fq_file_write(content->file, data, size, error) : status;
}

static enum fq_status get_encrypted(void *to, void *data, size_t size, size_t offset,
                                    struct fq_error *error)
{
    return fq_file_read(((struct fq_content *)to)->file, data, size, offset, error);
}

static enum fq_status write_file(struct fq_content *content, struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    if (content->recipients == NULL)
        return fq_file_write(content->file, content->buffer, content->size, error);
    if (content->cms == NULL)
        status = fq_cms_new(content->recipients, put_encrypted, content, &content->cms, error);
    return status == FQ_OK ? fq_cms_write(content->cms, content->buffer, content->size, error)
                           : status;
}

/* Writes the buffer to the file, and has it digested: where another thread does that, it gets the
 * buffer. */
static enum fq_status flush_file(struct fq_content *content, struct fq_error *error)
{
    unsigned char *buffer = content->buffer;
    size_t size = content->size;
    enum fq_status status = open_wanted(content, error);

    if (status == FQ_OK && content->digester == NULL)
        status = fq_digests_update(&content->digests, buffer, size, error);
    if (status == FQ_OK)
        status = write_file(content, error);
    content->size = 0;
    if (status != FQ_OK || content->digester == NULL)
        return status;
    content->buffer = NULL;
    content->capacity = 0;
    return fq_digests_give(&content->digests, buffer, size, error);
}

static enum fq_status flush(struct fq_content *content, struct fq_error *error)
{
    if (content->mime == NULL)
        fq_format_of(content->buffer, content->size, &content->format, &content->mime);
    return content->file != NULL ? flush_file(content, error) : hash(content, error);
}

enum fq_status fq_content_end(struct fq_content *content, struct fq_error *error)
{
    enum fq_status status = flush(content, error);

    return status == FQ_OK && content->cms != NULL ? fq_cms_end(content->cms, error) : status;
}

enum fq_status fq_content_finish(struct fq_content *content, fq_digests_hex digests,
                                 fq_digests_hex stored, struct fq_error *error)
{
    enum fq_status status = fq_digests_finish(&content->stored_digests, stored, error);

    return status == FQ_OK ? fq_digests_finish(&content->digests, digests, error) : status;
}

static enum fq_status resize(struct fq_content *content, size_t capacity, struct fq_error *error)
{
    unsigned char *buffer = realloc(content->buffer, capacity);

    if (buffer == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    content->buffer = buffer;
    content->capacity = capacity;
    return FQ_OK;
}

enum fq_status fq_content_grow(struct fq_content *content, struct fq_error *error)
{
    if (content->file != NULL) {
        enum fq_status status = flush(content, error);
        return status == FQ_OK && content->buffer == NULL ? resize(content, FILE_BUFFER, error)
                                                          : status;
    }
    /* Doubling is cheap: glibc's realloc moves pages of this size (mremap) instead of copying them,
     * and pages that were never touched take no memory. */
    return resize(content, content->capacity < FIRST_MEMORY ? FIRST_MEMORY : content->capacity * 2,
                  error);
}

enum fq_status fq_content_check(struct fq_content *content, struct fq_error *error)
{
    if (content->total > content->limit)
        return fq_fail(error, FQ_MEDIA_TOO_LARGE, 0);
    /* In memory, too, a digest sees the bytes while the cache still has them. */
    return content->file == NULL ? hash(content, error) : FQ_OK;
}

enum fq_status fq_content_read(struct fq_content *content, size_t offset, size_t size,
                               unsigned char *bytes, struct fq_error *error)
{
    size_t written = content->total - content->size, of_file = 0;

    if (offset < written) {
        enum fq_status status;
        of_file = size < written - offset ? size : written - offset;
        status = content->cms != NULL
                     ? fq_cms_read(content->cms, get_encrypted, bytes, of_file, error)
                     : fq_file_read(content->file, bytes, of_file, offset, error);
        if (status != FQ_OK)
            return status;
    }
    if (of_file < size)
        memcpy(bytes + of_file, content->buffer + (offset + of_file - written), size - of_file);
    return FQ_OK;
}

enum fq_status fq_content_keep(struct fq_content *content, struct fq_error *error)
{
    if (content->file == NULL || content->total == 0)
        return FQ_OK;
    return fq_file_commit(content->file, error);
}

void fq_content_unkeep(struct fq_content *content)
{
    if (content->file != NULL && content->total > 0)
        fq_file_uncommit(content->file);
}
