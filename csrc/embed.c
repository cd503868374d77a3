#include "embed.h"

#include <openssl/evp.h>

#include "disk.h"

struct embedding {
    struct fq_file *file;
    enum fq_form form;
    struct fq_digests digests;
    size_t size;
};

static enum fq_status embed_piece(void *context, const void *data, size_t size,
                                  struct fq_error *error)
{
    struct embedding *embedding = context;
    unsigned char text[FQ_PIECE / 3 * 4 + 1]; /* EVP_EncodeBlock ends it with a NUL */
    enum fq_status status = fq_digests_update(&embedding->digests, data, size, error);

    embedding->size += size;
    if (status == FQ_OK && embedding->form == FQ_BASE64) {
        int length = EVP_EncodeBlock(text, data, (int)size);
        status = fq_file_write(embedding->file, text, (size_t)length, error);
    } else if (status == FQ_OK) {
        status = fq_file_write(embedding->file, data, size, error);
    }
    return status;
}

enum fq_status fq_embed(struct fq_file *file, const char *path, enum fq_form form, unsigned which,
                        fq_digests_hex hex, size_t *size, struct fq_error *error)
{
    struct embedding embedding = {.file = file, .form = form};
    enum fq_status status = fq_digests_open(&embedding.digests, which, error);

    if (status == FQ_OK)
        status = fq_read_file(path, embed_piece, &embedding, error);
    if (status == FQ_OK)
        status = fq_digests_finish(&embedding.digests, hex, error);
    fq_digests_close(&embedding.digests);
    *size = embedding.size;
    return status;
}
