/* Brings files and folders to the disk beside the caller: several threads wait for fsync, so that a
 * batch takes about as long as one of its files, and nobody else waits (group commit). */
#ifndef FQ_FLUSH_H
#define FQ_FLUSH_H

#include "threads.h"

struct fq_flush {
    struct fq_task task; /* a piece for each path */
    char **paths;
    int *numbers; /* by path: an errno, or 0 */
};

/* A task that brings each file and folder that has one of the `count` paths (above 0; copied) to
 * the disk.  On FQ_OK it is the caller's, or that of the threads that it is handed to; freed with
 * its own task.free.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_flush_new(const char *const *paths, size_t count, struct fq_flush **flush,
                            struct fq_error *error);

/* The flush that a task is; NULL for another. */
struct fq_flush *fq_flush_of(struct fq_task *task);

#endif
