/* A file's bytes as text inside another file. */
#ifndef FQ_EMBED_H
#define FQ_EMBED_H

#include <stddef.h>

#include "digest.h"
#include "file.h"
#include "status.h"

/* Appends the base64 (RFC 4648, section 4, padded, on one line) of the plain file at `path` to
 * `file`, a piece at a time; digests what it read, and counts it.  After a failure a part of it may
 * have been appended.  As fq_digest_file for what is read, as fq_file_write for what is written. */
enum fq_status fq_embed(struct fq_file *file, const char *path, unsigned which, fq_digests_hex hex,
                        size_t *size, struct fq_error *error);

#endif
