/* A file's bytes inside another file. */
#ifndef FQ_EMBED_H
#define FQ_EMBED_H

#include <stddef.h>

#include "digest.h"
#include "file.h"
#include "status.h"

enum fq_form {
    FQ_BASE64, /* RFC 4648, section 4, padded, on one line */
    FQ_AS_IS,
};

/* Appends the bytes of the plain file at `path` to `file`, in this form, a piece at a time; digests
 * what it read, and counts it.  After a failure a part of it may have been appended.  As
 * fq_digest_file for what is read, as fq_file_write for what is written. */
enum fq_status fq_embed(struct fq_file *file, const char *path, enum fq_form form, unsigned which,
                        fq_digests_hex hex, size_t *size, struct fq_error *error);

#endif
