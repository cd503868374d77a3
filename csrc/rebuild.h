/* A text that was taken apart (answer.h), made again of its parts: digested as it is made, so that
 * it takes no memory. */
#ifndef FQ_REBUILD_H
#define FQ_REBUILD_H

#include "digest.h"
#include "spelling.h"
#include "status.h"

/* Adds a file's bytes to the text: in base64, spelled so; or as they are, where `spelling` is NULL.
 * As fq_read_file; FQ_CRYPTO_FAILED. */
enum fq_status fq_rebuild_file(struct fq_digests *digests, const char *path,
                               const struct fq_spelling *spelling, struct fq_error *error);

#endif
