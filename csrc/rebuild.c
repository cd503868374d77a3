#include "rebuild.h"

#include "disk.h"

static enum fq_status take(void *digests, const void *data, size_t size, struct fq_error *error)
{
    return fq_digests_update(digests, data, size, error);
}

static enum fq_status encode(void *speller, const void *data, size_t size, struct fq_error *error)
{
    return fq_speller_encode(speller, data, size, error);
}

enum fq_status fq_rebuild_file(struct fq_digests *digests, const char *path,
                               const struct fq_spelling *spelling, struct fq_error *error)
{
    struct fq_speller speller = {.spelling = spelling, .put = take, .out = digests};
    enum fq_status status;

    if (spelling == NULL)
        return fq_read_file(path, take, digests, error);
    status = fq_speller_add(&speller, spelling->prefix, spelling->prefix_length, false, error);
    if (status == FQ_OK)
        status = fq_read_file(path, encode, &speller, error);
    return status == FQ_OK ? fq_speller_end(&speller, error) : status;
}
