/* Digests a file beside the caller. */
#ifndef FQ_FILE_DIGEST_H
#define FQ_FILE_DIGEST_H

#include "digest.h"
#include "threads.h"

struct fq_file_digest {
    struct fq_task task;
    unsigned which;
    /* As fq_digest_file's, once the task has ended: */
    enum fq_status status;
    struct fq_error error;
    fq_digests_hex hex;
    size_t size;
    char path[]; /* its own copy */
};

/* A task that digests the file at `path` (copied).  On FQ_OK it is the caller's, or that of the
 * threads that it is handed to; freed with its own task.free.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_file_digest_new(const char *path, unsigned which, struct fq_file_digest **digest,
                                  struct fq_error *error);

/* The file's digest that a task is; NULL for another. */
struct fq_file_digest *fq_file_digest_of(struct fq_task *task);

#endif
